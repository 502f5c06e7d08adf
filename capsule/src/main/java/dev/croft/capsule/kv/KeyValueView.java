package dev.croft.capsule.kv;

import dev.croft.capsule.CapsuleReader;
import dev.croft.capsule.view.RecordLog;
import java.time.Instant;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The state of a key-value capsule, now or as of any past record or time, on any copy of it. It opens from the newest
 * checkpoint that the {@link KeyValueStore} wrote, without which it reads the capsule from the start; values are read from the
 * capsule when they are asked for. One writer's store has any number of such views. Nothing of them is kept on disk;
 * up to 32 MiB of what was read stay in memory, also when the epoch is shredded meanwhile.
 *
 * <p>Thread-safe: reads run beside {@link #refresh}.
 */
public final class KeyValueView {
    private final CapsuleReader reader;
    private final KeyValues values;

    /** Shows the capsule up to the reader's head. */
    public KeyValueView(CapsuleReader reader) {
        this.reader = reader;
        this.values = KeyValues.of(RecordLog.of(reader));
    }

    /** Takes in what was appended since; returns how many records of the capsule are in the view. */
    public long refresh() {
        values.map().refresh(reader.refresh().size());
        return applied();
    }

    /** How many records of the capsule are in the view. */
    public long applied() {
        return values.map().applied();
    }

    /** The key's value now. */
    public Optional<byte[]> get(byte[] key) {
        return get(key, applied());
    }

    /**
     * The key's value when the capsule had {@code size} records.
     *
     * @throws dev.croft.capsule.CapsuleException.Shredded when the value's data key was destroyed
     */
    public Optional<byte[]> get(byte[] key, long size) {
        return values.get(key, size);
    }

    /** The key's value at this time by the writer's clock. */
    public Optional<byte[]> get(byte[] key, Instant time) {
        return get(key, sizeAt(time));
    }

    /** How many records in the view the writer had appended at this time. */
    public long sizeAt(Instant time) {
        return values.log().sizeAt(time, applied());
    }

    /** Keys from one (with it) to another (without it) that have a value when the capsule has {@code size} records, in order. */
    public Stream<byte[]> keys(byte[] from, byte[] to, long size) {
        return values.keys(from, to, size);
    }
}
