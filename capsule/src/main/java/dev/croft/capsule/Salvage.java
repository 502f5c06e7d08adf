package dev.croft.capsule;

import dev.croft.capsule.codec.ByteReader;
import dev.croft.capsule.codec.Malformed;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Finds what is sound in damaged frames, so that a copy with a flipped bit loses the records it hit and not those behind it. Where a record is
 * damaged its hash is still known from the link of the one that follows; the frontier made from such hashes is believed when a signed
 * heartbeat vouches for it. Where a frame's length is damaged the next one is found by its sequence.
 */
public final class Salvage {
    private final byte[] frames;
    private final CapsuleMetadata metadata;
    private final List<Part> parts = new ArrayList<>();
    private final Map<Long, Hash> leaves = new HashMap<>();
    private Standing good;
    private Standing partBase;
    private int partStart;
    private int goodEnd;
    private Chain chain;
    private boolean broken;
    private long next;

    private Salvage(Standing base, byte[] frames) {
        this.metadata = base.metadata();
        this.frames = frames;
        this.good = base;
        this.partBase = base;
        this.chain = base.chain();
        this.next = base.size();
    }

    /**
     * Sound frames one after the other.
     *
     * @param base where they go on from
     * @param frames whole frames that end with a signed heartbeat
     * @param tip where they end
     */
    public record Part(Standing base, byte[] frames, Standing tip) {}

    /** A frame as it stands in the bytes, or what looks like one. */
    private record Frame(byte type, int payload, int length) {
        int end() {
            return payload + length;
        }
    }

    /** The sound parts of frames that should go on from {@code base}: a single one with all of them when nothing is damaged. */
    public static List<Part> parts(Standing base, byte[] frames) {
        return new Salvage(base, frames).run();
    }

    private List<Part> run() {
        int at = 0;
        while (at < frames.length) {
            Frame frame = frame(at);
            boolean taken = frame != null && (broken ? resume(frame) : follow(frame));
            broken |= !taken && !broken;
            at = taken && frame != null ? frame.end() : at + 1;
        }
        endPart();
        return parts;
    }

    private @Nullable Frame frame(int at) {
        if (frames.length - at < Frames.LENGTH_BYTES + 1 + Frames.POINTERS) {
            return null;
        }
        int length = (int) FrameCursor.INT.get(frames, at);
        byte type = frames[at + Frames.LENGTH_BYTES];
        boolean fits = length > Frames.POINTERS && length <= frames.length - at - Frames.LENGTH_BYTES;
        return fits && type >= Frames.RECORD && type <= Frames.PRUNED
                ? new Frame(type, at + Frames.LENGTH_BYTES + 1, length - 1)
                : null;
    }

    /** Takes a frame that goes on from the one before it. */
    private boolean follow(Frame frame) {
        try {
            if (frame.type() == Frames.HEARTBEAT) {
                chain.pulse(heartbeat(frame));
                if (!chain.signed()) {
                    return false;
                }
                reach(Standing.of(metadata, chain), frame.end());
            } else {
                chain.record(frames, frame.payload(), frame.length(), frame.type() == Frames.PRUNED);
                leaves.put(next++, chain.head());
            }
            return true;
        } catch (Chain.Broken | Malformed e) {
            return false;
        }
    }

    private Heartbeat heartbeat(Frame frame) {
        ByteReader in = new ByteReader(frames, frame.payload(), frame.length());
        Heartbeat heartbeat = Heartbeat.decode(metadata.name(), in);
        in.expectEnd();
        return heartbeat;
    }

    /** Behind damage: notes the hash that a record's link tells, and goes on from a heartbeat whose frontier can be told. */
    private boolean resume(Frame frame) {
        if (frame.type() != Frames.HEARTBEAT) {
            long sequence = (long) FrameCursor.LONG.get(frames, frame.payload() + Frames.SEQUENCE);
            // Either a record or only a heartbeat was lost before it.
            if (sequence != next && sequence != next + 1) {
                return false;
            }
            int link = frame.payload() + Frames.PREVIOUS;
            leaves.put(sequence - 1, Hash.of(Arrays.copyOfRange(frames, link, link + Hash.LENGTH)));
            next = sequence + 1;
            return true;
        }
        Standing behind = behind(frame);
        if (behind == null) {
            return false;
        }
        endPart();
        reach(behind, frame.end());
        partBase = behind;
        partStart = frame.end();
        chain = behind.chain();
        broken = false;
        return true;
    }

    private @Nullable Standing behind(Frame frame) {
        Heartbeat heartbeat;
        try {
            heartbeat = heartbeat(frame);
        } catch (Malformed e) {
            return null;
        }
        if (heartbeat.size() < good.size() || heartbeat.size() > next + 1 || !heartbeat.verify(metadata.writerKey())) {
            return null;
        }
        MerkleFrontier frontier = MerkleFrontier.of(good.size(), good.frontier());
        for (long i = good.size(); i < heartbeat.size(); i++) {
            Hash leaf = i == heartbeat.size() - 1 ? heartbeat.headHash() : leaves.get(i);
            if (leaf == null) {
                return null;
            }
            frontier.add(leaf.bytes(), 0);
        }
        return frontier.root().equals(heartbeat.root()) ? Standing.at(metadata, heartbeat, frontier.hashes()) : null;
    }

    private void reach(Standing standing, int end) {
        good = standing;
        goodEnd = end;
        next = standing.size();
        leaves.clear();
    }

    private void endPart() {
        if (goodEnd > partStart) {
            parts.add(new Part(partBase, Arrays.copyOfRange(frames, partStart, goodEnd), good));
        }
    }
}
