/** The audit capsule: who did what, never with which values. */
@NullMarked
package dev.croft.vault.audit;

import org.jspecify.annotations.NullMarked;
