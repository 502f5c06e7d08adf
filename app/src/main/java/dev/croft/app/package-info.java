/** The croft command and the server that wires the rooms. */
@NullMarked
package dev.croft.app;

import org.jspecify.annotations.NullMarked;
