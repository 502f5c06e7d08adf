package dev.croft.capsule.view;

import dev.croft.capsule.HashPointer;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** Keeps the bodies read last, opened, in bounded memory. Thread-safe. */
public final class CachedLog implements RecordLog {
    private final RecordLog log;
    private final Map<Long, byte[]> bodies = new LinkedHashMap<>(64, 0.75f, true);
    private final Map<Long, CompletableFuture<byte[]>> loading = new HashMap<>();
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
        CompletableFuture<byte[]> load = new CompletableFuture<>();
        CompletableFuture<byte[]> other;
        synchronized (bodies) {
            byte[] known = bodies.get(sequence);
            if (known != null) {
                return known;
            }
            other = loading.putIfAbsent(sequence, load);
        }
        if (other == null) {
            return load(sequence, load);
        }
        try {
            return other.join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof RuntimeException known ? known : e;
        }
    }

    /** Begins to read and open a body that will be asked for soon, beside whatever else goes on. */
    public void prefetch(long sequence) {
        CompletableFuture<byte[]> load = new CompletableFuture<>();
        synchronized (bodies) {
            if (bodies.containsKey(sequence) || loading.putIfAbsent(sequence, load) != null) {
                return;
            }
        }
        Thread.ofVirtual().name("croft-read-ahead").start(() -> {
            try {
                load(sequence, load);
            } catch (RuntimeException e) {
                // Whoever asks for the body is told.
            }
        });
    }

    private byte[] load(long sequence, CompletableFuture<byte[]> load) {
        try {
            byte[] body = log.body(sequence);
            keep(sequence, body);
            load.complete(body);
            return body;
        } catch (RuntimeException | Error e) {
            synchronized (bodies) {
                loading.remove(sequence);
            }
            load.completeExceptionally(e);
            throw e;
        }
    }

    private void keep(long sequence, byte[] body) {
        synchronized (bodies) {
            loading.remove(sequence);
            if (body.length <= mostBytes && bodies.put(sequence, body) == null) {
                bytes += body.length;
                var eldest = bodies.entrySet().iterator();
                while (bytes > mostBytes && eldest.hasNext()) {
                    bytes -= eldest.next().getValue().length;
                    eldest.remove();
                }
            }
        }
    }

    @Override
    public void scan(long from, long to, Visitor visitor) {
        log.scan(from, to, visitor);
    }

    @Override
    public Instant time(long sequence) {
        return log.time(sequence);
    }

    @Override
    public List<HashPointer> pointers(long sequence) {
        return log.pointers(sequence);
    }

    @Override
    public boolean holds(HashPointer pointer) {
        return log.holds(pointer);
    }
}
