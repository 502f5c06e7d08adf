/** The operator's durable records: accounts, tokens, private clouds, catalogue, launches, queries and audit, in SQL. */
@NullMarked
package dev.croft.router.registry;

import org.jspecify.annotations.NullMarked;
