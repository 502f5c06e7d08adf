package dev.croft.capsule;

import dev.croft.capsule.codec.ByteReader;
import dev.croft.capsule.codec.ByteWriter;
import dev.croft.capsule.codec.Malformed;
import dev.croft.capsule.crypto.VerifyingKey;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.regex.Pattern;

/**
 * What a capsule is, fixed for ever: its SHA-256 is the capsule's {@link #name()}.
 *
 * @param ownerKey administers the capsule: certifies writers and servers
 * @param writerKey signs the capsule's heads
 * @param created when, to the microsecond
 * @param kind what the records are, by convention of the application: 1 to 64 of {@code a-z 0-9 . / -}
 * @param nonce 16 random bytes, so that two capsules never share a name
 * @param mode whether the history may branch
 */
public record CapsuleMetadata(
        VerifyingKey ownerKey, VerifyingKey writerKey, Instant created, String kind, byte[] nonce, WriterMode mode) {
    static final int MOST_BYTES = 1024;
    private static final String TAG = "croft/metadata/v1";
    private static final Pattern KIND = Pattern.compile("[a-z0-9./-]{1,64}");
    private static final int NONCE_LENGTH = 16;
    private static final int ED25519 = 1;
    private static final int SHA256 = 1;
    private static final int AES_256_GCM = 1;
    private static final int HPKE_X25519 = 1;

    public CapsuleMetadata {
        created = created.truncatedTo(ChronoUnit.MICROS);
        nonce = nonce.clone();
        if (!KIND.matcher(kind).matches()) {
            throw new IllegalArgumentException("a kind is 1 to 64 of a-z 0-9 . / -");
        }
        if (nonce.length != NONCE_LENGTH) {
            throw new IllegalArgumentException("a nonce has 16 bytes");
        }
        if (created.isBefore(Instant.EPOCH)) {
            throw new IllegalArgumentException("created before 1970");
        }
    }

    /** Metadata of a new strict capsule: created now, with a random nonce. */
    public static CapsuleMetadata create(VerifyingKey ownerKey, VerifyingKey writerKey, String kind) {
        return create(ownerKey, writerKey, kind, WriterMode.STRICT);
    }

    /** Metadata of a new capsule: created now, with a random nonce. */
    public static CapsuleMetadata create(VerifyingKey ownerKey, VerifyingKey writerKey, String kind, WriterMode mode) {
        byte[] nonce = new byte[NONCE_LENGTH];
        new SecureRandom().nextBytes(nonce);
        return new CapsuleMetadata(ownerKey, writerKey, Instant.now(), kind, nonce, mode);
    }

    /** The capsule's name: SHA-256 of {@link #encoded()}. */
    public CapsuleName name() {
        return new CapsuleName(Hash.sha256(encoded()));
    }

    /** The one canonical encoding: a tag, then each field as identifier, length and value, in ascending order. */
    public byte[] encoded() {
        return new ByteWriter()
                .tag(TAG)
                .u16(1)
                .framed(key(ownerKey))
                .u16(2)
                .framed(key(writerKey))
                .u16(3)
                .framed(new ByteWriter().u64(Times.micros(created)).toBytes())
                .u16(4)
                .framed(kind.getBytes(StandardCharsets.US_ASCII))
                .u16(5)
                .framed(nonce)
                .u16(6)
                .framed(new byte[] {(byte) mode.ordinal()})
                .u16(7)
                .framed(algorithms())
                .toBytes();
    }

    /**
     * Decodes what {@link #encoded()} wrote.
     *
     * @throws Malformed when the bytes are not a canonical encoding with known algorithms
     */
    public static CapsuleMetadata decode(byte[] encoded) {
        ByteReader in = new ByteReader(encoded).expectTag(TAG);
        VerifyingKey owner = key(field(in, 1));
        VerifyingKey writer = key(field(in, 2));
        Instant created = Times.instant(new ByteReader(field(in, 3)).u63());
        String kind = new String(field(in, 4), StandardCharsets.US_ASCII);
        byte[] nonce = field(in, 5);
        byte[] mode = field(in, 6);
        byte[] algorithms = field(in, 7);
        in.expectEnd();
        if (mode.length != 1 || mode[0] < 0 || mode[0] >= WriterMode.values().length) {
            throw new Malformed("unknown writer mode");
        }
        if (!Arrays.equals(algorithms, algorithms())) {
            throw new Malformed("unknown algorithms");
        }
        try {
            var metadata = new CapsuleMetadata(owner, writer, created, kind, nonce, WriterMode.values()[mode[0]]);
            if (!Arrays.equals(metadata.encoded(), encoded)) {
                throw new Malformed("not the canonical encoding");
            }
            return metadata;
        } catch (IllegalArgumentException e) {
            throw new Malformed("metadata: " + e.getMessage());
        }
    }

    private static byte[] algorithms() {
        return new ByteWriter().u16(SHA256).u16(AES_256_GCM).u16(HPKE_X25519).toBytes();
    }

    private static byte[] field(ByteReader in, int id) {
        if (in.u16() != id) {
            throw new Malformed("metadata field " + id + " is missing");
        }
        return in.framed(MOST_BYTES);
    }

    private static byte[] key(VerifyingKey key) {
        return new ByteWriter().u16(ED25519).bytes(key.encoded()).toBytes();
    }

    private static VerifyingKey key(byte[] encoded) {
        ByteReader in = new ByteReader(encoded);
        if (in.u16() != ED25519) {
            throw new Malformed("unknown key algorithm");
        }
        VerifyingKey key = VerifyingKey.of(in.bytes(VerifyingKey.LENGTH));
        in.expectEnd();
        return key;
    }

    @Override
    public byte[] nonce() {
        return nonce.clone();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof CapsuleMetadata metadata && Arrays.equals(encoded(), metadata.encoded());
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(encoded());
    }

    @Override
    public String toString() {
        return "CapsuleMetadata[" + name() + ", " + kind + ", " + mode + ", created " + created + "]";
    }
}
