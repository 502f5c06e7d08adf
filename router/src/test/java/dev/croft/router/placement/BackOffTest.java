package dev.croft.router.placement;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.croft.router.RouterException;
import dev.croft.router.TestClock;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class BackOffTest {

    private final TestClock clock = new TestClock("2026-11-21T08:00:00Z");
    private final BackOff backOff = new BackOff(clock);

    @Test
    void pausesDoubleUpToHalfAMinute() {
        backOff.mayStart();
        long[] expected = {500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000};
        for (long millis : expected) {
            backOff.failed();
            assertThat(backOff.pause()).isEqualTo(Duration.ofMillis(millis));
            assertThatThrownBy(backOff::mayStart).isInstanceOf(RouterException.Unavailable.class);
            clock.advance(Duration.ofMillis(millis));
            backOff.mayStart();
        }
    }

    @Test
    void runningForTenTimesTheLastPauseForgetsFailures() {
        for (int i = 0; i < 4; i++) {
            backOff.failed();
        }
        clock.advance(Duration.ofSeconds(4));
        backOff.started();
        clock.advance(Duration.ofSeconds(39));
        backOff.failed();
        assertThat(backOff.pause()).isEqualTo(Duration.ofSeconds(8));
        clock.advance(Duration.ofSeconds(8));
        backOff.started();
        clock.advance(Duration.ofSeconds(80));
        backOff.failed();
        assertThat(backOff.pause()).isEqualTo(Duration.ofMillis(500));
    }

    @Test
    void aStartThatFailsDoesNotCountAsHavingRunSinceTheStartBefore() {
        backOff.started();
        backOff.failed();
        clock.advance(Duration.ofSeconds(30));
        backOff.failed();
        assertThat(backOff.pause()).isEqualTo(Duration.ofSeconds(1));
    }
}
