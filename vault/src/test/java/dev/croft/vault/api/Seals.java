package dev.croft.vault.api;

import dev.croft.capsule.crypto.Hpke;
import dev.croft.capsule.crypto.ReaderPublicKey;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Seals that an honest client would not make. */
public final class Seals {
    private Seals() {}

    /** Another owner's key, sealed for this private cloud. */
    public static SealedKey of(OwnerKey wrong, String cloud, String hostKey, String challenge) {
        byte[] sealed = Hpke.seal(
                ReaderPublicKey.of(Base64Url.decode(hostKey)),
                "croft/unlock/v1".getBytes(StandardCharsets.UTF_8),
                (cloud + "\n" + challenge + "\n").getBytes(StandardCharsets.UTF_8),
                wrong.secretBytes());
        return new SealedKey(Base64Url.encode(sealed), List.of());
    }
}
