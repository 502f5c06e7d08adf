package dev.croft.mobility.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SectionSegmentationTest {
    /** The sections of one trip over all points. */
    private static List<RawSection> sections(Traces traces, TrackFilter source) {
        Track track = traces.track();
        Fix start = track.fix(0);
        Fix end = track.fix(track.size - 1);
        RawTrip trip = new RawTrip(start, end, source, 0, List.of());
        RawTimeline timeline = new RawTimeline(
                List.of(
                        new RawPlace(start, source, Double.NaN, start.ts(), start.zone()),
                        new RawPlace(end, source, end.ts(), Double.NaN, null)),
                List.of(trip));
        return new SectionSegmentation(track, traces.events())
                .apply(timeline)
                .trips()
                .getFirst()
                .sections();
    }

    private static List<String> outline(List<RawSection> sections) {
        List<String> outline = new ArrayList<>();
        for (RawSection section : sections) {
            outline.add("%s %.0f-%.0f"
                    .formatted(
                            section.mode(),
                            section.start().ts() - Traces.T0,
                            section.end().ts() - Traces.T0));
        }
        return outline;
    }

    @Test
    void aChangeOntoAVehicleLiesAtTheLastMotionBeforeAndOffItAtTheFirstAfter() {
        Traces traces = Traces.android()
                .move(0, 600, 20, 0, 600)
                .move(620, 1800, 20, 610, 12_000)
                .move(1820, 2400, 20, 12_010, 12_600)
                .motions(0, 600, 30, MotionType.WALKING)
                .motions(640, 1790, 30, MotionType.IN_VEHICLE)
                .motions(1830, 2400, 30, MotionType.WALKING);
        assertThat(outline(sections(traces, TrackFilter.TIME)))
                .containsExactly("WALKING 0-600", "IN_VEHICLE 600-1820", "WALKING 1840-2400");
    }

    @Test
    void runningCountsAsWalking() {
        Traces traces = Traces.android()
                .move(0, 600, 20, 0, 600)
                .motions(0, 300, 30, MotionType.WALKING)
                .motions(310, 600, 30, MotionType.RUNNING);
        assertThat(outline(sections(traces, TrackFilter.TIME))).containsExactly("WALKING 0-600");
    }

    @Test
    void aSingleFlipIsMergedIntoEqualNeighbours() {
        Traces traces = Traces.android()
                .move(0, 1200, 20, 0, 1200)
                .motions(0, 580, 20, MotionType.WALKING)
                .motion(600, MotionType.BICYCLING)
                .motions(620, 1200, 20, MotionType.WALKING);
        assertThat(outline(sections(traces, TrackFilter.TIME))).containsExactly("WALKING 0-1200");
    }

    @Test
    void aShortWalkBetweenTwoVehiclesIsATransferAndStays() {
        Traces traces = Traces.android()
                .move(0, 900, 20, 0, 9000)
                .move(920, 980, 20, 9010, 9050)
                .move(1000, 1900, 20, 9100, 18_000)
                .motions(0, 880, 20, MotionType.IN_VEHICLE)
                .motion(910, MotionType.WALKING)
                .motion(950, MotionType.WALKING)
                .motions(1010, 1900, 20, MotionType.IN_VEHICLE);
        assertThat(sections(traces, TrackFilter.TIME))
                .extracting(RawSection::mode)
                .containsExactly(MotionType.IN_VEHICLE, MotionType.WALKING, MotionType.IN_VEHICLE);
    }

    @Test
    void aLongStreakOfFlipsBecomesOneBicycleRide() {
        Traces traces = Traces.android().move(0, 1500, 10, 0, 6000).motions(0, 500, 20, MotionType.WALKING);
        for (int i = 0; i < 6; i++) {
            traces.motion(520 + 40 * i, i % 2 == 0 ? MotionType.IN_VEHICLE : MotionType.BICYCLING);
        }
        traces.motions(760, 1500, 20, MotionType.WALKING);
        assertThat(sections(traces, TrackFilter.TIME))
                .extracting(RawSection::mode)
                .containsExactly(MotionType.WALKING, MotionType.BICYCLING, MotionType.WALKING);
    }

    @Test
    void aLoneFlipAtTheEndIsNeverMerged() {
        Traces traces = Traces.android()
                .move(0, 1300, 20, 0, 2600)
                .motions(0, 600, 20, MotionType.WALKING)
                .motions(620, 1200, 20, MotionType.BICYCLING)
                .motion(1240, MotionType.WALKING)
                .motion(1300, MotionType.WALKING);
        assertThat(sections(traces, TrackFilter.TIME))
                .extracting(RawSection::mode)
                .containsExactly(MotionType.WALKING, MotionType.BICYCLING, MotionType.WALKING);
    }

    @Test
    void withoutMotionALongTripIsUnknownAndAShortOneNone() {
        assertThat(outline(sections(Traces.android().move(0, 600, 30, 0, 150), TrackFilter.TIME)))
                .containsExactly("UNKNOWN 0-600");
        assertThat(sections(Traces.android().move(0, 600, 30, 0, 90), TrackFilter.TIME))
                .isEmpty();
    }

    @Test
    void motionThatIsNoTravelOrNotConfidentDoesNotCount() {
        Traces traces = Traces.android()
                .move(0, 600, 30, 0, 90)
                .motions(0, 600, 30, MotionType.STILL)
                .motions(0, 600, 30, MotionType.TILTING);
        assertThat(sections(traces, TrackFilter.TIME)).isEmpty();
    }

    @Test
    void onIosATripWithoutMotionNeedsATransitionAndADistanceOrAVisit() {
        assertThat(sections(Traces.ios().move(0, 600, 60, 0, 90), TrackFilter.DISTANCE))
                .isEmpty();
        assertThat(sections(Traces.ios().move(0, 600, 60, 0, 90).transition(650, 7), TrackFilter.DISTANCE))
                .hasSize(1);
        assertThat(sections(Traces.ios().move(0, 600, 60, 0, 40).transition(650, 7), TrackFilter.DISTANCE))
                .isEmpty();
        assertThat(sections(
                        Traces.ios().move(0, 600, 60, 0, 40).transition(890, Transition.VISIT_ENDED),
                        TrackFilter.DISTANCE))
                .extracting(RawSection::mode)
                .containsExactly(MotionType.UNKNOWN);
        assertThat(sections(
                        Traces.ios().move(0, 600, 60, 0, 40).transition(901, Transition.VISIT_ENDED),
                        TrackFilter.DISTANCE))
                .isEmpty();
    }

    @Test
    void onIosAWideGapGoesToTheSideFartherFromTheChange() {
        // The walk ends at 300, motion changes at 310, the ride's first point is at 500 and 2 km away.
        Traces traces = Traces.ios()
                .move(0, 300, 20, 0, 300)
                .move(500, 1500, 20, 2300, 12_000)
                .motions(0, 310, 10, MotionType.WALKING)
                .motions(330, 1500, 10, MotionType.IN_VEHICLE);
        assertThat(outline(sections(traces, TrackFilter.DISTANCE)))
                .containsExactly("WALKING 0-300", "IN_VEHICLE 300-1500");
    }
}
