/** The budget capsule: the ledger of room budget made durable event by event. */
@NullMarked
package dev.croft.vault.ledger;

import org.jspecify.annotations.NullMarked;
