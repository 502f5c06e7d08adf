/** Where private clouds and services run: PM hosts and their supervision, hibernation and waking, launches in fair order. */
@NullMarked
package dev.croft.router.placement;

import org.jspecify.annotations.NullMarked;
