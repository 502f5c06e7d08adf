@NullMarked
package dev.croft.runtime.kubernetes;

import org.jspecify.annotations.NullMarked;
