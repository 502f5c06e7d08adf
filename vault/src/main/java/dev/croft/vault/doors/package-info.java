/** Doors: one Unix-domain socket for one launch of a service. */
@NullMarked
package dev.croft.vault.doors;

import org.jspecify.annotations.NullMarked;
