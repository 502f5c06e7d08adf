package dev.croft.vault.store;

import dev.croft.capsule.crypto.VerifyingKey;
import dev.croft.vault.api.Base64Url;
import dev.croft.vault.api.BudgetPolicy;
import dev.croft.vault.api.Json;
import dev.croft.vault.api.OwnerKey;
import dev.croft.vault.api.Passphrase;
import dev.croft.vault.api.ProblemCode;
import dev.croft.vault.api.ProblemException;
import dev.croft.vault.api.Replicas;
import dev.croft.vault.api.RequestProof;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What a host knows of a private cloud without its key: {@code cloud.json} in its directory.
 *
 * @param ownerKey Ed25519 public key, base64url
 * @param keyCheck SHA-256 of {@link OwnerKey#checkValue}, base64url: tells the right key from a wrong one
 * @param budget how the budget is cut
 * @param passphrase how the key is made from a passphrase, if it is
 * @param created when
 * @param replicas the servers that hold its capsules besides this host, if there are any
 * @param version grows with each change of those: the time in milliseconds, or one more than before; {@code null} in what an earlier build wrote
 */
public record CloudFile(
        String ownerKey,
        String keyCheck,
        BudgetPolicy budget,
        @Nullable Passphrase passphrase,
        Instant created,
        @Nullable Replicas replicas,
        @Nullable Long version) {
    /** The file's name. */
    public static final String NAME = "cloud.json";

    private static final int MOST_BYTES = 64 * 1024;

    /** The file of a new private cloud. */
    public static CloudFile of(
            OwnerKey key,
            BudgetPolicy budget,
            @Nullable Passphrase passphrase,
            Instant now,
            @Nullable Replicas replicas) {
        return new CloudFile(
                Base64Url.encode(key.publicKey().encoded()),
                Base64Url.encode(check(key)),
                budget,
                passphrase,
                now,
                replicas,
                now.toEpochMilli());
    }

    /** The same with other replicas. */
    public CloudFile with(@Nullable Replicas others, Instant now) {
        long next = Math.max((version == null ? 0 : version) + 1, now.toEpochMilli());
        return new CloudFile(ownerKey, keyCheck, budget, passphrase, created, others, next);
    }

    /** The file in {@code directory}. */
    public static CloudFile read(Path directory) throws IOException {
        byte[] json = DurableFile.read(directory.resolve(NAME), MOST_BYTES)
                .orElseThrow(() -> new IOException("no " + NAME + " in " + directory));
        try {
            return Json.read(json, CloudFile.class);
        } catch (ProblemException e) {
            throw new IOException(NAME + " in " + directory + " is damaged", e);
        }
    }

    /** Writes the file. */
    public void write(Path directory) throws IOException {
        DurableFile.write(directory.resolve(NAME), Json.write(this));
    }

    /** Checks the owner's proofs. */
    public VerifyingKey owner() {
        return VerifyingKey.of(Base64Url.decode(ownerKey));
    }

    /**
     * Checks in constant time that {@code key} is the one.
     *
     * @throws ProblemException {@link ProblemCode#KEY_REFUSED} if not
     */
    public void check(OwnerKey key, String cloud) {
        boolean right = MessageDigest.isEqual(check(key), Base64Url.decode(keyCheck));
        boolean named = MessageDigest.isEqual(
                key.cloudId().getBytes(StandardCharsets.US_ASCII), cloud.getBytes(StandardCharsets.US_ASCII));
        if (!(right & named)) {
            throw new ProblemException(ProblemCode.KEY_REFUSED, "this key does not open the private cloud");
        }
    }

    private static byte[] check(OwnerKey key) {
        return RequestProof.sha256().digest(key.checkValue());
    }
}
