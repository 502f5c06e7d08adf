/**
 * The process backend: workloads are processes of this machine, isolated by bubblewrap where it is installed.
 *
 * <p>A launch is {@code setsid sh → bwrap → command}. The shell enters the workload's control groups, opens its log
 * pipe and becomes bubblewrap, whose monitor writes the exit code to a file; so a workload needs no router while it
 * runs, and the next router finds all there is to know in the state directory.
 */
@NullMarked
package dev.croft.runtime.process;

import org.jspecify.annotations.NullMarked;
