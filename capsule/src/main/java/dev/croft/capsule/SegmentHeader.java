package dev.croft.capsule;

import dev.croft.capsule.codec.ByteReader;
import dev.croft.capsule.codec.ByteWriter;
import dev.croft.capsule.codec.Malformed;
import dev.croft.capsule.crypto.VerifyingKey;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The first bytes of a segment: which capsule, from which record on, and (but for the first segment) the heartbeat it goes
 * on from with that heartbeat's Merkle frontier, so that a segment can be opened without those before it.
 */
record SegmentHeader(CapsuleName name, long first, @Nullable Heartbeat base, List<Hash> frontier) {
    private static final String TAG = "croft/segment/v1";
    private static final int MOST_BYTES = 2 + TAG.length() + 32 + 8 + 1 + Heartbeat.LENGTH + 1 + 63 * Hash.LENGTH;

    byte[] encoded() {
        ByteWriter out = new ByteWriter().tag(TAG).bytes(name.bytes()).u64(first);
        if (base == null) {
            return out.u8(0).toBytes();
        }
        out.u8(1).bytes(base.encoded()).u8(frontier.size());
        frontier.forEach(hash -> out.bytes(hash.bytes()));
        return out.toBytes();
    }

    /**
     * Reads a segment's header.
     *
     * @throws Malformed when the file does not begin with one, or with that of another capsule
     */
    static SegmentHeader read(Disk.File file, CapsuleName name) throws IOException {
        byte[] start = new byte[MOST_BYTES];
        ByteBuffer into = ByteBuffer.wrap(start);
        while (into.hasRemaining() && file.read(into, into.position()) >= 0) {
            continue;
        }
        return decode(Arrays.copyOf(start, into.position()), name);
    }

    /** Decodes a header that stands at the start of these bytes. */
    static SegmentHeader decode(byte[] start, CapsuleName name) {
        ByteReader in = new ByteReader(start).expectTag(TAG);
        if (!CapsuleName.of(in.bytes(Hash.LENGTH)).equals(name)) {
            throw new Malformed("a segment of another capsule");
        }
        long first = in.u63();
        int hasBase = in.u8();
        if (hasBase > 1) {
            throw new Malformed("neither with nor without a base");
        }
        if (hasBase == 0) {
            return new SegmentHeader(name, first, null, List.of());
        }
        Heartbeat base = Heartbeat.decode(name, in);
        int count = in.u8();
        if (base.size() != first || count != Long.bitCount(first)) {
            throw new Malformed("a base of another size than the segment's start");
        }
        List<Hash> frontier = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            frontier.add(Hash.of(in.bytes(Hash.LENGTH)));
        }
        return new SegmentHeader(name, first, base, frontier);
    }

    int length() {
        return encoded().length;
    }

    /** Whether a writer's signature vouches for the base and the base for the frontier. */
    boolean vouchedBy(VerifyingKey writerKey) {
        if (base == null) {
            return first == 0;
        }
        return base.verify(writerKey)
                && MerkleFrontier.of(first, frontier).root().equals(base.root());
    }

    /** Puts a chain where this segment begins. */
    void resume(Chain chain) {
        if (base != null) {
            chain.resume(base, MerkleFrontier.of(first, frontier));
        }
    }
}
