/** The directory of one private cloud: its capsules and the few small files beside them. */
@NullMarked
package dev.croft.vault.store;

import org.jspecify.annotations.NullMarked;
