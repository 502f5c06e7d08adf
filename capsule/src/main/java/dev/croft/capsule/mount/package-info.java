/**
 * The files of a capsule as a folder of the operating system, for any program: Linux's FUSE protocol, spoken directly over {@code
 * /dev/fuse}. See {@link dev.croft.capsule.mount.Mount}.
 */
@NullMarked
package dev.croft.capsule.mount;

import org.jspecify.annotations.NullMarked;
