/** Queries across people as one private cloud takes part in them: offer, reserve, run, commit or refund. */
@NullMarked
package dev.croft.vault.queries;

import org.jspecify.annotations.NullMarked;
