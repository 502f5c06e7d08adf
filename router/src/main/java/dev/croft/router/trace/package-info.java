/** Spans on their way to whoever collects traces. */
@NullMarked
package dev.croft.router.trace;

import org.jspecify.annotations.NullMarked;
