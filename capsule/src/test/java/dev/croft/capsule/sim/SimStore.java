package dev.croft.capsule.sim;

import dev.croft.capsule.CapsuleMetadata;
import dev.croft.capsule.CapsuleReplica;
import dev.croft.capsule.Hash;
import dev.croft.capsule.Heartbeat;
import dev.croft.capsule.Salvage;
import dev.croft.capsule.Standing;
import dev.croft.capsule.replication.Fork;
import dev.croft.capsule.replication.Fragment;
import dev.croft.capsule.replication.Piece;
import dev.croft.capsule.replication.PieceStore;
import dev.croft.capsule.replication.Point;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * A disk in memory that keeps what was synced over a crash, and of what was being written when it came a part. It can be full, and its bits
 * can rot.
 */
final class SimStore implements PieceStore {
    private final Map<Integer, Content> pieces = new TreeMap<>();
    private final List<Fork> evidence = new ArrayList<>();

    /** The next operation but this many is cut off by a crash; negative: none is. */
    int crashIn = -1;

    /** How far the operation gets that the crash cuts off. */
    int crashAfterRuns;

    boolean full;

    private static final class Stored {
        final byte[] bytes;
        final Standing after;
        boolean rotten;

        /** Sound itself, but what it goes on from is not. */
        boolean doomed;

        Stored(byte[] bytes, Standing after) {
            this.bytes = bytes;
            this.after = after;
        }
    }

    private static final class Content {
        final Standing base;
        final List<Stored> runs = new ArrayList<>();

        Content(Standing base) {
            this.base = base;
        }

        Standing tip() {
            return runs.isEmpty() ? base : runs.getLast().after;
        }
    }

    /** The machine went down in the middle of an operation. */
    static final class Crash extends RuntimeException {
        private static final long serialVersionUID = 1;
    }

    SimStore(CapsuleMetadata metadata) {
        pieces.put(Piece.MAIN, new Content(Standing.beginning(metadata)));
    }

    private Content content(int piece) {
        return Objects.requireNonNull(pieces.get(piece));
    }

    private boolean crashes() {
        return crashIn >= 0 && crashIn-- == 0;
    }

    private void write(Content content, byte[] frames) throws IOException {
        List<Standing.Run> runs;
        try {
            runs = content.tip().follow(frames);
        } catch (CapsuleReplica.Refused e) {
            throw new AssertionError("the core stores what does not follow", e);
        }
        boolean crash = crashes();
        if (!crash && full) {
            throw new IOException("no space left");
        }
        int most = crash ? crashAfterRuns % (runs.size() + 1) : runs.size();
        for (Standing.Run run : runs.subList(0, most)) {
            var stored = new Stored(Arrays.copyOfRange(frames, run.start(), run.end()), run.after());
            stored.doomed = !content.runs.isEmpty() && content.runs.getLast().rotten;
            content.runs.add(stored);
        }
        if (crash) {
            throw new Crash();
        }
    }

    @Override
    public List<Piece> pieces() {
        List<Piece> found = new ArrayList<>();
        pieces.forEach((number, content) -> found.add(new Piece(number, content.base, content.tip())));
        return found;
    }

    @Override
    public List<Fork> evidence() {
        return List.copyOf(evidence);
    }

    @Override
    public void extend(int piece, byte[] frames, Standing tip) throws IOException {
        write(content(piece), frames);
    }

    @Override
    public void begin(int piece, Standing base, byte[] frames, Standing tip) throws IOException {
        if (pieces.containsKey(piece)) {
            throw new AssertionError("piece " + piece + " is there already");
        }
        var content = new Content(base);
        try {
            write(content, frames);
        } finally {
            if (!content.runs.isEmpty()) {
                pieces.put(piece, content);
            }
        }
    }

    @Override
    public void join(int piece, int other) throws IOException {
        Content to = content(piece);
        Content from = content(other);
        var more = new ByteArrayOutputStream();
        boolean behind = to.tip().equals(from.base);
        for (Stored run : from.runs) {
            if (behind) {
                more.writeBytes(run.bytes);
            }
            behind |= run.after.equals(to.tip());
        }
        if (from.runs.stream().anyMatch(run -> run.rotten)) {
            throw new IOException("damaged");
        }
        if (more.size() > 0) {
            write(to, more.toByteArray());
        }
        if (crashes()) {
            throw new Crash();
        }
        pieces.remove(other);
    }

