/** Every decoder of bytes from outside, fed with bytes that nobody wrote. */
@org.jspecify.annotations.NullMarked
package dev.croft.app.fuzz;
