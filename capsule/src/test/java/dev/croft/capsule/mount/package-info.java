@NullMarked
package dev.croft.capsule.mount;

import org.jspecify.annotations.NullMarked;
