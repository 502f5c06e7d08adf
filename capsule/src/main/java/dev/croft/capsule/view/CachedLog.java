package dev.croft.capsule.view;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;

/** Keeps the bodies read last, opened, in bounded memory. Thread-safe. */
public final class CachedLog implements RecordLog {
    private final RecordLog log;
    private final Map<Long, byte[]> bodies = new LinkedHashMap<>(64, 0.75f, true);
    private final long mostBytes;
    private long bytes;

    /** Keeps at most this many bytes. */
    public CachedLog(RecordLog log, long mostBytes) {
        this.log = log;
        this.mostBytes = mostBytes;
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
            if (body.length <= mostBytes && bodies.put(sequence, body) == null) {
                bytes += body.length;
                var eldest = bodies.entrySet().iterator();
                while (bytes > mostBytes && eldest.hasNext()) {
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
