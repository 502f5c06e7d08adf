/** Privacy accounting, blocks, claims, noise and their ledger. */
@NullMarked
package dev.croft.budget;

import org.jspecify.annotations.NullMarked;
