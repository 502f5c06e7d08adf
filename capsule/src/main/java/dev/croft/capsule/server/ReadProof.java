package dev.croft.capsule.server;

import dev.croft.capsule.CapsuleMetadata;
import dev.croft.capsule.Hash;
import dev.croft.capsule.codec.ByteReader;
import dev.croft.capsule.codec.ByteWriter;
import dev.croft.capsule.codec.Malformed;
import dev.croft.capsule.crypto.VerifyingKey;
import dev.croft.capsule.delegation.Delegation;
import dev.croft.capsule.delegation.Delegation.Role;
import dev.croft.capsule.delegation.Revocations;
import dev.croft.capsule.replication.ReplicationException;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * Who asks to read: in each request's {@code Authorization} header, a signature over the server asked, the method, the path, the body's hash
 * and the time, with the owner's delegation for the key that made it. Sealed bodies and headers, too, are for those whom the owner let in.
 *
 * @param key who asks
 * @param time when, to the second
 * @param delegation why that key may; none for the owner and the writer themselves
 * @param signature Ed25519 by the key
 */
record ReadProof(VerifyingKey key, Instant time, @Nullable Delegation delegation, byte[] signature) {
    private static final String SCHEME = "Croft ";
    private static final String TAG = "croft/read/v1";
    private static final int MOST_CHARACTERS = 2048;

    /** How far the clocks of an asker and a server may be apart. */
    static final Duration SKEW = Duration.ofMinutes(5);

    static String header(Reading reading, VerifyingKey server, String method, String target, byte[] body, Instant now) {
        Instant time = Instant.ofEpochSecond(now.getEpochSecond());
        byte[] signature = reading.key().sign(signed(server, method, target, body, time));
        Delegation delegation = reading.delegation();
        byte[] encoded = new ByteWriter()
                .bytes(reading.key().verifyingKey().encoded())
                .u64(time.getEpochSecond())
                .framed(delegation == null ? new byte[0] : delegation.encoded())
                .bytes(signature)
                .toBytes();
        return SCHEME + Base64.getUrlEncoder().withoutPadding().encodeToString(encoded);
    }

    private static byte[] signed(VerifyingKey server, String method, String target, byte[] body, Instant time) {
        return new ByteWriter()
                .tag(TAG)
                .bytes(server.encoded())
                .text(method)
                .text(target)
                .bytes(Hash.sha256(body).bytes())
                .u64(time.getEpochSecond())
                .toBytes();
    }

    private static ReadProof parse(@Nullable String header) {
        if (header == null || !header.startsWith(SCHEME) || header.length() > MOST_CHARACTERS) {
            throw new ReplicationException.NotAllowed("reading takes a proof of who reads");
        }
        try {
            ByteReader in = new ByteReader(Base64.getUrlDecoder().decode(header.substring(SCHEME.length())));
            VerifyingKey key = VerifyingKey.of(in.bytes(VerifyingKey.LENGTH));
            long seconds = in.u63();
            byte[] delegation = in.framed(1024);
            byte[] signature = in.bytes(VerifyingKey.SIGNATURE_LENGTH);
            in.expectEnd();
            return new ReadProof(
                    key,
                    Instant.ofEpochSecond(Math.min(seconds, Instant.MAX.getEpochSecond())),
                    delegation.length == 0 ? null : Delegation.decode(delegation),
                    signature);
        } catch (Malformed | IllegalArgumentException e) {
            throw new ReplicationException.NotAllowed("the proof of who reads is malformed");
        }
    }

    /**
     * Lets a request in.
     *
     * @throws ReplicationException.NotAllowed when the owner did not let its maker read, or serve, or carry requests; or it is not fresh
     */
    static void require(
            @Nullable String header,
            VerifyingKey server,
            String method,
            String target,
            byte[] body,
            CapsuleMetadata metadata,
            Revocations revocations,
            Instant now) {
        ReadProof proof = parse(header);
        if (Duration.between(proof.time, now).abs().compareTo(SKEW) > 0) {
            throw new ReplicationException.NotAllowed("the proof of who reads is not of now");
        }
        if (!proof.key.verify(signed(server, method, target, body, proof.time), proof.signature)) {
            throw new ReplicationException.NotAllowed("the proof of who reads is not of this request");
        }
        if (proof.key.equals(metadata.ownerKey()) || proof.key.equals(metadata.writerKey())) {
            return;
        }
        if (proof.delegation == null || proof.delegation.role() == Role.WRITE) {
            throw new ReplicationException.NotAllowed("the owner did not let this key read");
        }
        try {
            proof.delegation.require(metadata, proof.delegation.role(), proof.key, now, revocations);
        } catch (Delegation.Refused e) {
            throw new ReplicationException.NotAllowed("the owner did not let this key read: " + e.getMessage());
        }
    }

    @Override
    public byte[] signature() {
        return signature.clone();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof ReadProof proof
                && key.equals(proof.key)
                && time.equals(proof.time)
                && Arrays.equals(signature, proof.signature);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(signature);
    }
}
