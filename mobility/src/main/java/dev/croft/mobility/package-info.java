/** The mobility pipeline, metrics and count. */
@NullMarked
package dev.croft.mobility;

import org.jspecify.annotations.NullMarked;
