/** Measurements of a capsule, each beside its baseline in the same run. */
@NullMarked
package dev.croft.capsule.bench;

import org.jspecify.annotations.NullMarked;
