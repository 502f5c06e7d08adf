/** Bounded, big-endian binary encoding: what every signed or hashed thing in this room is written with. */
@NullMarked
package dev.croft.capsule.codec;

import org.jspecify.annotations.NullMarked;
