package dev.croft.capsule.view;

import dev.croft.capsule.CapsuleException;
import dev.croft.capsule.CapsuleOptions;
import dev.croft.capsule.CapsuleWriter;
import dev.croft.capsule.HashPointer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Appends to a capsule behind its caller's back, in order: {@link #submit} says at once which sequence the record will have,
 * {@link #sync} waits until everything submitted is durable. After a crash a prefix of what was submitted is there, at least
 * what was synced. Many small records share one write and one sync.
 *
 * <p>When an append fails, so does everything submitted from then on: open the view again. Nothing else may append to the
 * capsule meanwhile. Thread-safe.
 */
public final class Journal implements RecordLog, AutoCloseable {
    private static final int MOST_WAITING_BYTES = 32 << 20;
    private static final int MOST_GROUP_BYTES = 8 << 20;

    private final CapsuleWriter writer;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Map<Long, byte[]> waiting = new ConcurrentHashMap<>();
    private final Map<String, Long> pointedAt = new TreeMap<>();
    private long waitingBytes;
    private volatile long submitted;
    private volatile long durable;
    private boolean appending;
    /** Used by the one thread that appends. */
    private final Map<Long, HashPointer> known = new HashMap<>();

    private boolean closed;
    private @Nullable RuntimeException failure;

    public Journal(CapsuleWriter writer) {
        this.writer = writer;
        this.submitted = writer.size();
        this.durable = submitted;
    }

    /** The writer underneath, for its name, keys and head. */
    public CapsuleWriter writer() {
        return writer;
    }

    /**
     * Takes a record over; waits only while very much is on its way to the disk.
     *
     * @param body not to be changed any more
     * @return the sequence it gets
     */
    public long submit(byte[] body) {
        return submit(_ -> body);
    }

    /** As {@link #submit(byte[])}, with a body that holds the sequence it will have. */
    public long submit(LongFunction<byte[]> content) {
        lock.lock();
        try {
            requireUsable();
            while (waitingBytes > MOST_WAITING_BYTES) {
                changed.awaitUninterruptibly();
                requireUsable();
            }
            long sequence = submitted;
            byte[] body = content.apply(sequence);
            if (body.length > CapsuleOptions.MOST_RECORD_BYTES) {
                throw new CapsuleException.TooLarge(body.length, CapsuleOptions.MOST_RECORD_BYTES);
            }
            waiting.put(sequence, body);
            submitted = sequence + 1;
            waitingBytes += body.length;
            if (!appending) {
                appending = true;
                Thread.ofVirtual().name("croft-journal").start(this::appendAll);
            }
            return sequence;
        } finally {
            lock.unlock();
        }
    }

    /**
     * From now on records carry a hash pointer to this one, the newest checkpoint of its kind, so that readers find it at once. One for
     * each append, in its first record.
     */
    public void pointTo(String kind, long checkpoint) {
        lock.lock();
        try {
            pointedAt.put(kind, checkpoint);
        } finally {
            lock.unlock();
        }
    }

    /** The pointers of an append whose first record is this one, to what is durable before it. */
    private List<HashPointer> pointersOf(long first) {
        List<Long> sequences;
        lock.lock();
        try {
            sequences = pointedAt.values().stream().filter(at -> at < first).toList();
        } finally {
            lock.unlock();
        }
        return sequences.stream()
                .map(at -> known.computeIfAbsent(
                        at, _ -> new HashPointer(at, writer.header(at).hash())))
                .toList();
    }

    /** Waits until everything submitted so far is durable. */
    public void sync() {
        awaitDurable(size());
    }

    /** Waits until the capsule durably has this many records. */
    public void awaitDurable(long size) {
        lock.lock();
        try {
            // What was submitted cannot be taken back, so an interrupt waits until it is decided.
            while (durable < size && failure == null) {
                changed.awaitUninterruptibly();
            }
            if (durable < size && failure != null) {
                throw failure;
            }
        } finally {
            lock.unlock();
        }
    }

    /** How many records are durable. */
    public long durable() {
        return durable;
    }

    /** How many records there are, durable or submitted. */
    @Override
    public long size() {
        return submitted;
    }

    @Override
    public byte[] body(long sequence) {
        byte[] body = sequence < durable ? null : waiting.get(sequence);
        return body == null ? writer.read(sequence).body() : body;
    }

    @Override
    public void scan(long from, long to, Visitor visitor) {
        long onDisk = Math.max(from, Math.min(to, durable));
        RecordLog.each(() -> writer.range(from, onDisk), from, visitor);
        for (long sequence = onDisk; sequence < to; sequence++) {
            visitor.record(sequence, body(sequence));
        }
    }

    /** When the record was appended; now while it waits. */
    @Override
    public Instant time(long sequence) {
        return sequence < durable ? writer.header(sequence).timestamp() : Instant.now();
    }

    /** The hash pointers of a durable record. */
    @Override
    public List<HashPointer> pointers(long sequence) {
        return sequence < durable ? writer.pointers(sequence) : List.of();
    }

    @Override
    public boolean holds(HashPointer pointer) {
        return pointer.sequence() < durable
                && writer.header(pointer.sequence()).hash().equals(pointer.hash());
    }

    private void appendAll() {
        while (true) {
            List<byte[]> group = new ArrayList<>();
            long first;
            lock.lock();
            try {
                first = durable;
                long bytes = 0;
                for (long next = durable; next < submitted; next++) {
                    byte[] body = waiting.get(next);
                    if (body == null
                            || group.size() == CapsuleOptions.MOST_APPEND_RECORDS
                            || !group.isEmpty() && bytes + body.length > MOST_GROUP_BYTES) {
                        break;
                    }
                    bytes += body.length;
                    group.add(body);
                }
                if (group.isEmpty() || failure != null) {
                    appending = false;
                    changed.signalAll();
                    return;
                }
            } finally {
                lock.unlock();
            }
            append(first, group);
        }
    }

    private void append(long first, List<byte[]> group) {
        RuntimeException problem = null;
        try {
            List<HashPointer> pointers = pointersOf(first);
            known.keySet()
                    .retainAll(pointers.stream().map(HashPointer::sequence).toList());
            if (writer.append(group, pointers) != first) {
                problem = new IllegalStateException("someone else appended to the capsule of a view");
            }
        } catch (RuntimeException e) {
            problem = e;
        }
        lock.lock();
        try {
            if (problem != null) {
                failure = problem;
            } else {
                durable = first + group.size();
                for (int i = 0; i < group.size(); i++) {
                    waiting.remove(first + i);
                    waitingBytes -= group.get(i).length;
                }
            }
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void requireUsable() {
        if (closed) {
            throw new CapsuleException.Closed();
        }
        if (failure != null) {
            throw failure;
        }
    }

    /** Makes everything durable; the writer stays open. */
    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
        } finally {
            lock.unlock();
        }
        sync();
    }
}
