@NullMarked
package dev.croft.runtime.docker;

import org.jspecify.annotations.NullMarked;
