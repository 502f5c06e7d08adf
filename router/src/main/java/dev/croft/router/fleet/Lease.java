package dev.croft.router.fleet;

import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * What a router may believe of its lease without asking. The database counts from when it wrote the renewal; this counts from before the
 * renewal was sent, on a clock that only goes forward, and stops a quarter early: whatever the two machines' clocks say, here it has
 * ended before it ends there. Thread-safe.
 */
public final class Lease {

    private final Duration length;
    private final LongSupplier nanos;
    private volatile long sent;
    private volatile boolean held;

    public Lease(Duration length, LongSupplier nanos) {
        this.length = length;
        this.nanos = nanos;
    }

    public Duration length() {
        return length;
    }

    /** To be asked before a renewal is sent. */
    public long now() {
        return nanos.getAsLong();
    }

    /** The renewal that was sent at that moment was taken. */
    public void renewed(long sentAt) {
        sent = sentAt;
        held = true;
    }

    public boolean holds() {
        return held && nanos.getAsLong() - sent < length.toNanos() / 4 * 3;
    }

    /** It was taken away. */
    public void lost() {
        held = false;
    }
}