    @Override
    public void drop(int piece) {
        pieces.remove(piece);
    }

    @Override
    public void keep(Fork fork) {
        evidence.add(fork);
    }

    @Override
    public Optional<Standing> check(int piece) {
        Standing sound = content(piece).base;
        for (Stored run : content(piece).runs) {
            try {
                sound = sound.follow(run.bytes).getLast().after();
            } catch (CapsuleReplica.Refused e) {
                return Optional.of(sound);
            }
        }
        return Optional.empty();
    }

    @Override
    public Iterator<Salvage.Part> salvage(int piece) {
        Content content = content(piece);
        var all = new ByteArrayOutputStream();
        content.runs.forEach(run -> all.writeBytes(run.bytes));
        return Salvage.parts(content.base, all.toByteArray()).stream()
                .filter(part -> !part.base().equals(content.base))
                .iterator();
    }

    @Override
    public void cut(int piece, Standing to) {
        if (crashes()) {
            throw new Crash();
        }
        List<Stored> runs = content(piece).runs;
        while (!content(piece).tip().equals(to)) {
            runs.removeLast();
        }
    }

    @Override
    public boolean holds(int piece, Point heartbeat) {
        return content(piece).runs.stream().anyMatch(run -> run.after.id().equals(heartbeat.id()));
    }

    @Override
    public Heartbeat after(int piece, Point heartbeat) {
        Standing before = content(piece).base;
        for (Stored run : content(piece).runs) {
            if (before.id().equals(heartbeat.id())) {
                return run.after.heartbeat().orElseThrow();
            }
            before = run.after;
        }
        throw new AssertionError("nothing follows");
    }

    @Override
    public List<Point> points(int piece) {
        List<Point> points = new ArrayList<>();
        points.add(Point.of(content(piece).base));
        int every = 1 + content(piece).runs.size() / 4;
        for (int i = 0; i < content(piece).runs.size(); i++) {
            if (i % every == 0 || i == content(piece).runs.size() - 1) {
                points.addFirst(Point.of(content(piece).runs.get(i).after));
            }
        }
        return points;
    }

    @Override
    public Fragment fragment(int piece, Point after, Point until, int enough) {
        Standing base = content(piece).base;
        boolean found = base.id().equals(after.id());
        var out = new ByteArrayOutputStream();
        for (Stored run : content(piece).runs) {
            if (found) {
                out.writeBytes(run.bytes);
                if (run.after.id().equals(until.id()) || out.size() >= enough) {
                    return new Fragment(base, out.toByteArray());
                }
            } else if (run.after.id().equals(after.id())) {
                found = true;
                base = run.after;
            }
        }
        throw new AssertionError("asked for what is not held");
    }

    /**
     * Flips one bit of a run, if {@code elsewhere} has it and the one behind it: when a heartbeat is hit, the run behind it has nothing to go on from.
     *
     * @return the ids of both
     */
    Set<Hash> rot(int at, int bit, Set<Hash> elsewhere) {
        List<List<Stored>> all = new ArrayList<>();
        for (Content content : pieces.values()) {
            for (int i = 0; i < content.runs.size(); i++) {
                all.add(content.runs.subList(i, Math.min(i + 2, content.runs.size())));
            }
        }
        List<Stored> hit = all.isEmpty() ? List.of() : all.get(Math.floorMod(at, all.size()));
        Set<Hash> ids = new HashSet<>();
        hit.forEach(run -> ids.add(run.after.id()));
        if (hit.isEmpty() || hit.getFirst().rotten || !elsewhere.containsAll(ids)) {
            return Set.of();
        }
        byte[] bytes = hit.getFirst().bytes;
        bytes[Math.floorMod(bit / 8, bytes.length)] ^= (byte) (1 << (bit & 7));
        hit.getFirst().rotten = true;
        hit.getLast().doomed = true;
        return ids;
    }

    /** Ids of all runs whose bytes are as the writer made them. */
    Set<Hash> sound() {
        Set<Hash> sound = new HashSet<>();
        pieces.values()
                .forEach(content -> content.runs.stream()
                        .filter(run -> !run.rotten && !run.doomed)
                        .forEach(run -> sound.add(run.after.id())));
        return sound;
    }

    /** Ids of all runs, sound or not. */
    Set<Hash> ids() {
        Set<Hash> ids = new HashSet<>();
        pieces.values().forEach(content -> content.runs.forEach(run -> ids.add(run.after.id())));
        return ids;
    }
}
