package dev.croft.vault.api;

import dev.croft.budget.Epsilon;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A grant as the owner's list shows it.
 *
 * @param grant what it allows
 * @param stored when the private cloud took it
 * @param revoked when it was revoked, if it was
 * @param inForce whether it can be used now
 * @param spent budget spent by it so far, reservations included
 */
public record GrantStatus(
        Grant grant, Instant stored, @Nullable Instant revoked, boolean inForce, Epsilon spent) {}
