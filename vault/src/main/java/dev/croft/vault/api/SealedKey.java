package dev.croft.vault.api;

import dev.croft.capsule.crypto.Hpke;
import dev.croft.capsule.crypto.ReaderKey;
import dev.croft.capsule.crypto.ReaderPublicKey;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * An owner's key sealed to a host by HPKE (RFC 9180, base mode), so that whoever relays it cannot read it. The seal is bound to the private
 * cloud, the host's challenge (so that it opens nothing after the next lock or restart) and the hosts the key may move on to.
 *
 * @param sealed the encapsulated key, then the ciphertext, base64url
 * @param moveTo X25519 public keys, base64url, of the hosts to which this host may seal the key in turn when it hibernates or is woken
 */
public record SealedKey(String sealed, List<String> moveTo) {
    /** How many hosts may be named. */
    public static final int MOST_HOSTS = 16;

    private static final byte[] INFO = "croft/unlock/v1".getBytes(StandardCharsets.US_ASCII);

    /** Takes its own copy. */
    public SealedKey {
        moveTo = List.copyOf(moveTo);
        if (moveTo.size() > MOST_HOSTS) {
            throw new IllegalArgumentException("a key may move to at most " + MOST_HOSTS + " hosts");
        }
        for (String host : moveTo) {
            if (Base64Url.decode(host).length != ReaderPublicKey.LENGTH) {
                throw new IllegalArgumentException("a host's key has " + ReaderPublicKey.LENGTH + " bytes");
            }
        }
    }

    /**
     * Seals {@code key} to the host with this public key.
     *
     * @param hostKey X25519 public key, base64url, from the status of the host or private cloud
     * @param challenge from the same status
     */
    public static SealedKey seal(OwnerKey key, String hostKey, String challenge, List<String> moveTo) {
        byte[] secret = key.secretBytes();
        try {
            byte[] sealed = Hpke.seal(
                    ReaderPublicKey.of(Base64Url.decode(hostKey)),
                    INFO,
                    binding(key.cloudId(), challenge, moveTo),
                    secret);
            return new SealedKey(Base64Url.encode(sealed), moveTo);
        } finally {
            Arrays.fill(secret, (byte) 0);
        }
    }

    /** Opens the seal, if it was made for this host, private cloud and challenge. What comes out need not be the right key. */
    public Optional<OwnerKey> open(ReaderKey host, String cloud, String challenge) {
        byte[] secret = new byte[0];
        try {
            secret = Hpke.open(host, INFO, binding(cloud, challenge, moveTo), Base64Url.decode(sealed));
            return Optional.of(OwnerKey.of(secret));
        } catch (Hpke.OpenFailed | IllegalArgumentException e) {
            return Optional.empty();
        } finally {
            Arrays.fill(secret, (byte) 0);
        }
    }

    private static byte[] binding(String cloud, String challenge, List<String> moveTo) {
        // None of the parts can hold a line feed, so lines keep them apart.
        return (cloud + "\n" + challenge + "\n" + String.join("\n", moveTo)).getBytes(StandardCharsets.UTF_8);
    }
}
