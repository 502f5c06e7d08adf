/** Workloads that wait warm: each is claimed once, by one launch, and never used again. */
@NullMarked
package dev.croft.runtime.pool;

import org.jspecify.annotations.NullMarked;
