@NullMarked
package dev.croft.runtime;

import org.jspecify.annotations.NullMarked;
