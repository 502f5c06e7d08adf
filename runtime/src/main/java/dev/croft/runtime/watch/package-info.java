/**
 * What all backends on a host share: the directory that remembers workloads, the state machine, the watch over health,
 * limits and output, and the private copies of bundles. A backend brings a {@link dev.croft.runtime.watch.Body} for
 * each workload.
 */
@NullMarked
package dev.croft.runtime.watch;

import org.jspecify.annotations.NullMarked;
