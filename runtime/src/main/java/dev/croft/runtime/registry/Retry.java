package dev.croft.runtime.registry;

import java.time.Duration;

/** A few more tries for a transfer that was cut off, each a while after the last. Not thread-safe. */
final class Retry {
    private static final int MOST = 4;
    private static final Duration FIRST = Duration.ofMillis(250);

    private int failures;

    /** Waits, or throws what happened when there were enough tries. */
    void after(RegistryException.Unavailable failure) throws InterruptedException {
        if (++failures > MOST) {
            throw failure;
        }
        Thread.sleep(FIRST.multipliedBy(1L << failures));
    }
}
