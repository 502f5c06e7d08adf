package dev.croft.vault.api;

import java.util.List;

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

    /** Takes its own copy. */
    public SealedKey {
        moveTo = List.copyOf(moveTo);
        if (moveTo.size() > MOST_HOSTS) {
            throw new IllegalArgumentException("a key may move to at most " + MOST_HOSTS + " hosts");
        }
    }
}
