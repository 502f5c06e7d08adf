package dev.croft.capsule.replication;

import dev.croft.capsule.CapsuleMetadata;
import dev.croft.capsule.CapsuleReplica;
import dev.croft.capsule.Heartbeat;
import dev.croft.capsule.Standing;
import dev.croft.capsule.codec.ByteReader;
import dev.croft.capsule.codec.ByteWriter;
import dev.croft.capsule.codec.Malformed;
import java.util.Arrays;

/**
 * Frames as they travel: where they go on from, and the frames, which end with a heartbeat. With its base a fragment can be checked in
 * full by a replica that has nothing before it.
 *
 * @param base where the frames go on from
 * @param frames whole frames, at most {@link #MOST_BYTES}
 */
public record Fragment(Standing base, byte[] frames) {
    private static final String TAG = "croft/fragment/v1";

    /** Most bytes of frames: the largest append. */
    public static final int MOST_BYTES = CapsuleReplica.MOST_BYTES;

    /** Most bytes in an encoded fragment. */
    public static final int MOST_ENCODED_BYTES = MOST_BYTES + 4096;

    /**
     * The heartbeat that the frames end with, as it stands there.
     *
     * @throws Malformed when they end with something else
     */
    public Heartbeat head() {
        if (frames.length < Heartbeat.LENGTH) {
            throw new Malformed("no heartbeat ends the frames");
        }
        return Heartbeat.decode(
                base.metadata().name(), Arrays.copyOfRange(frames, frames.length - Heartbeat.LENGTH, frames.length));
    }

    /** {@code tag || base || length (4) || frames}. */
    public byte[] encoded() {
        ByteWriter out = new ByteWriter().tag(TAG);
        base.encode(out);
        return out.framed(frames).toBytes();
    }

    /**
     * Decodes a fragment of this capsule; nothing is checked but its form.
     *
     * @throws Malformed when it is none
     */
    public static Fragment decode(CapsuleMetadata metadata, byte[] encoded) {
        ByteReader in = new ByteReader(encoded).expectTag(TAG);
        Standing base = Standing.decode(metadata, in);
        byte[] frames = in.framed(MOST_BYTES);
        in.expectEnd();
        return new Fragment(base, frames);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Fragment fragment
                && base.equals(fragment.base)
                && Arrays.equals(frames, fragment.frames);
    }

    @Override
    public int hashCode() {
        return 31 * base.hashCode() + Arrays.hashCode(frames);
    }

    @Override
    public String toString() {
        return "Fragment[" + frames.length + " bytes from " + base + "]";
    }
}
