/** Measurements of the vault, run by {@code croft bench}. */
@NullMarked
package dev.croft.vault.bench;

import org.jspecify.annotations.NullMarked;
