/** The demonstration: everything once, on one machine, from nobody to a noisy count across people. */
@NullMarked
package dev.croft.app.demo;

import org.jspecify.annotations.NullMarked;
