@NullMarked
package dev.croft.runtime.image;

import org.jspecify.annotations.NullMarked;
