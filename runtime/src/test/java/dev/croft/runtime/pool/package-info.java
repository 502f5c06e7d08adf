@NullMarked
package dev.croft.runtime.pool;

import org.jspecify.annotations.NullMarked;
