/** Servers, writers and readers over real sockets. */
@NullMarked
package dev.croft.capsule.server;

import org.jspecify.annotations.NullMarked;
