/** Measurements of the schedulers, for {@code croft bench budget}. */
@NullMarked
package dev.croft.budget.bench;

import org.jspecify.annotations.NullMarked;
