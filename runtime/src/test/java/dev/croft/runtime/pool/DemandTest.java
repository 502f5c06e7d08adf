package dev.croft.runtime.pool;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class DemandTest {
    private static final Instant NOW = Instant.parse("2026-11-21T12:00:00Z");
    private static final Duration MAKING = Duration.ofSeconds(2);

    private static int waiting(List<Instant> wanted) {
        return Demand.waiting(wanted, NOW, MAKING, 0, 100);
    }

    private static List<Instant> every(Duration gap, int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> NOW.minus(gap.multipliedBy(i)))
                .toList();
    }

    @Test
    void nothingWaitsForWhatNobodyWantedOfLate() {
        assertThat(waiting(List.of())).isZero();
        assertThat(waiting(List.of(NOW.minus(Demand.WINDOW)))).isZero();
        assertThat(waiting(List.of(NOW.plusSeconds(1)))).isZero();
        assertThat(Demand.waiting(List.of(), NOW, MAKING, 2, 5)).isEqualTo(2);
    }

    @Test
    void oneWaitsForAStragglerAndABurstIsMetWhole() {
        assertThat(waiting(List.of(NOW.minusSeconds(300)))).isEqualTo(1);
        assertThat(waiting(every(Duration.ofMillis(100), 9))).isEqualTo(9);
        assertThat(waiting(every(Duration.ofSeconds(5), 9))).isEqualTo(1);
    }

    @Test
    void aSteadyStreamFindsMoreThanItsMean() {
        // Six a second for ten minutes: twelve come while one is made.
        assertThat(waiting(every(Duration.ofMillis(167), 3_593))).isBetween(18, 20);
    }

    @Test
    void moreDemandNeverMeansFewerAndTheBoundsHold() {
        Random random = new Random(7);
        for (int run = 0; run < 300; run++) {
            List<Instant> wanted = new ArrayList<>();
            int before = 0;
            int most = random.nextInt(6);
            int least = random.nextInt(6);
            for (int i = 0; i < 40; i++) {
                wanted.add(NOW.minusMillis(random.nextInt(700_000)));
                Collections.shuffle(wanted, random);
                int now = waiting(wanted);
                assertThat(now).isGreaterThanOrEqualTo(before);
                assertThat(Demand.waiting(wanted, NOW, MAKING.multipliedBy(2), 0, 100))
                        .isGreaterThanOrEqualTo(now);
                assertThat(Demand.waiting(wanted, NOW, MAKING, least, most)).isBetween(least, Math.max(least, most));
                before = now;
            }
        }
    }
}
