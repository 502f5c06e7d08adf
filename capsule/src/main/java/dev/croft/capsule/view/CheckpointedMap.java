package dev.croft.capsule.view;

import dev.croft.capsule.view.Tree.Entry;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import org.jspecify.annotations.Nullable;

/**
 * An ordered map from bytes to bytes that a capsule's records come to: the tree of the newest checkpoint, and in memory what
 * the records since then changed. It opens by reading back to that checkpoint, however long the capsule is, and shows any past
 * state.
 *
 * <p>Thread-safe: reads run beside {@link #refresh}; whoever changes it does so one at a time.
 */
public final class CheckpointedMap {
    /** What a record says, for one kind of view. */
    public interface Codec {
        /** The name its checkpoints carry. */
        String kind();

        /** Whether a body is a record of this view; others are stepped over. */
        boolean knows(byte[] body);

        /** Tells the changes of a record that it knows. */
        void decode(long sequence, byte[] body, Changes into);
    }

    /** Takes the changes of one record. */
    @FunctionalInterface
    public interface Changes {
        /** The key has this value from now on, or none. */
        void put(byte[] key, byte @Nullable [] value);
    }

    private static final int KEPT_PAST_STATES = 4;
    private static final int NEAR = 1 << 14;

    private final RecordLog log;
    private final Codec codec;
    private final NodeCache cache;
    private final Deque<CheckpointedMap> past = new ArrayDeque<>();
    private volatile State state;
    private volatile long applied;

    /** The tree that the first {@code covers} records come to, and what those from {@code since} on changed. */
    private record State(Tree base, long covers, long since, ConcurrentSkipListMap<Key, Versions> recent) {
        State(Tree base, long covers, long since) {
            this(base, covers, since, new ConcurrentSkipListMap<>());
        }
    }

    private CheckpointedMap(RecordLog log, Codec codec, NodeCache cache, State state) {
        this.log = log;
        this.codec = codec;
        this.cache = cache;
        this.state = state;
        this.applied = state.since;
    }

    /** The map that all records of the log come to. */
    public static CheckpointedMap open(RecordLog log, Codec codec) {
        return open(log, codec, new NodeCache(), log.size());
    }

    private static CheckpointedMap open(RecordLog log, Codec codec, NodeCache cache, long size) {
        Checkpoint checkpoint = Checkpoint.latest(log, codec.kind(), size);
        State state = checkpoint == null
                ? new State(new Tree(log, cache, Tree.EMPTY), 0, 0)
                : new State(new Tree(log, cache, checkpoint.root()), checkpoint.covers(), checkpoint.sequence() + 1);
        var map = new CheckpointedMap(log, codec, cache, state);
        map.refresh(size);
        return map;
    }

    /** How many records of the log are in the map. */
    public long applied() {
        return applied;
    }

    /** How many records the map was checkpointed at last. */
    public long checkpointed() {
        return state.since;
    }

    /** Lets the records of this journal point to the newest checkpoint, if there is one. */
    public void point(Journal journal) {
        long since = state.since;
        if (since > 0) {
            journal.pointTo(codec.kind(), since - 1);
        }
    }

    /** How many keys changed since the last checkpoint. */
    public int recentKeys() {
        return state.recent.size();
    }

    /** Takes in the log's records up to this number. */
    public synchronized void refresh(long size) {
        if (size > applied) {
            log.scan(applied, size, this::record);
            applied = size;
        }
    }

    private void record(long sequence, byte[] body) {
        if (codec.knows(body)) {
            codec.decode(sequence, body, (key, value) -> put(sequence, key, value));
        } else if (Checkpoint.begins(body, Checkpoint.TAG)) {
            Checkpoint checkpoint = Checkpoint.find(codec.kind(), sequence, body);
            if (checkpoint != null) {
                state = new State(new Tree(log, cache, checkpoint.root()), checkpoint.covers(), sequence + 1);
            }
        }
        applied = sequence + 1;
    }

    private void put(long sequence, byte[] key, byte @Nullable [] value) {
        state.recent.computeIfAbsent(new Key(key), _ -> new Versions()).add(sequence, value);
    }

