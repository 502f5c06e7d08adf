/**
 * Discrete-event simulation of blocks and claims over time, and the replay of recorded workloads: the schedulers of the
 * service, driven by a clock that costs nothing.
 */
@NullMarked
package dev.croft.budget.simulation;

import org.jspecify.annotations.NullMarked;
