package dev.croft.router.placement;

import dev.croft.router.registry.Refused;
import java.time.Duration;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Asks the registry again and again while it does not answer, but not for what it refuses for good. Thread-safe. */
final class Asking implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Asking.class);
    private static final Duration AGAIN = Duration.ofMillis(100);
    private static final Duration LONGEST = Duration.ofSeconds(5);

    private final LongAdder refused = new LongAdder();
    private volatile boolean closing;

    /**
     * What the registry says.
     *
     * @param otherwise what goes for its answer where it refuses this for good, which is logged and counted
     * @return {@code null} when this closes first: the next router sees to it
     */
    <T> @Nullable T asked(Supplier<T> registryAsked, T otherwise) {
        Duration pause = AGAIN;
        while (!closing) {
            try {
                return registryAsked.get();
            } catch (RuntimeException e) {
                if (Refused.isForGood(e)) {
                    refused.increment();
                    LOG.error("the registry refuses this for good, and it is given up", e);
                    return otherwise;
                }
                LOG.warn("the registry does not answer and is asked again: {}", e.toString());
            }
            LockSupport.parkNanos(pause.toNanos());
            Duration longer = pause.multipliedBy(2);
            pause = longer.compareTo(LONGEST) < 0 ? longer : LONGEST;
        }
        return null;
    }

    /** How much was given up since this began. */
    long refused() {
        return refused.sum();
    }

    /** Asks nothing any more. */
    @Override
    public void close() {
        closing = true;
    }
}
