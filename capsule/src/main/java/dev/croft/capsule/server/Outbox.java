package dev.croft.capsule.server;

import dev.croft.capsule.CapsuleReader;
import dev.croft.capsule.Hash;
import dev.croft.capsule.Heartbeat;
import dev.croft.capsule.Standing;
import dev.croft.capsule.replication.Fragment;
import java.io.ByteArrayOutputStream;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.function.BiConsumer;

/**
 * What a writer appended lately, in memory for sending to several servers, and older frames from its own files. Thread-safe.
 */
final class Outbox {
    static final long MOST_BYTES = 64L << 20;
    private static final int AT_ONCE = 4 << 20;

    private final CapsuleReader reader;
    private final long most;
    private final Deque<Entry> entries = new ArrayDeque<>();
    private Standing end;
    private long bytes;

    private record Entry(Standing before, byte[] frames, Standing after) {}

    Outbox(CapsuleReader reader, long most) {
        this.reader = reader;
        this.most = most;
        this.end = reader.standing(reader.head());
    }

    /** Takes in what was made durable here since; tells of each heartbeat how many records lay before its own. */
    synchronized void poll(BiConsumer<Long, Heartbeat> signed) {
        reader.refresh();
        while (true) {
            byte[] frames =
                    reader.framesAfter(end.heartbeat().orElseThrow(), AT_ONCE).orElseThrow();
            if (frames.length == 0) {
                return;
            }
            Standing before = end;
            Standing at = end;
            for (Standing.Run run : before.follow(frames)) {
                signed.accept(at.size(), run.after().heartbeat().orElseThrow());
                at = run.after();
            }
            entries.add(new Entry(before, frames, at));
            bytes += frames.length;
            end = at;
            while (bytes > most && entries.size() > 1) {
                bytes -= entries.removeFirst().frames().length;
            }
        }
    }

    synchronized Standing end() {
        return end;
    }

    /** Where the entries in memory begin. */
    synchronized Standing begin() {
        return entries.isEmpty() ? end : entries.getFirst().before();
    }

    /** What follows a place, if that is within the entries. */
    synchronized Optional<Fragment> recent(Hash after) {
        var frames = new ByteArrayOutputStream();
        Standing base = null;
        for (Entry entry : entries) {
            if (base == null && entry.before().id().equals(after)) {
                base = entry.before();
            }
            if (base != null && frames.size() < AT_ONCE) {
                frames.writeBytes(entry.frames());
            }
        }
        return base == null ? Optional.empty() : Optional.of(new Fragment(base, frames.toByteArray()));
    }

    /** What follows a heartbeat of this history, from the files; nothing when it is not of this history, or the newest. */
    Optional<Fragment> older(Standing after) {
        Heartbeat from = after.heartbeat().orElse(null);
        return reader.framesAfter(from, AT_ONCE)
                .filter(frames -> frames.length > 0)
                .map(frames -> new Fragment(after, frames));
    }

    /** Where this history stands at a heartbeat; nothing when it is another history's. */
    Optional<Standing> standing(Heartbeat at) {
        return reader.framesAfter(at, 1).isPresent() ? Optional.of(reader.standing(at)) : Optional.empty();
    }
}
