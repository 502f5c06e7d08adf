/**
 * Running isolated workloads: one interface, {@link dev.croft.runtime.Runtime}, over processes, containers and pods.
 *
 * <p>A caller describes what is to run as a {@link dev.croft.runtime.WorkloadSpec}, launches it, and follows its
 * {@link dev.croft.runtime.WorkloadStatus}. What a backend really holds a workload to is in its
 * {@link dev.croft.runtime.Enforcement}; what it cannot hold it to is there too, with the reason.
 */
@NullMarked
package dev.croft.runtime;

import org.jspecify.annotations.NullMarked;
