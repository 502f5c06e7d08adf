package dev.croft.vault.api;

import org.jspecify.annotations.Nullable;

/**
 * Asks a host for a new private cloud.
 *
 * @param ownerKey the owner's Ed25519 public key, base64url; the private cloud's id follows from it
 * @param key the owner's key sealed to the host with the host's challenge
 * @param budget how its budget is cut; {@code null}: {@link BudgetPolicy#DEFAULT}
 * @param passphrase what a client needs to make the key from a passphrase, if it is made so
 * @param replicas the servers that are to hold its capsules besides the host. If they hold them already the private cloud goes on from there, with
 *     the budget that it had
 * @param restore {@code true}: only from its replicas; refused with {@link ProblemCode#NOT_FOUND} when they hold nothing of it
 */
public record CreateCloud(
        String ownerKey,
        SealedKey key,
        @Nullable BudgetPolicy budget,
        @Nullable Passphrase passphrase,
        @Nullable Replicas replicas,
        @Nullable Boolean restore) {
    /** Without replicas. */
    public CreateCloud(String ownerKey, SealedKey key, @Nullable BudgetPolicy budget, @Nullable Passphrase passphrase) {
        this(ownerKey, key, budget, passphrase, null, null);
    }
}
