/** Replicas, writers and readers of one capsule on a simulated network and simulated disks. */
@NullMarked
package dev.croft.capsule.sim;

import org.jspecify.annotations.NullMarked;
