package dev.croft.mobility.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import dev.croft.mobility.pipeline.TripSegmentation.Segment;
import java.util.List;
import org.junit.jupiter.api.Test;

class TripSegmentationTest {
    private static List<Segment> segments(Traces traces) {
        Track track = traces.track();
        return TripSegmentation.segment(track, traces.events(), track.firstFilter(), Double.NEGATIVE_INFINITY).stream()
                .flatMap(part -> part.segments().stream())
                .toList();
    }

    /** Eleven points 101 m and 29 s apart, then rest. */
    private static Traces arrival(int restPoints) {
        Traces traces = Traces.android();
        for (int i = 0; i <= 10; i++) {
            traces.at(29 * i, 101 * i);
        }
        for (int i = 11; i < 11 + restPoints; i++) {
            traces.at(29 * i, 1010);
        }
        return traces;
    }

    @Test
    void aRestOfFiveMinutesEndsATripInItsMiddle() {
        // At point 20 the ten points of the last 290 s lie together; the trip ends at floor(min(20 - 9/2, 20 - 11/2)).
        assertThat(segments(arrival(30))).first().isEqualTo(new Segment(0, 14, 21, false));
    }

    @Test
    void theNextTripStartsWithTheFirstPointAwayOrLater() {
        Traces traces = arrival(12).at(29 * 23 + 100, 1010).at(29 * 24 + 100, 1200);
        assertThat(segments(traces)).containsExactly(new Segment(0, 14, 23, true));
    }

    @Test
    void aWindowThatDoesNotReachBackFarEnoughProvesNothing() {
        Traces traces = Traces.android();
        for (int i = 0; i < 60; i++) {
            traces.at(30 * i, 0);
        }
        assertThat(segments(traces)).isEmpty();
    }

    @Test
    void aGapWithoutMotionEndsATripBeforeItAndTheNextStartsBehind() {
        Traces traces = Traces.android().move(0, 360, 30, 0, 3600).at(1060, 9000);
        assertThat(segments(traces)).containsExactly(new Segment(0, 8, 13, true));
    }

    @Test
    void motionCarriesAFastTripOverAGap() {
        Traces traces = Traces.android()
                .move(0, 360, 30, 0, 3600)
                .motion(700, MotionType.TILTING)
                .at(1060, 9000);
        assertThat(segments(traces)).isEmpty();
    }

    @Test
    void motionDoesNotCarryASlowTripOverAGap() {
        Traces traces = Traces.android()
                .move(0, 360, 30, 0, 3600)
                .motion(700, MotionType.IN_VEHICLE)
                .at(1060, 3650);
        assertThat(segments(traces)).hasSize(1);
    }

    @Test
    void nothingCarriesATripOverTwelveHours() {
        Traces traces = Traces.android()
                .move(0, 360, 30, 0, 3600)
                .motions(400, 44_000, 600, MotionType.IN_VEHICLE)
                .at(44_000, 900_000);
        assertThat(segments(traces)).hasSize(1);
    }

    @Test
    void aRestartEndsATrip() {
        Traces traces = Traces.android().move(0, 600, 30, 0, 6000).transition(310, Transition.BOOTED);
        assertThat(segments(traces))
                .first()
                .satisfies(s -> assertThat(s.start()).isZero());
        assertThat(segments(Traces.android().move(0, 600, 30, 0, 6000))).isEmpty();
    }

    @Test
    void anOpenTripIsClosedByAStopAfterItsLastPoint() {
        Traces open = Traces.android().move(0, 600, 30, 0, 6000).transition(590, Transition.STOPPED_MOVING);
        assertThat(segments(open)).isEmpty();
        assertThat(segments(open.transition(700, Transition.STOPPED_MOVING)))
                .singleElement()
                .satisfies(s -> assertThat(s.settled()).isFalse());
    }

    @Test
    void aPointWrittenMuchLaterThanSensedIsNoTripPoint() {
        Traces traces = Traces.android().move(0, 360, 30, 0, 3600);
        traces.written(1380, 380, 50_000, 0).at(1400, 9000);
        assertThat(segments(traces)).containsExactly(new Segment(0, 8, 14, true));
    }

    @Test
    void pointsThatGoBackInTimeAreDropped() {
        Track track = Traces.android()
                .written(0, 0, 0, 0)
                .written(1, 100, 0, 0)
                .written(2, 50, 0, 0)
                .written(3, 99, 0, 0)
                .written(4, 100, 7, 0)
                .track();
        assertThat(track.ts).containsExactly(Traces.T0, Traces.T0 + 100, Traces.T0 + 100);
    }

    @Test
    void duplicatesAreDroppedUnlessWrittenAtAnotherTime() {
        Track track = Traces.android()
                .written(0, 0, 0, 0)
                .written(0, 0, 0, 0)
                .written(1, 0, 0, 0)
                .track();
        assertThat(track.size).isEqualTo(2);
    }

    @Test
    void onIosASlowGapEndsATripAndPointsNearbyDoNotStartOne() {
        Traces traces = Traces.ios()
                .move(0, 300, 30, 0, 3000)
                .at(2000, 3010)
                .at(2010, 3020)
                .at(2020, 3100)
                .at(2030, 3200);
        assertThat(segments(traces)).containsExactly(new Segment(0, 10, 13, true));
    }

    @Test
    void onIosAnUnfinishedTripIsClosedByAStop() {
        Traces traces = Traces.ios().move(0, 300, 30, 0, 3000).transition(400, Transition.STOPPED_MOVING);
        assertThat(segments(traces)).containsExactly(new Segment(0, 10, -1, false));
    }

    @Test
    void onIosMotionCarriesAFastTripOverAGap() {
        Traces traces = Traces.ios()
                .move(0, 300, 30, 0, 3000)
                .motion(600, MotionType.STILL)
                .at(1000, 9000);
        assertThat(segments(traces)).isEmpty();
    }

    @Test
    void eachStretchOfOneFilterIsSegmentedByItsMethodButTheFirstIsTheSourceOfAll() {
        Traces iphone = Traces.ios().move(20_000, 20_300, 30, 0, 3000).transition(21_000, Transition.STOPPED_MOVING);
        PipelineResult result = arrival(12).and(iphone).run();
        assertThat(result.raw().trips())
                .extracting(RawTrip::source)
                .containsExactly(TrackFilter.TIME, TrackFilter.TIME);
        assertThat(result.raw().trips().getLast().end().ts())
                .as("by distance, a trip that a stop closes ends at its last point")
                .isEqualTo(Traces.T0 + 20_300);
    }

    @Test
    void theOrderOfRecordsDoesNotMatter() {
        PipelineInput input = arrival(30)
                .motions(0, 900, 20, MotionType.ON_FOOT)
                .transition(900, Transition.STOPPED_MOVING)
                .input();
        PipelineInput reversed = new PipelineInput(
                input.locations(),
                input.filteredLocations().reversed(),
                input.motions().reversed(),
                input.transitions().reversed(),
                input.userInputs());
        assertThat(Pipeline.run(reversed, PipelineOptions.DEFAULT).raw())
                .isEqualTo(Pipeline.run(input, PipelineOptions.DEFAULT).raw());
    }
}
