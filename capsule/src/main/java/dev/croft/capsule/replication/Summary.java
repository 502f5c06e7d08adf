package dev.croft.capsule.replication;

import dev.croft.capsule.CapsuleMetadata;
import dev.croft.capsule.Heartbeat;
import dev.croft.capsule.codec.ByteReader;
import dev.croft.capsule.codec.ByteWriter;
import dev.croft.capsule.codec.Malformed;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * What a replica holds, in a few hundred bytes however long the capsule is.
 *
 * @param parts its pieces but for empty ones
 * @param evidence forks of the writer that it knows
 */
public record Summary(List<Part> parts, List<Fork> evidence) {
    private static final String TAG = "croft/summary/v1";

    /** Most bytes in an encoded summary. */
    public static final int MOST_BYTES = 64 << 10;

    /** The order of "newest": by records, then time, then hash, so that all readers of the same heads agree. */
    public static final Comparator<Heartbeat> NEWEST_LAST = Comparator.comparingLong(Heartbeat::size)
            .thenComparing(Heartbeat::timestamp)
            .thenComparing(Heartbeat::hash);

    public Summary {
        parts = List.copyOf(parts);
        evidence = List.copyOf(evidence);
    }

    /**
     * A piece as another replica needs to know it.
     *
     * @param base where it begins
     * @param tip its last heartbeat
     */
    public record Part(Point base, Heartbeat tip) {}

    /** The newest head among the pieces, which need not be whole behind it; the others are branches. */
    public Optional<Heartbeat> newest() {
        return parts.stream().map(Part::tip).max(NEWEST_LAST);
    }

    /** {@code tag || count (1) || count × (base id (32) || base size (8) || heartbeat (212)) || count (1) || count × fork}. */
    public byte[] encoded() {
        ByteWriter out = new ByteWriter().tag(TAG).u8(parts.size());
        for (Part part : parts) {
            part.base.encode(out);
            out.bytes(part.tip.encoded());
        }
        out.u8(evidence.size());
        evidence.forEach(fork -> out.framed(fork.encoded()));
        return out.toBytes();
    }

    /**
     * Decodes a summary of this capsule; nothing is checked but its form.
     *
     * @throws Malformed when it is none
     */
    public static Summary decode(CapsuleMetadata metadata, byte[] encoded) {
        ByteReader in = new ByteReader(encoded).expectTag(TAG);
        List<Part> parts = new ArrayList<>();
        int count = in.u8();
        for (int i = 0; i < count; i++) {
            parts.add(new Part(Point.decode(in), Heartbeat.decode(metadata.name(), in.bytes(Heartbeat.LENGTH))));
        }
        List<Fork> forks = new ArrayList<>();
        int known = in.u8();
        for (int i = 0; i < known; i++) {
            forks.add(Fork.decode(metadata, in.framed(1024)));
        }
        in.expectEnd();
        return new Summary(parts, forks);
    }
}
