/**
 * A capsule as a file system: folders and changeable files, now and as of any past record or time, for any program that uses
 * {@code java.nio.file}. See {@link dev.croft.capsule.files.CapsuleFileSystem}.
 */
@NullMarked
package dev.croft.capsule.files;

import org.jspecify.annotations.NullMarked;
