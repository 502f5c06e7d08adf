package dev.croft.vault.api;

import java.time.Instant;
import java.util.List;
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
 * @param derive while it is awake and entries were forgotten from which results had been derived: the grants in force under which a service
 *     may derive them anew; {@code null}: nothing waits, or it is not awake
 */
public record CloudStatus(
        String id,
        CloudState state,
        String hostKey,
        String challenge,
        @Nullable Passphrase passphrase,
        @Nullable Instant lastUsed,
        long retryAfterSeconds,
        @Nullable List<Deriver> derive) {

    /** A service that may derive anew, in the form that its grant names. */
    public record Deriver(String grant, String service, String digest) {}
}
