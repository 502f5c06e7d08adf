/**
 * What mechanisms cost and how costs add up: (epsilon, delta) with basic and advanced composition, Rényi curves over
 * declared orders, zero-concentrated privacy, conversions between them, filters and odometers. Computed in doubles, for
 * planning and for schedulers; the ledger's exact amounts are rounded up from these.
 */
@NullMarked
package dev.croft.budget.accounting;

import org.jspecify.annotations.NullMarked;
