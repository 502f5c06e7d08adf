package dev.croft.capsule.stream;

import dev.croft.capsule.CapsuleException;
import dev.croft.capsule.CapsuleFollower;
import dev.croft.capsule.CapsuleReader;
import dev.croft.capsule.CapsuleRecord;
import dev.croft.capsule.view.RecordLog;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Flow;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Publishes a capsule's records from a sequence on, those that are there and those to come, to any number of subscribers. Each has its
 * own place and pace: no record is read before it was requested, so a slow subscriber holds up nobody and costs no memory. A stream
 * ends when the reader is closed, or where it was told to; to go on later, publish from the sequence behind the last record seen.
 *
 * <p>Signals of one subscription come one after the other, on a virtual thread of its own. Thread-safe.
 */
public final class CapsulePublisher implements Flow.Publisher<CapsuleRecord> {
    private static final int MOST_AT_ONCE = 256;
    private static final Duration LOOK_AGAIN = Duration.ofMillis(200);

    private final CapsuleReader reader;
    private final long from;
    private final long to;

    /**
     * @param reader of any copy of the capsule; the caller's to close
     * @param from the first sequence, which may be still to come
     */
    public CapsulePublisher(CapsuleReader reader, long from) {
        this(reader, from, Long.MAX_VALUE);
    }

    /** As {@link #CapsulePublisher(CapsuleReader, long)}, up to but not including {@code to}: the stream ends there. */
    public CapsulePublisher(CapsuleReader reader, long from, long to) {
        if (from < 0 || to < from) {
            throw new IllegalArgumentException("a sequence is not negative, and no stream ends before it begins");
        }
        this.reader = reader;
        this.from = from;
        this.to = to;
    }

    /** The records that the writer had appended by {@code until}, without those by {@code since}, by its clock; the stream ends there. */
    public static CapsulePublisher between(CapsuleReader reader, Instant since, Instant until) {
        RecordLog log = RecordLog.of(reader);
        long first = log.sizeAt(since, reader.size());
        return new CapsulePublisher(reader, first, Math.max(first, log.sizeAt(until, reader.size())));
    }

    /** The records that the writer appended after this time, by its clock, and those to come. */
    public static CapsulePublisher since(CapsuleReader reader, Instant time) {
        return new CapsulePublisher(reader, RecordLog.of(reader).sizeAt(time, reader.size()));
    }

    @Override
    public void subscribe(Flow.Subscriber<? super CapsuleRecord> subscriber) {
        var subscription = new Subscription(subscriber);
        Thread.ofVirtual().name("croft-stream").start(subscription::run);
    }

    private final class Subscription implements Flow.Subscription {
        private final Flow.Subscriber<? super CapsuleRecord> subscriber;
        private final ReentrantLock lock = new ReentrantLock();
        private final Condition changed = lock.newCondition();
        private long requested;
        private boolean wrongRequest;
        private volatile boolean cancelled;

        Subscription(Flow.Subscriber<? super CapsuleRecord> subscriber) {
            this.subscriber = subscriber;
        }

        @Override
        public void request(long count) {
            lock.lock();
            try {
                wrongRequest |= count <= 0;
                requested = count > Long.MAX_VALUE - requested ? Long.MAX_VALUE : requested + Math.max(0, count);
                changed.signal();
            } finally {
                lock.unlock();
            }
        }

        @Override
        public void cancel() {
            cancelled = true;
            lock.lock();
            try {
                changed.signal();
            } finally {
                lock.unlock();
            }
        }

        /** Waits for a request; how many records may be sent, or 0 when the subscription was cancelled. */
        private int awaitRequest() {
            lock.lock();
            try {
                while (requested == 0 && !cancelled && !wrongRequest) {
                    changed.awaitUninterruptibly();
                }
                if (wrongRequest && !cancelled) {
                    throw new IllegalArgumentException("at least one record must be requested");
                }
                return cancelled ? 0 : (int) Math.min(requested, MOST_AT_ONCE);
            } finally {
                lock.unlock();
            }
        }

        private void sent(int count) {
            lock.lock();
            try {
                requested -= requested == Long.MAX_VALUE ? 0 : count;
            } finally {
                lock.unlock();
            }
        }

        private void run() {
            try {
                subscriber.onSubscribe(this);
                CapsuleFollower follower = reader.follow(from);
                long next = from;
                while (next < to) {
                    int most = awaitRequest();
                    if (most == 0) {
                        return;
                    }
                    List<CapsuleRecord> records = follower.poll((int) Math.min(most, to - next), LOOK_AGAIN);
                    for (CapsuleRecord record : records) {
                        if (cancelled) {
                            return;
                        }
                        subscriber.onNext(record);
                    }
                    sent(records.size());
                    next += records.size();
                }
                if (!cancelled) {
                    subscriber.onComplete();
                }
            } catch (CapsuleException.Closed e) {
                subscriber.onComplete();
            } catch (InterruptedException | RuntimeException e) {
                subscriber.onError(e);
            }
        }
    }
}
