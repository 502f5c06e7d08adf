/** DataCapsules: signed, hash-chained, encrypted logs. */
@NullMarked
package dev.croft.capsule;

import org.jspecify.annotations.NullMarked;
