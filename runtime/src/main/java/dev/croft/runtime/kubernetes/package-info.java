/**
 * The Kubernetes backend: workloads are pods of a namespace, made by a router that runs on the node where its files are. What the API
 * offers is done through it; what it lacks (signals, pausing, a limit on processes, system-call filters) on the node itself.
 */
@NullMarked
package dev.croft.runtime.kubernetes;

import org.jspecify.annotations.NullMarked;
