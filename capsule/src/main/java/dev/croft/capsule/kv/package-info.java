/** A capsule as a key-value store that remembers every past state. */
@NullMarked
package dev.croft.capsule.kv;

import org.jspecify.annotations.NullMarked;
