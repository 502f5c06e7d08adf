package dev.croft.capsule.kv;

import dev.croft.capsule.CapsuleWriter;
import dev.croft.capsule.crypto.ReaderPublicKey;
import dev.croft.capsule.view.Journal;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The writer's side of a key-value capsule: what it writes, any {@link KeyValueView} of any copy shows. Now and then it
 * appends a checkpoint, so that views open at once however long the capsule is.
 *
 * <p>Thread-safe; many threads' writes share one sync. While it is open nothing else may append to the capsule.
 */
public final class KeyValueStore implements AutoCloseable {
    private static final int CHECKPOINT_CHANGES = 1 << 15;

    private final CapsuleWriter writer;
    private final Journal journal;
    private final KeyValues values;
    private final int checkpointChanges;
    private int changes;

    /** Opens the store of a capsule; the writer stays the caller's to close, after this. */
    public KeyValueStore(CapsuleWriter writer) {
        this(writer, CHECKPOINT_CHANGES);
    }

    /** As {@link #KeyValueStore(CapsuleWriter)}, with a checkpoint after this many changes. */
    public KeyValueStore(CapsuleWriter writer, int checkpointChanges) {
        if (checkpointChanges < 1) {
            throw new IllegalArgumentException("a checkpoint comes after at least one change");
        }
        this.writer = writer;
        this.checkpointChanges = checkpointChanges;
        this.journal = new Journal(writer);
        this.values = KeyValues.of(journal);
        values.map().point(journal);
        this.changes = values.map().recentKeys();
    }

    /** Sets a key; returns once that is durable. */
    public void put(byte[] key, byte[] value) {
        write(List.of(new Change.Put(key, value)));
    }

    /** Takes a key's value away; returns once that is durable. */
    public void delete(byte[] key) {
        write(List.of(new Change.Delete(key)));
    }

    /** Makes changes together, all or none; returns once they are durable. */
    public void write(List<? extends Change> together) {
        journal.awaitDurable(submit(together));
    }

    /**
     * As {@link #write}, but returns before they are durable: a crash may take them back, with all that was written after them.
     * {@link #sync} waits.
     */
    public void writeBehind(List<? extends Change> together) {
        submit(together);
    }

    /** Waits until everything written is durable. */
    public void sync() {
        journal.sync();
    }

    private synchronized long submit(List<? extends Change> together) {
        byte[] body = Change.encode(together);
        long sequence = journal.submit(body);
        new KeyValueCodec().decode(sequence, body, (key, place) -> values.map().change(sequence, key, place));
        values.map().submitted(sequence + 1);
        changes += together.size();
        if (changes >= checkpointChanges) {
            checkpoint(false);
        }
        return sequence + 1;
    }

    /** The key's value now. */
    public Optional<byte[]> get(byte[] key) {
        return values.get(key, Long.MAX_VALUE);
    }

    /** The key's value when the capsule had {@code size} records. */
    public Optional<byte[]> get(byte[] key, long size) {
        return values.get(key, size);
    }

    /** Keys from one (with it) to another (without it) that have a value now, in order. */
    public Stream<byte[]> keys(byte[] from, byte[] to) {
        return values.keys(from, to, Long.MAX_VALUE);
    }

    /** How many records the capsule has, durable or on their way. */
    public long size() {
        return journal.size();
    }

    /** Appends a checkpoint now. */
    public synchronized void checkpoint() {
        checkpoint(false);
    }

    private void checkpoint(boolean whole) {
        values.map().checkpoint(journal, whole);
        changes = 0;
    }

    /**
     * Begins a new epoch, see {@link CapsuleWriter#rotate}, with a checkpoint that needs nothing older but the values: readers
     * who have no older key open the view, and older epochs may be shredded, which takes their values only.
     *
     * @return the new epoch
     */
    public synchronized int rotate(List<ReaderPublicKey> readers) {
        journal.sync();
        int epoch = writer.rotate(readers);
        checkpoint(true);
        journal.sync();
        return epoch;
    }

    /** Makes everything durable. */
    @Override
    public void close() {
        journal.close();
    }
}
