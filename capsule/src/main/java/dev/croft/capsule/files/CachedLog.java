package dev.croft.capsule.files;

import dev.croft.capsule.view.RecordLog;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;

/** Keeps the bodies read last, so that reading on in a chunk opens it once. Thread-safe. */
final class CachedLog implements RecordLog {
    private static final int MOST_BYTES = 8 << 20;

    private final RecordLog log;
    private final Map<Long, byte[]> bodies = new LinkedHashMap<>(64, 0.75f, true);
    private long bytes;

    CachedLog(RecordLog log) {
        this.log = log;
    }

    @Override
    public long size() {
        return log.size();
    }

    @Override
    public byte[] body(long sequence) {
        synchronized (bodies) {
            byte[] known = bodies.get(sequence);
            if (known != null) {
                return known;
            }
        }
        byte[] body = log.body(sequence);
        synchronized (bodies) {
            if (body.length <= MOST_BYTES && bodies.put(sequence, body) == null) {
                bytes += body.length;
                var eldest = bodies.entrySet().iterator();
                while (bytes > MOST_BYTES && eldest.hasNext()) {
                    bytes -= eldest.next().getValue().length;
                    eldest.remove();
                }
            }
        }
        return body;
    }

    @Override
    public void scan(long from, long to, Visitor visitor) {
        log.scan(from, to, visitor);
    }

    @Override
    public Instant time(long sequence) {
        return log.time(sequence);
    }
}
