/** What {@code croft bench} measures, room by room. */
@NullMarked
package dev.croft.app.bench;

import org.jspecify.annotations.NullMarked;
