/**
 * Who gets budget, and when: pure, deterministic, single-threaded schedulers over numbered blocks. The simulator and
 * the service drive the same code; time comes in as an argument and decisions go out through a listener.
 */
@NullMarked
package dev.croft.budget.scheduling;

import org.jspecify.annotations.NullMarked;
