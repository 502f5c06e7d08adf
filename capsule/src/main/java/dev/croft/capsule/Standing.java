package dev.croft.capsule;

import dev.croft.capsule.codec.ByteReader;
import dev.croft.capsule.codec.ByteWriter;
import dev.croft.capsule.codec.Malformed;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Where a history of a capsule stands: at its beginning, or at a heartbeat whose Merkle frontier is known. That is all it takes to
 * check what follows, so a piece of history can be taken in by whoever lacks what comes before it. Immutable.
 *
 * <p>Each heartbeat names the hash of the one before, so the heartbeats that lead to one are fixed by its {@link #id}.
 */
public final class Standing {
    private static final int CHUNK = 64 << 10;

    private final CapsuleMetadata metadata;
    private final @Nullable Heartbeat heartbeat;
    private final List<Hash> frontier;
    private final Hash id;

    private Standing(CapsuleMetadata metadata, @Nullable Heartbeat heartbeat, List<Hash> frontier) {
        this.metadata = metadata;
        this.heartbeat = heartbeat;
        this.frontier = List.copyOf(frontier);
        this.id = heartbeat == null ? metadata.name().hash() : heartbeat.hash();
    }

    /**
     * Records and the heartbeat over them, which may also stand alone.
     *
     * @param start where its frames begin among those followed
     * @param end where they end
     * @param after where the history stands behind it
     */
    public record Run(int start, int end, Standing after) {}

    /** Before the first heartbeat. */
    public static Standing beginning(CapsuleMetadata metadata) {
        return new Standing(metadata, null, List.of());
    }

    /** Where a chain stands that is at a heartbeat, or at the beginning. */
    static Standing of(CapsuleMetadata metadata, Chain chain) {
        return new Standing(
                metadata,
                chain.last(),
                chain.last() == null ? List.of() : chain.frontier().hashes());
    }

    /** As {@link #of}, for a frontier that the caller has made or checked. */
    static Standing at(CapsuleMetadata metadata, @Nullable Heartbeat heartbeat, List<Hash> frontier) {
        return new Standing(metadata, heartbeat, frontier);
    }

    public CapsuleMetadata metadata() {
        return metadata;
    }

    /** The heartbeat's hash, which fixes everything before it; at the beginning the capsule's name. */
    public Hash id() {
        return id;
    }

    /** How many records lie before. */
    public long size() {
        return heartbeat == null ? 0 : heartbeat.size();
    }

    /** The heartbeat; none at the beginning. */
    public Optional<Heartbeat> heartbeat() {
        return Optional.ofNullable(heartbeat);
    }

    public boolean isBeginning() {
        return heartbeat == null;
    }

    /** Roots of the complete subtrees that make up the Merkle tree, the largest first. */
    public List<Hash> frontier() {
        return frontier;
    }

    /** Whether the capsule's writer signed the heartbeat and it vouches for the frontier; true at the beginning. */
    public boolean isVouched() {
        return heartbeat == null
                || heartbeat.verify(metadata.writerKey())
                        && MerkleFrontier.of(heartbeat.size(), frontier).root().equals(heartbeat.root());
    }

    /** A chain that stands here. */
    Chain chain() {
        Chain chain = new Chain(metadata);
        if (heartbeat != null) {
            chain.resume(heartbeat, MerkleFrontier.of(heartbeat.size(), frontier));
        }
        return chain;
    }

    /**
     * Checks frames that go on from here: place, links, times, epochs, Merkle roots, and the writer's signature of the last heartbeat,
     * which vouches for those before it.
     *
     * @throws CapsuleReplica.Refused when any does not fit, or the last is no heartbeat that the writer signed
     */
    public List<Run> follow(byte[] frames) {
        Chain chain = chain();
        List<Run> runs = new ArrayList<>();
        FrameCursor cursor = new FrameCursor(new MemoryFile(frames), 0, CHUNK);
        int start = 0;
        try {
            FrameCursor.Step step = cursor.next(frames.length);
            while (step == FrameCursor.Step.FRAME) {
                chain.accept(cursor);
                if (cursor.type() == Frames.HEARTBEAT) {
                    runs.add(new Run(start, (int) cursor.nextOffset(), of(metadata, chain)));
                    start = (int) cursor.nextOffset();
                }
                step = cursor.next(frames.length);
            }
            if (step != FrameCursor.Step.END || runs.isEmpty() || start != frames.length || !chain.signed()) {
                throw new CapsuleReplica.Refused("the frames do not end with a heartbeat that the writer signed");
            }
            return runs;
        } catch (Chain.Broken e) {
            throw new CapsuleReplica.Refused(e.detail);
        } catch (IOException e) {
            throw new IllegalStateException("memory does not fail", e);
        }
    }

    /** {@code 0}, or {@code 1 || heartbeat (212) || count (1) || frontier hashes}. */
    public void encode(ByteWriter out) {
        if (heartbeat == null) {
            out.u8(0);
        } else {
            out.u8(1).bytes(heartbeat.encoded()).u8(frontier.size());
            frontier.forEach(hash -> out.bytes(hash.bytes()));
        }
    }

    /**
     * Decodes what {@link #encode} wrote; nothing is checked but its form, see {@link #isVouched}.
     *
     * @throws Malformed when it is not that
     */
    public static Standing decode(CapsuleMetadata metadata, ByteReader in) {
        int kind = in.u8();
        if (kind > 1) {
            throw new Malformed("neither at the beginning nor at a heartbeat");
        }
        if (kind == 0) {
            return beginning(metadata);
        }
        Heartbeat heartbeat = Heartbeat.decode(metadata.name(), in);
        int count = in.u8();
        if (count != Long.bitCount(heartbeat.size())) {
            throw new Malformed("a frontier of another size than its heartbeat");
        }
        List<Hash> hashes = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            hashes.add(Hash.of(in.bytes(Hash.LENGTH)));
        }
        return new Standing(metadata, heartbeat, hashes);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Standing standing && id.equals(standing.id);
    }

    @Override
    public int hashCode() {
        return id.hashCode();
    }

    @Override
    public String toString() {
        return "Standing[" + size() + " records, " + id + "]";
    }
}
