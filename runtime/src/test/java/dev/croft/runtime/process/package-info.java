@NullMarked
package dev.croft.runtime.process;

import org.jspecify.annotations.NullMarked;
