/** The permission manager: one person's documents, key, grants and budget. */
@NullMarked
package dev.croft.vault;

import org.jspecify.annotations.NullMarked;
