package dev.croft.capsule.files;

import dev.croft.capsule.CapsuleException;
import dev.croft.capsule.Hash;
import dev.croft.capsule.codec.ByteWriter;
import dev.croft.capsule.view.CheckpointedMap;
import dev.croft.capsule.view.Journal;
import dev.croft.capsule.view.Key;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Changes a file system: works out what changes in the map and submits it as one record. Callers check names and kinds under
 * {@link #exclusively}. Thread-safe.
 */
final class FileTreeWriter {
    private static final int CHECKPOINT_KEYS = 1 << 15;
    private static final int LEAST_SHARED = 1024;
    private static final int MOST_REMOVED = 1 << 16;

    private final ReentrantLock lock = new ReentrantLock();
    private final Journal journal;
    private final CheckpointedMap map;
    private final FileTree tree;
    private final InstantSource clock;
    private final FileRecord.Codec codec = new FileRecord.Codec();
    private final int checkpointKeys;
    private long nextId;

    FileTreeWriter(Journal journal, FileTree tree, InstantSource clock, int checkpointKeys) {
        this.journal = journal;
        this.map = tree.map();
        this.tree = tree;
        this.clock = clock;
        this.checkpointKeys = checkpointKeys;
        map.point(journal);
        Map.Entry<byte[], byte[]> last = map.floor(Keys.node(Long.MAX_VALUE), Long.MAX_VALUE);
        this.nextId = last != null && last.getKey()[0] == 'n' ? Keys.id(last.getKey()) + 1 : 1;
    }

    static int standardCheckpointKeys() {
        return CHECKPOINT_KEYS;
    }

    Journal journal() {
        return journal;
    }

    /** Work that nothing else changes the file system during. */
    @FunctionalInterface
    interface Work<T, E extends Exception> {
        T run() throws E;
    }

    <T, E extends Exception> T exclusively(Work<T, E> work) throws E {
        lock.lock();
        try {
            return work.run();
        } finally {
            lock.unlock();
        }
    }

    private long now() {
        Instant instant = clock.instant();
        return instant.getEpochSecond() * 1_000_000 + instant.getNano() / 1000;
    }

    private void submit(byte[] data, Map<Key, Optional<byte[]>> changes) {
        submit(data, _ -> changes);
    }

    private void submit(byte[] data, Function<Long, Map<Key, Optional<byte[]>>> changes) {
        byte[][] body = new byte[1][];
        long sequence = journal.submit(own -> body[0] = FileRecord.encode(own, data, changes.apply(own)));
        codec.decode(sequence, body[0], (key, value) -> map.change(sequence, key, value));
        map.submitted(sequence + 1);
        if (map.recentKeys() >= checkpointKeys) {
            map.checkpoint(journal, false);
        }
    }

    private static void set(Map<Key, Optional<byte[]>> changes, Node node) {
        changes.put(new Key(Keys.node(node.id())), Optional.of(node.encode()));
    }

    private void touch(Map<Key, Optional<byte[]>> changes, long folder, long micros) {
        Node node = tree.node(folder);
        if (node != null) {
            set(changes, node.times(node.created(), micros));
        }
    }

    private static void link(Map<Key, Optional<byte[]>> changes, long folder, String name, long id) {
        changes.put(
                new Key(Keys.entry(folder, name)),
                Optional.of(new ByteWriter().u64(id).toBytes()));
    }

    /** Makes an empty file or folder under a name that is free. */
    Node make(long folder, String name, boolean isFolder) {
        long micros = now();
        Node node = new Node(nextId++, isFolder, 0, micros, micros);
        Map<Key, Optional<byte[]>> changes = FileRecord.changes();
        set(changes, node);
        link(changes, folder, name, node.id());
        touch(changes, folder, micros);
        submit(new byte[0], changes);
        return node;
    }

    /** Takes a name away, with the file or empty folder that has it. */
    void remove(long folder, String name, Node node) {
        Map<Key, Optional<byte[]>> changes = FileRecord.changes();
        drop(changes, node);
        changes.put(new Key(Keys.entry(folder, name)), Optional.empty());
        touch(changes, folder, now());
        submit(new byte[0], changes);
    }

    /** Takes a file's name away; the file stays, for those who have it open, until {@link #discard}. */
    void unlink(long folder, String name) {
        Map<Key, Optional<byte[]>> changes = FileRecord.changes();
        changes.put(new Key(Keys.entry(folder, name)), Optional.empty());
        touch(changes, folder, now());
        submit(new byte[0], changes);
    }

    /** Takes away a file that has no name any more. */
    void discard(Node node) {
        Map<Key, Optional<byte[]>> changes = FileRecord.changes();
        drop(changes, node);
        submit(new byte[0], changes);
    }

    /** Of a very large file most of the stretches go first, in records of their own. */
    private void drop(Map<Key, Optional<byte[]>> changes, Node node) {
        changes.put(new Key(Keys.node(node.id())), Optional.empty());
        Map<Key, Optional<byte[]>> stretches = stretches(node.id(), 0);
        while (stretches.size() > MOST_REMOVED) {
            stretches.put(
                    new Key(Keys.node(node.id())),
                    Optional.of(node.resized(0, node.modified()).encode()));
            submit(new byte[0], stretches);
            stretches = stretches(node.id(), 0);
        }
        changes.putAll(stretches);
    }

    private Map<Key, Optional<byte[]>> stretches(long id, long from) {
        Map<Key, Optional<byte[]>> found = FileRecord.changes();
        tree.extents(id, from, (offset, _) -> {
            if (offset >= from) {
                found.put(new Key(Keys.extent(id, offset)), Optional.empty());
            }
            return found.size() <= MOST_REMOVED;
        });
        return found;
    }

    /** Gives something another name, in place of the file or empty folder that has it now. */
    void move(long folder, String name, Node node, long toFolder, String toName, @Nullable Node replaced) {
        long micros = now();
        Map<Key, Optional<byte[]>> changes = FileRecord.changes();
        if (replaced != null) {
            drop(changes, replaced);
        }
        changes.put(new Key(Keys.entry(folder, name)), Optional.empty());
        link(changes, toFolder, toName, node.id());
        touch(changes, folder, micros);
        touch(changes, toFolder, micros);
        submit(new byte[0], changes);
    }

    /** Copies a file under a name that is free, without copying its bytes. */
    void copy(Node file, long folder, String name, boolean keepTimes) {
        long micros = now();
        Node node = make(folder, name, file.folder());
        Map<Key, Optional<byte[]>> changes = FileRecord.changes();
        tree.extents(file.id(), 0, (offset, place) -> {
            changes.put(new Key(Keys.extent(node.id(), offset)), Optional.of(place.encode()));
            if (changes.size() > MOST_REMOVED) {
                submit(new byte[0], new TreeMap<>(changes));
                changes.clear();
            }
            return true;
        });
        set(
                changes,
                keepTimes
                        ? new Node(node.id(), file.folder(), file.size(), file.created(), file.modified())
                        : node.resized(file.size(), micros));
        submit(new byte[0], changes);
    }

    boolean setTimes(long id, long created, long modified) {
        Node node = tree.node(id);
        if (node != null) {
            Map<Key, Optional<byte[]>> changes = FileRecord.changes();
            set(changes, node.times(created, modified));
            submit(new byte[0], changes);
        }
        return node != null;
    }

    /** Cuts a file, or lets it grow by zeros; false when it is gone. */
    boolean resize(long id, long size) {
        Node node = tree.node(id);
        if (node == null) {
            return false;
        }
        Map<Key, Optional<byte[]>> changes = stretches(id, size);
        while (changes.size() > MOST_REMOVED) {
            // From the end they would go in one piece; this way a crash leaves zeros where bytes were cut off.
            submit(new byte[0], changes);
            changes = stretches(id, size);
        }
        clip(changes, id, size, Long.MAX_VALUE);
        set(changes, node.resized(size, now()));
        submit(new byte[0], changes);
        return true;
    }

    /** Makes room from {@code from} to {@code to}: what lies across the borders is cut, what lies between goes. */
    private void clip(Map<Key, Optional<byte[]>> changes, long id, long from, long to) {
        tree.extents(id, from, (offset, place) -> {
            long end = offset + place.length();
            if (offset >= to) {
                return false;
            }
            if (offset < from) {
                changes.put(
                        new Key(Keys.extent(id, offset)),
                        Optional.of(place.part(0, from - offset).encode()));
            } else {
                changes.put(new Key(Keys.extent(id, offset)), Optional.empty());
            }
            if (end > to) {
                changes.put(
                        new Key(Keys.extent(id, to)),
                        Optional.of(place.part(to - offset, end - to).encode()));
            }
            return true;
        });
    }

    /** Writes one chunk of a file, or points at where the same bytes stand already; false when the file is gone. */
    boolean write(long id, long offset, byte[] chunk) {
        Node node = tree.node(id);
        if (node == null) {
            return false;
        }
        Map<Key, Optional<byte[]>> changes = FileRecord.changes();
        clip(changes, id, offset, offset + chunk.length);
        set(changes, node.resized(Math.max(node.size(), offset + chunk.length), now()));
        Key extent = new Key(Keys.extent(id, offset));
        Key content = new Key(Keys.content(Hash.sha256(chunk)));
        Place known = chunk.length < LEAST_SHARED ? null : stored(content.bytes(), chunk);
        if (known != null) {
            changes.put(extent, Optional.of(known.encode()));
            submit(new byte[0], changes);
        } else {
            submit(chunk, own -> {
                Optional<byte[]> place = Optional.of(new Place(own, FileRecord.DATA, chunk.length).encode());
                changes.put(extent, place);
                if (chunk.length >= LEAST_SHARED) {
                    changes.put(content, place);
                }
                return changes;
            });
        }
        return true;
    }

    /** Where these bytes stand, if they do and can still be read. */
    private @Nullable Place stored(byte[] content, byte[] chunk) {
        byte[] encoded = map.get(content, Long.MAX_VALUE);
        if (encoded == null) {
            return null;
        }
        Place place = Place.decode(encoded);
        try {
            byte[] body = journal.body(place.record());
            boolean same = place.length() == chunk.length
                    && place.offset() + place.length() <= body.length
                    && Arrays.equals(body, place.offset(), place.offset() + place.length(), chunk, 0, chunk.length);
            return same ? place : null;
        } catch (CapsuleException.Shredded | CapsuleException.NotAReader e) {
            return null;
        }
    }

    /** Appends a checkpoint; {@code whole} when it must not need records of older epochs but for content. */
    void checkpoint(boolean whole) {
        exclusively(() -> {
            map.checkpoint(journal, whole);
            return true;
        });
    }
}
