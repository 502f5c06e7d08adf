/** What the application plugs into a permission manager: computations of queries and formats of entries. */
@NullMarked
package dev.croft.vault.spi;

import org.jspecify.annotations.NullMarked;
