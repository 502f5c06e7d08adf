/**
 * Private data blocks and the claims on them: what is protected, who asked for how much of it, and what became of it.
 * The engine behind the service and the operator.
 */
@NullMarked
package dev.croft.budget.claims;

import org.jspecify.annotations.NullMarked;
