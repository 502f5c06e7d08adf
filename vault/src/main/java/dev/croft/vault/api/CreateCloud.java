package dev.croft.vault.api;

import org.jspecify.annotations.Nullable;

/**
 * Asks a host for a new private cloud.
 *
 * @param ownerKey the owner's Ed25519 public key, base64url; the private cloud's id follows from it
 * @param key the owner's key sealed to the host with the host's challenge
 * @param budget how its budget is cut; {@code null}: {@link BudgetPolicy#DEFAULT}
 * @param passphrase what a client needs to make the key from a passphrase, if it is made so
 */
public record CreateCloud(
        String ownerKey,
        SealedKey key,
        @Nullable BudgetPolicy budget,
        @Nullable Passphrase passphrase) {}
