package dev.croft.router.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class MadeRoomTest {
    private static final Instant NOW = Instant.parse("2026-11-21T12:00:00Z");

    @Test
    void whoMakesRoomAgainAndAgainRestsTwiceAsLongEachTimeUpToABound() {
        MadeRoom rests = new MadeRoom();
        Instant at = NOW;
        Duration rest = MadeRoom.FIRST;
        for (int i = 0; i < 10; i++) {
            assertThat(rests.until("a", at)).isEqualTo(at.plus(rest));
            assertThat(rests.until("a", at)).as("asked again").isEqualTo(at.plus(rest));
            at = at.plus(rest).plusSeconds(20);
            rest = rest.multipliedBy(2).compareTo(MadeRoom.LONGEST) < 0 ? rest.multipliedBy(2) : MadeRoom.LONGEST;
        }
        assertThat(rests.until("b", NOW)).as("others do not").isEqualTo(NOW.plus(MadeRoom.FIRST));
        Instant later = at.plus(Duration.ofHours(3));
        assertThat(rests.until("a", later)).as("it was awake for long").isEqualTo(later.plus(MadeRoom.FIRST));
    }
}
