package dev.croft.mobility.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.BitSet;
import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class CleanAndResampleTest {
    private static final Offset<Double> CLOSE = within(1e-3);

    private static SectionDraft clean(
            Traces traces, MotionType mode, RawPlace startPlace, boolean first, boolean last, int... deleted) {
        Track track = traces.track();
        Fix end = track.fix(track.size - 1);
        BitSet gone = new BitSet();
        for (int i : deleted) {
            gone.set(i);
        }
        RawPlace endPlace = new RawPlace(end, TrackFilter.TIME, end.ts(), Double.NaN, null);
        return new SectionCleaner(track)
                .clean(
                        new RawSection(track.fix(0), end, mode),
                        gone,
                        new SectionCleaner.Ends(first, last, startPlace, endPlace));
    }

    private static RawPlace place(double enter, double exit, double east) {
        return new RawPlace(
                Traces.fix(enter, east), TrackFilter.TIME, Traces.T0 + enter, Traces.T0 + exit, Traces.ZONE);
    }

    @Test
    void theFirstSectionStartsAtThePlaceAsEarlyAsItsSpeedSays() {
        SectionDraft draft =
                clean(Traces.android().move(0, 600, 30, 0, 600), MotionType.WALKING, place(-5000, 0, -50), true, false);
        assertThat(draft.start.ts()).isCloseTo(Traces.T0 - 50, CLOSE);
        assertThat(draft.start.longitude()).isEqualTo(Traces.lon(-50));
        assertThat(draft.distance).isCloseTo(650, CLOSE);
        assertThat(draft.sensedMode).isEqualTo(MotionType.WALKING);
    }

    @Test
    void itDoesNotStartBeforeThePersonCame() {
        SectionDraft soon =
                clean(Traces.android().move(0, 600, 30, 0, 600), MotionType.WALKING, place(-20, 0, -50), true, false);
        assertThat(soon.start.ts()).isCloseTo(Traces.T0 - 10, CLOSE);
        assertThat(soon.sensedMode).as("too fast a start").isEqualTo(MotionType.UNKNOWN);
        SectionDraft late = clean(
                Traces.android().move(0, 600, 30, 0, 600), MotionType.WALKING, place(-1000, 0, -2000), true, false);
        assertThat(late.start.ts()).isCloseTo(Traces.T0 - 820, CLOSE);
        SectionDraft atOnce =
                clean(Traces.android().move(0, 600, 30, 0, 600), MotionType.WALKING, place(0, 0, -150), true, false, 0);
        assertThat(atOnce.start.ts()).isCloseTo(Traces.T0, CLOSE);
    }

    @Test
    void aWalkSlightlyTooFastTakesAsManySecondsAsMetresToThePlace() {
        // Median 1.8 m/s is no walking speed, 0.9 of it is; the way to the place is more than twice the path.
        Traces traces = Traces.android().at(0, 0).at(10, 18).at(20, 36).at(30, 54);
        SectionDraft draft = clean(traces, MotionType.WALKING, place(-5000, 0, -200), true, false);
        assertThat(draft.start.ts()).isCloseTo(Traces.T0 - 200, CLOSE);
    }

    @Test
    void aDeletedFirstPointAtThePlaceMakesThePlaceBogus() {
        SectionDraft draft = clean(
                Traces.android().move(0, 600, 30, 0, 600), MotionType.WALKING, place(-5000, 0, -50), true, false, 0);
        assertThat(draft.start.ts()).isEqualTo(Traces.T0 + 30);
    }

    @Test
    void aStartMovedByDeletedPointsIsCheckedToo() {
        // The first point was a jump; the next lies at the place, so nothing is put before it.
        Traces traces = Traces.android().at(0, 900).at(30, 0).at(60, 600).move(90, 600, 30, 620, 960);
        assertThat(clean(traces, MotionType.WALKING, place(-5000, 0, 0), true, false, 0).sensedMode)
                .isEqualTo(MotionType.UNKNOWN);
        assertThat(clean(traces, MotionType.WALKING, place(-5000, 0, 0), true, false, 0)
                        .start
                        .ts())
                .isEqualTo(Traces.T0 + 30);
    }

    @Test
    void aStartThatStaysIsNotChecked() {
        // Untracked time has just ended here, so the way to the place takes until the deleted first point's instant.
        Traces traces = Traces.android().at(0, 900).at(30, 0).move(60, 600, 30, 30, 570);
        SectionDraft draft = clean(traces, MotionType.WALKING, place(0, 0, -3000), true, false, 0);
        assertThat(draft.start.ts()).isEqualTo(Traces.T0);
        assertThat(draft.sensedMode).isEqualTo(MotionType.WALKING);
    }

    @Test
    void theLastSectionEndsAtThePlace() {
        SectionDraft draft = clean(
                Traces.android().move(0, 600, 30, 0, 3000), MotionType.BICYCLING, place(-5000, 0, 0), false, true, 19);
        assertThat(draft.end.ts()).isEqualTo(Traces.T0 + 600);
        SectionDraft bogus = clean(
                Traces.android().move(0, 600, 30, 0, 3000), MotionType.BICYCLING, place(-5000, 0, 0), false, true, 20);
        assertThat(bogus.end.ts()).isEqualTo(Traces.T0 + 570);
    }

    @Test
    void withoutAnyPointLeftTheSectionHasNoLength() {
        SectionDraft draft =
                clean(Traces.android().at(0, 0).at(30, 50), MotionType.WALKING, place(-9, 0, 0), true, true, 0, 1);
        assertThat(draft.duration).isZero();
        assertThat(draft.trajectory.size()).isZero();
    }

    @Test
    void pathsAreResampledEveryThirtySecondsAndKeepTheirEnd() {
        Trajectory path = Resampling.resample(List.of(Traces.fix(0, 0), Traces.fix(40, 400), Traces.fix(100, 400)));
        assertThat(path.ts())
                .containsExactly(Traces.T0, Traces.T0 + 30, Traces.T0 + 60, Traces.T0 + 90, Traces.T0 + 100);
        assertThat(path.longitude()[1]).isCloseTo(Traces.lon(300), within(1e-9));
        assertThat(path.distance()).hasSize(5).startsWith(0);
        assertThat(Resampling.resample(List.of(Traces.fix(0, 0))).size()).isEqualTo(1);
    }

    @Test
    void impossibleModesAreOverridden() {
        assertThat(clean(
                                Traces.android().move(0, 600, 30, 0, 30_000),
                                MotionType.IN_VEHICLE,
                                place(-9, 0, 0),
                                false,
                                false)
                        .sensedMode)
                .as("180 km/h")
                .isEqualTo(MotionType.AIR_OR_HSR);
        assertThat(clean(
                                Traces.android().move(0, 3000, 30, 0, 11_000),
                                MotionType.ON_FOOT,
                                place(-9, 0, 0),
                                false,
                                false)
                        .sensedMode)
                .isEqualTo(MotionType.UNKNOWN);
        assertThat(clean(
                                Traces.android().move(0, 9000, 30, 0, 101_000),
                                MotionType.BICYCLING,
                                place(-9, 0, 0),
                                false,
                                false)
                        .sensedMode)
                .isEqualTo(MotionType.UNKNOWN);
        assertThat(clean(
                                Traces.android().move(0, 3000, 30, 0, 9_000),
                                MotionType.ON_FOOT,
                                place(-9, 0, 0),
                                false,
                                false)
                        .sensedMode)
                .isEqualTo(MotionType.ON_FOOT);
    }

    @Test
    void aWideStopIsGivenToTheVehicleAndCountsItsSecondsNegative() {
        Traces traces = Traces.android().move(0, 300, 30, 0, 300).move(400, 700, 30, 800, 3800);
        Track track = traces.track();
        SectionDraft walk = new SectionDraft(track.fix(0), track.fix(10), MotionType.WALKING, Trajectory.EMPTY);
        SectionDraft ride = new SectionDraft(track.fix(11), track.fix(21), MotionType.IN_VEHICLE, Trajectory.EMPTY);
        CleanedStop stop = new StopSqueezer(track).stop(walk, ride);
        assertThat(stop.distance()).isZero();
        assertThat(stop.duration()).isZero();
        assertThat(ride.start).isEqualTo(track.fix(10));
        assertThat(ride.duration).isCloseTo(200, CLOSE);
        assertThat(ride.distance).isCloseTo(500, CLOSE);
        assertThat(ride.speeds).hasSize(1);
        assertThat(ride.speeds[0]).isCloseTo(-5, CLOSE);
    }

    @Test
    void aWideStopBetweenEqualsIsGivenToTheSparserSide() {
        Track track = Traces.android()
                .move(0, 300, 30, 0, 300)
                .move(400, 700, 150, 800, 1100)
                .track();
        SectionDraft dense = new SectionDraft(track.fix(0), track.fix(10), MotionType.WALKING, Trajectory.EMPTY);
        dense.distance = 300;
        SectionDraft sparse = new SectionDraft(track.fix(11), track.fix(13), MotionType.WALKING, Trajectory.EMPTY);
        sparse.distance = 300;
        new StopSqueezer(track).stop(dense, sparse);
        assertThat(sparse.start).isEqualTo(track.fix(10));
        assertThat(dense.duration).isCloseTo(300, CLOSE);
    }

    @Test
    void aTripThatWentNowhereIsSquishedAndTheNextStartsAtThePlaceBeforeIt() {
        // A trip, one of 60 m, and another: the second moved the person a little.
        Traces traces = Traces.ios()
                .move(0, 600, 30, 0, 2000)
                .motions(0, 600, 20, MotionType.BICYCLING)
                .at(5000, 2060)
                .at(5030, 2061)
                .at(9000, 2120)
                .move(9030, 9600, 30, 2220, 4000)
                .motions(9000, 9600, 20, MotionType.BICYCLING)
                .transition(9700, Transition.STOPPED_MOVING);
        PipelineResult result = traces.run();
        assertThat(result.raw().trips()).hasSize(3);
        assertThat(result.timeline().trips()).hasSize(2);
        CleanedTrip second = result.timeline().trips().getLast();
        CleanedPlace between = result.timeline().places().get(1);
        assertThat(between.rawPlaces()).containsExactly(1, 2);
        assertThat(second.start().longitude()).isEqualTo(between.location().longitude());
        assertThat(second.sections().getFirst().trajectory().longitude()[0])
                .isEqualTo(between.location().longitude());
        assertThat(between.exitTs()).isEqualTo(second.start().ts());
    }

    @Test
    void untrackedTimeThatNoTripFollowsIsSquished() {
        Traces traces = Traces.ios()
                .move(0, 600, 30, 0, 2000)
                .motions(0, 600, 20, MotionType.BICYCLING)
                .at(90_000, 6000)
                .transition(90_100, Transition.STOPPED_MOVING);
        PipelineResult result = traces.run();
        assertThat(result.raw().untracked()).hasSize(1);
        assertThat(result.timeline().untracked()).isEmpty();
        assertThat(result.timeline().places()).hasSize(2);
    }

    @Test
    void untrackedTimeBetweenTripsStays() {
        Traces traces = Traces.ios()
                .move(0, 600, 30, 0, 2000)
                .motions(0, 600, 20, MotionType.BICYCLING)
                .move(90_000, 90_600, 30, 6000, 8000)
                .motions(90_000, 90_600, 20, MotionType.BICYCLING)
                .transition(90_700, Transition.STOPPED_MOVING);
        Timeline timeline = traces.run().timeline();
        assertThat(timeline.movements())
                .extracting(movement -> movement.getClass().getSimpleName())
                .containsExactly("CleanedTrip", "CleanedUntracked", "CleanedTrip");
        assertThat(timeline.places()).hasSize(4);
    }
}
