package dev.croft.capsule.files;

import dev.croft.capsule.CapsuleException;
import dev.croft.capsule.Flaw;
import dev.croft.capsule.Position;
import dev.croft.capsule.view.CheckpointedMap;
import dev.croft.capsule.view.RecordLog;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Reads a file system out of its map, as of a number of records. Thread-safe.
 *
 * @param size as of how many records, asked for anew by each operation
 * @param born when the root folder was made, microseconds since 1970
 */
record FileTree(CheckpointedMap map, RecordLog log, LongSupplier size, long born) {
    private static final byte[] ZEROS = new byte[4096];

    /** What has the id, if anything. */
    @Nullable
    Node node(long id) {
        byte[] encoded = map.get(Keys.node(id), size.getAsLong());
        if (encoded == null) {
            return id == Node.ROOT ? new Node(Node.ROOT, true, 0, born, born) : null;
        }
        return Node.decode(id, encoded);
    }

    /** What has this name in a folder, if anything. */
    @Nullable
    Node child(long folder, String name) {
        byte[] id = map.get(Keys.entry(folder, name), size.getAsLong());
        return id == null ? null : node(FileRecord.id(id));
    }

    /** What is at the end of these names from the root, if anything. */
    @Nullable
    Node find(List<String> names) {
        Node node = node(Node.ROOT);
        for (String name : names) {
            if (node == null || !node.folder()) {
                return null;
            }
            node = child(node.id(), name);
        }
        return node;
    }

    /** Names in a folder, in the order of their bytes. */
    List<String> list(long folder) {
        return entries(folder).stream().map(FileNodes.Entry::name).toList();
    }

    /** As {@link #list}, with what has each name. */
    List<FileNodes.Entry> entries(long folder) {
        List<FileNodes.Entry> entries = new ArrayList<>();
        each(Keys.entries(folder), (key, id) -> entries.add(new FileNodes.Entry(Keys.name(key), FileRecord.id(id))));
        return entries;
    }

    boolean isEmpty(long folder) {
        byte[] prefix = Keys.entries(folder);
        Iterator<Map.Entry<byte[], byte[]>> entries = map.from(prefix, size.getAsLong());
        return !entries.hasNext() || !Keys.sameOwner(entries.next().getKey(), prefix);
    }

    private void each(byte[] from, BiConsumer<byte[], byte[]> entry) {
        Iterator<Map.Entry<byte[], byte[]>> entries = map.from(from, size.getAsLong());
        while (entries.hasNext()) {
            Map.Entry<byte[], byte[]> next = entries.next();
            if (!Keys.sameOwner(next.getKey(), from)) {
                return;
            }
            entry.accept(next.getKey(), next.getValue());
        }
    }

    /** Takes one stretch of a file. */
    @FunctionalInterface
    interface Extents {
        /** Returns whether to go on. */
        boolean extent(long offset, Place place);
    }

    /** Shows the stretches of a file that reach over {@code from}, in order. */
    void extents(long node, long from, Extents visitor) {
        long now = size.getAsLong();
        byte[] start = Keys.extent(node, from);
        Map.Entry<byte[], byte[]> floor = map.floor(start, now);
        byte[] first = floor != null && Keys.sameOwner(floor.getKey(), start) ? floor.getKey() : start;
        Iterator<Map.Entry<byte[], byte[]>> entries = map.from(first, now);
        while (entries.hasNext()) {
            Map.Entry<byte[], byte[]> next = entries.next();
            if (!Keys.sameOwner(next.getKey(), start)) {
                return;
            }
            long offset = Keys.offset(next.getKey());
            Place place = Place.decode(next.getValue());
            if (offset + place.length() > from && !visitor.extent(offset, place)) {
                return;
            }
        }
    }

    /** Reads bytes of a file from this position on, as many as fit and the file has; where nothing was written there are zeros. */
    void read(Node file, long position, ByteBuffer into) {
        long end = Math.min(file.size(), position + into.remaining());
        long[] at = {position};
        extents(file.id(), position, (offset, place) -> {
            if (offset >= end) {
                return false;
            }
            zeros(into, offset - at[0]);
            long from = Math.max(at[0], offset);
            int count = (int) (Math.min(end, offset + place.length()) - from);
            byte[] body = log.body(place.record());
            long start = place.offset() + from - offset;
            if (start + count > body.length) {
                throw new CapsuleException.Damaged(
                        Flaw.FRAME, new Position("file", from, place.record()), "content is not where it must be");
            }
            into.put(body, (int) start, count);
            at[0] = from + count;
            return at[0] < end;
        });
        zeros(into, end - at[0]);
    }

    private static void zeros(ByteBuffer into, long count) {
        for (long left = count; left > 0; left -= Math.min(left, ZEROS.length)) {
            into.put(ZEROS, 0, (int) Math.min(left, ZEROS.length));
        }
    }
}
