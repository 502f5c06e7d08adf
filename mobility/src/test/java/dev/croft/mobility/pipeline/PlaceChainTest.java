package dev.croft.mobility.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class PlaceChainTest {
    /** Two trips of an iPhone, the second starting elsewhere. */
    private static Traces twoTrips(double secondStart, double east) {
        return Traces.ios()
                .move(0, 300, 30, 0, 3000)
                .move(secondStart, secondStart + 300, 30, east, east + 3000)
                .transition(secondStart + 400, Transition.STOPPED_MOVING);
    }

    @Test
    void placesAndTripsAlternate() {
        RawTimeline raw = twoTrips(5000, 3100).run().raw();
        assertThat(raw.trips()).hasSize(2);
        assertThat(raw.untracked()).isEmpty();
        assertThat(raw.places()).hasSize(3);
        assertThat(raw.places().getFirst().hasEnter()).isFalse();
        assertThat(raw.places().getFirst().location().longitude()).isEqualTo(Traces.lon(0));
        assertThat(raw.places().get(1).enterTs()).isEqualTo(Traces.T0 + 300);
        assertThat(raw.places().get(1).exitTs()).isEqualTo(Traces.T0 + 5000);
        assertThat(raw.places().getLast().hasExit()).isFalse();
    }

    @Test
    void turningUpFarAwayAfterALongTimeIsUntracked() {
        RawTimeline raw = twoTrips(50_000, 4300).run().raw();
        assertThat(raw.untracked()).singleElement().satisfies(untracked -> {
            assertThat(untracked.start().ts()).isEqualTo(Traces.T0 + 305);
            assertThat(untracked.start().longitude()).isEqualTo(Traces.lon(3000));
            assertThat(untracked.end().ts()).isEqualTo(Traces.T0 + 50_000);
        });
        assertThat(raw.places()).hasSize(4);
        assertThat(raw.places().get(2).duration()).isZero();
    }

    @Test
    void turningUpFarAwayTooSoonToHaveRestedIsNot() {
        // 1300 m in 1200 s is faster than 3 km/h: the person travelled.
        assertThat(twoTrips(1500, 4300).run().raw().untracked()).isEmpty();
    }

    @Test
    void turningUpNearbyIsNot() {
        assertThat(twoTrips(50_000, 4100).run().raw().untracked()).isEmpty();
    }

    @Test
    void aRestartAtThePlaceIsUntrackedHoweverNear() {
        for (int restart : List.of(Transition.STOP_TRACKING, Transition.BOOTED)) {
            RawTimeline raw =
                    twoTrips(5000, 3100).transition(4000, restart).run().raw();
            assertThat(raw.untracked()).hasSize(1);
        }
        assertThat(twoTrips(5000, 3100)
                        .transition(4000, Transition.VISIT_ENDED)
                        .run()
                        .raw()
                        .untracked())
                .isEmpty();
    }
}
