/** The wiring: which processes there are, what each is made of, and where an installation keeps its files. */
@NullMarked
package dev.croft.app.server;

import org.jspecify.annotations.NullMarked;
