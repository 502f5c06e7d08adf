/** Which private clouds stay awake: decided by one pure function, and why, for people to read. */
@NullMarked
package dev.croft.router.lifecycle;

import org.jspecify.annotations.NullMarked;
