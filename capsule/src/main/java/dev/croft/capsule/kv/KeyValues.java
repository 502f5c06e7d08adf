package dev.croft.capsule.kv;

import dev.croft.capsule.CapsuleException;
import dev.croft.capsule.Flaw;
import dev.croft.capsule.Position;
import dev.croft.capsule.view.CachedLog;
import dev.croft.capsule.view.CheckpointedMap;
import dev.croft.capsule.view.RecordLog;
import java.util.Arrays;
import java.util.Iterator;
import java.util.Map;
import java.util.Optional;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/** Looks up places in the map and values at those places. Thread-safe. */
record KeyValues(RecordLog log, CheckpointedMap map) {
    /** As much as RocksDB caches unless told otherwise. */
    private static final long CACHED_BYTES = 32 << 20;

    static KeyValues of(RecordLog records) {
        RecordLog log = new CachedLog(records, CACHED_BYTES);
        return new KeyValues(log, CheckpointedMap.open(log, new KeyValueCodec()));
    }

    Optional<byte[]> get(byte[] key, long size) {
        byte[] encoded = map.get(key, Math.min(size, map.applied()));
        if (encoded == null) {
            return Optional.empty();
        }
        KeyValueCodec.Place place = KeyValueCodec.Place.decode(encoded);
        byte[] body = log.body(place.record());
        if (place.offset() < 0 || place.length() < 0 || place.length() > body.length - place.offset()) {
            throw new CapsuleException.Damaged(
                    Flaw.FRAME, new Position("value", place.offset(), place.record()), "no value is where it must be");
        }
        return Optional.of(Arrays.copyOfRange(body, place.offset(), place.offset() + place.length()));
    }

    Stream<byte[]> keys(byte[] from, byte[] to, long size) {
        Iterator<Map.Entry<byte[], byte[]>> entries = map.from(from, Math.min(size, map.applied()));
        return StreamSupport.stream(
                        Spliterators.spliteratorUnknownSize(entries, Spliterator.ORDERED | Spliterator.NONNULL), false)
                .map(Map.Entry::getKey)
                .takeWhile(key -> Arrays.compareUnsigned(key, to) < 0)
                .map(byte[]::clone);
    }
}
