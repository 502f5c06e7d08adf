/**
 * Copies of a capsule on several servers: what one takes in, how they repair each other, and what a writer and a reader may rely on.
 * Everything here is without sockets, files and clocks; {@code dev.croft.capsule.server} brings those, the simulation in the tests others.
 */
@NullMarked
package dev.croft.capsule.replication;

import org.jspecify.annotations.NullMarked;
