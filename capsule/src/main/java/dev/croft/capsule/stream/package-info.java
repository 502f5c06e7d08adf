/** A capsule as a stream of its records, at the subscriber's pace. */
@NullMarked
package dev.croft.capsule.stream;

import org.jspecify.annotations.NullMarked;
