/** Entries of phones on their way into the data capsule. */
@NullMarked
package dev.croft.vault.upload;

import org.jspecify.annotations.NullMarked;
