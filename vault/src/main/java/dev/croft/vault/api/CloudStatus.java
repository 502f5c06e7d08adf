package dev.croft.vault.api;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A private cloud as its host sees it without a key.
 *
 * @param id 32 hexadecimal digits
 * @param state what it is doing
 * @param hostKey X25519 public key to seal the owner's key to, base64url
 * @param challenge goes into the seal of a key, see {@link SealedKey}; a new one after every lock and every restart
 * @param passphrase how the key is made from a passphrase, if it is
 * @param lastUsed when it last served a request, if since the host began
 * @param retryAfterSeconds how long the next key must wait because of wrong ones, 0 if not
 */
public record CloudStatus(
        String id,
        CloudState state,
        String hostKey,
        String challenge,
        @Nullable Passphrase passphrase,
        @Nullable Instant lastUsed,
        long retryAfterSeconds) {}
