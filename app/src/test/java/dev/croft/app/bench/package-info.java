@NullMarked
package dev.croft.app.bench;

import org.jspecify.annotations.NullMarked;
