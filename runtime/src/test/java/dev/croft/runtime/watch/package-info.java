@NullMarked
package dev.croft.runtime.watch;

import org.jspecify.annotations.NullMarked;
