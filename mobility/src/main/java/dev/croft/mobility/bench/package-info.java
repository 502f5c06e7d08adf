/** Measures how fast the pipeline is; {@code croft bench} prints it. */
@NullMarked
package dev.croft.mobility.bench;

import org.jspecify.annotations.NullMarked;