    /** Takes in one change of a record that its writer just submitted; {@link #submitted} follows when it has all. */
    public synchronized void change(long sequence, byte[] key, byte @Nullable [] value) {
        put(sequence, key, value);
    }

    /** All records below this sequence are in the map. */
    public synchronized void submitted(long next) {
        applied = next;
    }

    /** The key's value when the log had {@code size} records. */
    public byte @Nullable [] get(byte[] key, long size) {
        State now = state;
        if (size < now.covers) {
            return at(size).get(key, size);
        }
        Versions versions = now.recent.get(new Key(key));
        return versions != null && versions.changed(size) ? versions.value(size) : now.base.get(key);
    }

    /** The entry with the greatest key at most this one when the log had {@code size} records. */
    public Map.@Nullable Entry<byte[], byte[]> floor(byte[] key, long size) {
        State now = state;
        if (size < now.covers) {
            return at(size).floor(key, size);
        }
        Entry stored = now.base.floor(key, true);
        while (stored != null && overridden(now, stored, size)) {
            stored = now.base.floor(stored.key(), false);
        }
        Map.Entry<Key, Versions> recent = now.recent.floorEntry(new Key(key));
        while (recent != null && recent.getValue().value(size) == null) {
            recent = now.recent.lowerEntry(recent.getKey());
        }
        byte[] value = recent == null ? null : recent.getValue().value(size);
        if (recent == null || value == null) {
            return stored == null ? null : Map.entry(stored.key(), stored.value());
        }
        return stored == null || new Key(stored.key()).compareTo(recent.getKey()) < 0
                ? Map.entry(recent.getKey().bytes(), value)
                : Map.entry(stored.key(), stored.value());
    }

    private static boolean overridden(State now, Entry stored, long size) {
        Versions versions = now.recent.get(new Key(stored.key()));
        return versions != null && versions.changed(size);
    }

    /** Entries from this key on, in order, when the log had {@code size} records; read as they are asked for. */
    public Iterator<Map.Entry<byte[], byte[]>> from(byte[] key, long size) {
        State now = state;
        return size < now.covers
                ? at(size).from(key, size)
                : new MergedEntries(
                        now.base.from(key),
                        now.recent.tailMap(new Key(key), true).entrySet().iterator(),
                        size);
    }

    /** The map as of an older checkpoint and what followed it; some are kept. */
    private CheckpointedMap at(long size) {
        synchronized (past) {
            for (CheckpointedMap kept : past) {
                if (kept.state.covers <= size && size - kept.applied < NEAR) {
                    kept.refresh(size);
                    if (kept.state.covers <= size) {
                        past.remove(kept);
                        past.addFirst(kept);
                        return kept;
                    }
                }
            }
            CheckpointedMap opened = open(log, codec, cache, size);
            past.addFirst(opened);
            if (past.size() > KEPT_PAST_STATES) {
                past.removeLast();
            }
            return opened;
        }
    }

    /**
     * Writes a checkpoint of everything in the map through its journal.
     *
     * @param whole whether to write every node anew, so that the view needs no record of an older epoch but for what the
     *     values point at
     */
    public synchronized void checkpoint(Journal journal, boolean whole) {
        State now = state;
        long covers = journal.size();
        var builder = new TreeBuilder(now.base, journal, cache);
        long root;
        if (whole) {
            Iterator<Map.Entry<byte[], byte[]>> all = from(new byte[0], applied);
            root = builder.rewrite(new Iterator<>() {
                @Override
                public boolean hasNext() {
                    return all.hasNext();
                }

                @Override
                public Entry next() {
                    Map.Entry<byte[], byte[]> entry = all.next();
                    return new Entry(entry.getKey(), entry.getValue());
                }
            });
        } else {
            NavigableMap<Key, Optional<byte[]>> changes = new TreeMap<>();
            now.recent.forEach((key, versions) -> changes.put(key, Optional.ofNullable(versions.value(applied))));
            root = builder.build(changes);
        }
        long sequence = journal.submit(own -> new Checkpoint(codec.kind(), own, covers, root).encode());
        journal.pointTo(codec.kind(), sequence);
        state = new State(new Tree(log, cache, root), covers, sequence + 1);
        applied = sequence + 1;
    }
}
