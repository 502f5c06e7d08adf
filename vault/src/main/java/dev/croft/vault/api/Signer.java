package dev.croft.vault.api;

import dev.croft.capsule.crypto.SigningKey;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;

/**
 * Signs requests to one private cloud, as its owner or under a grant. Thread-safe.
 *
 * @param cloud the private cloud's id
 * @param key the owner's signing key, or the key the grant names
 * @param grant the grant's id; {@code null}: the owner
 * @param clock what time it is
 */
public record Signer(String cloud, SigningKey key, @Nullable String grant, InstantSource clock) {

    /** Signs as the owner. */
    public static Signer owner(OwnerKey key) {
        return new Signer(key.cloudId(), key.signingKey(), null, InstantSource.system());
    }

    /** Signs as the holder of a grant. */
    public static Signer holder(String cloud, String grant, SigningKey key) {
        return new Signer(cloud, key, grant, InstantSource.system());
    }

    /** A proof for one request. */
    public String proof(String method, String pathAndQuery, byte[] bodySha256) {
        return RequestProof.create(key, cloud, method, pathAndQuery, bodySha256, grant, clock.instant());
    }
}
