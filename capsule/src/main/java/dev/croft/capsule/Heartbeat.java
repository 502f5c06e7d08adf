package dev.croft.capsule;

import dev.croft.capsule.codec.ByteReader;
import dev.croft.capsule.codec.ByteWriter;
import dev.croft.capsule.codec.Malformed;
import dev.croft.capsule.crypto.SigningKey;
import dev.croft.capsule.crypto.VerifyingKey;
import java.time.Instant;
import java.util.Arrays;

/**
 * The writer's signed statement of a capsule's head: the first {@code size} records are those under {@code root}, and
 * the last of them is {@code headHash}.
 *
 * @param name the capsule
 * @param size how many records
 * @param timestamp when it was signed by the writer's clock, to the microsecond: proof of freshness
 * @param headHash hash of the last record; the capsule's name when there is none
 * @param root Merkle tree hash (RFC 6962, 2.1) over the records' headers
 * @param previous SHA-256 of the preceding heartbeat's encoding, so that no heartbeat can be taken out; for the first the
 *     capsule's name
 * @param epoch the current data key's epoch
 * @param keyCommitment binds the epoch to one data key, see {@code docs/capsule-format.md}
 * @param signature Ed25519 by the writer over {@link #signedBytes()}
 */
public record Heartbeat(
        CapsuleName name,
        long size,
        Instant timestamp,
        Hash headHash,
        Hash root,
        Hash previous,
        int epoch,
        Hash keyCommitment,
        byte[] signature) {
    /** Bytes in an encoded heartbeat. */
    public static final int LENGTH = 8 + 8 + 32 + 32 + 32 + 4 + 32 + 64;

    private static final String TAG = "croft/heartbeat/v1";

    public Heartbeat {
        signature = signature.clone();
    }

    /** Stands for no heartbeat before the first one is signed. */
    static Heartbeat none(CapsuleName name) {
        return new Heartbeat(
                name, 0, Instant.EPOCH, name.hash(), Hash.sha256(), name.hash(), -1, Hash.sha256(), new byte[0]);
    }

    /** Signs a head. */
    static Heartbeat sign(
            SigningKey key,
            CapsuleName name,
            long size,
            long micros,
            Hash headHash,
            Hash root,
            Hash previous,
            int epoch,
            Hash keyCommitment) {
        var unsigned = new Heartbeat(
                name, size, Times.instant(micros), headHash, root, previous, epoch, keyCommitment, new byte[0]);
        return unsigned.withSignature(key.sign(unsigned.signedBytes()));
    }

    private Heartbeat withSignature(byte[] by) {
        return new Heartbeat(name, size, timestamp, headHash, root, previous, epoch, keyCommitment, by);
    }

    /** What the signature covers: a tag, the capsule's name and every component but the signature. */
    public byte[] signedBytes() {
        return fields(new ByteWriter().tag(TAG).bytes(name.bytes())).toBytes();
    }

    /** The {@link #LENGTH} bytes that are stored and sent; the capsule's name is not among them. */
    public byte[] encoded() {
        return fields(new ByteWriter()).bytes(signature).toBytes();
    }

    private ByteWriter fields(ByteWriter out) {
        return out.u64(size)
                .u64(Times.micros(timestamp))
                .bytes(headHash.bytes())
                .bytes(root.bytes())
                .bytes(previous.bytes())
                .u32(epoch)
                .bytes(keyCommitment.bytes());
    }

    /**
     * Decodes a heartbeat of the capsule {@code name}; the signature is not checked.
     *
     * @throws Malformed when the bytes are not a heartbeat's
     */
    public static Heartbeat decode(CapsuleName name, byte[] encoded) {
        ByteReader in = new ByteReader(encoded);
        Heartbeat heartbeat = decode(name, in);
        in.expectEnd();
        return heartbeat;
    }

    static Heartbeat decode(CapsuleName name, ByteReader in) {
        return new Heartbeat(
                name,
                in.u63(),
                Times.instant(in.u63()),
                Hash.of(in.bytes(Hash.LENGTH)),
                Hash.of(in.bytes(Hash.LENGTH)),
                Hash.of(in.bytes(Hash.LENGTH)),
                in.u32(),
                Hash.of(in.bytes(Hash.LENGTH)),
                in.bytes(VerifyingKey.SIGNATURE_LENGTH));
    }

    /** SHA-256 of {@link #encoded()}: what the next heartbeat names as its predecessor. */
    public Hash hash() {
        return Hash.sha256(encoded());
    }

    /** Whether {@code writerKey} signed this. */
    public boolean verify(VerifyingKey writerKey) {
        return writerKey.verify(signedBytes(), signature);
    }

    @Override
    public byte[] signature() {
        return signature.clone();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Heartbeat heartbeat
                && name.equals(heartbeat.name)
                && Arrays.equals(encoded(), heartbeat.encoded());
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(encoded());
    }

    @Override
    public String toString() {
        return "Heartbeat[" + name + ", size " + size + ", at " + timestamp + ", head " + headHash + "]";
    }
}
