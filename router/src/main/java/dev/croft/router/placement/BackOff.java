package dev.croft.router.placement;

import dev.croft.router.RouterException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/**
 * Pauses between attempts that fail: half a second after the first, doubling up to half a minute. Failures are forgotten once it has run
 * for ten times the last pause, so that what ends again and again is away for about a tenth of the time.
 */
final class BackOff {

    private static final Duration FIRST = Duration.ofMillis(500);
    private static final Duration LONGEST = Duration.ofSeconds(30);
    private static final int HEALTHY = 10;

    private final InstantSource clock;
    private int failures;
    private Duration lastPause = Duration.ZERO;
    private Instant lastStart = Instant.EPOCH;
    private Instant notBefore = Instant.EPOCH;

    BackOff() {
        this(InstantSource.system());
    }

    BackOff(InstantSource clock) {
        this.clock = clock;
    }

    /** How long the next attempt must wait. */
    synchronized Duration pause() {
        Instant now = clock.instant();
        return now.isBefore(notBefore) ? Duration.between(now, notBefore) : Duration.ZERO;
    }

    /** @throws RouterException.Unavailable while the pause lasts */
    synchronized void mayStart() {
        if (!pause().isZero()) {
            throw new RouterException.Unavailable("the host of this private cloud failed a moment ago");
        }
    }

    synchronized void started() {
        lastStart = clock.instant();
    }

    synchronized void failed() {
        Instant now = clock.instant();
        boolean ran = lastStart.isAfter(Instant.EPOCH);
        if (ran && Duration.between(lastStart, now).compareTo(lastPause.multipliedBy(HEALTHY)) >= 0) {
            failures = 0;
        }
        lastStart = Instant.EPOCH;
        Duration pause = FIRST.multipliedBy(1L << Math.min(failures, 10));
        lastPause = pause.compareTo(LONGEST) < 0 ? pause : LONGEST;
        notBefore = now.plus(lastPause);
        failures++;
    }
}
