package dev.croft.capsule.replication;

import dev.croft.capsule.CapsuleMetadata;
import dev.croft.capsule.Heartbeat;
import dev.croft.capsule.WriterMode;
import dev.croft.capsule.codec.ByteReader;
import dev.croft.capsule.codec.ByteWriter;
import dev.croft.capsule.codec.Malformed;
import java.util.Arrays;

/**
 * Evidence against the writer of a strict capsule: two heartbeats that both name the same one before them. Anyone who knows the
 * capsule's metadata can check it, and nobody but the writer can have made it.
 *
 * @param one the one of the lesser hash
 * @param other the other
 */
public record Fork(Heartbeat one, Heartbeat other) {
    private static final String TAG = "croft/fork/v1";

    /** Orders the two, so that a fork has one form. */
    public static Fork of(Heartbeat one, Heartbeat other) {
        return one.hash().compareTo(other.hash()) <= 0 ? new Fork(one, other) : new Fork(other, one);
    }

    /** Whether it shows what it claims. */
    public boolean holds(CapsuleMetadata metadata) {
        return metadata.mode() == WriterMode.STRICT
                && one.name().equals(metadata.name())
                && other.name().equals(metadata.name())
                && one.previous().equals(other.previous())
                && !Arrays.equals(one.encoded(), other.encoded())
                && one.verify(metadata.writerKey())
                && other.verify(metadata.writerKey());
    }

    /** {@code tag || heartbeat (212) || heartbeat (212)}. */
    public byte[] encoded() {
        return new ByteWriter()
                .tag(TAG)
                .bytes(one.encoded())
                .bytes(other.encoded())
                .toBytes();
    }

    /**
     * Decodes evidence about this capsule; see {@link #holds}.
     *
     * @throws Malformed when it is none
     */
    public static Fork decode(CapsuleMetadata metadata, byte[] encoded) {
        ByteReader in = new ByteReader(encoded).expectTag(TAG);
        var fork = new Fork(
                Heartbeat.decode(metadata.name(), in.bytes(Heartbeat.LENGTH)),
                Heartbeat.decode(metadata.name(), in.bytes(Heartbeat.LENGTH)));
        in.expectEnd();
        return fork;
    }
}
