package dev.croft.mobility.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class AccuracyFilterTest {
    private static LocationPoint point(String id, double ts, double latitude, double accuracy) {
        return new LocationPoint(
                id, ts, ts, latitude, 0, 0, accuracy, Double.NaN, Double.NaN, TrackFilter.TIME, Traces.ZONE);
    }

    private static List<String> kept(List<LocationPoint> locations, List<LocationPoint> filtered) {
        return AccuracyFilter.apply(new PipelineInput(locations, filtered, List.of(), List.of(), List.of())).stream()
                .map(LocationPoint::id)
                .toList();
    }

    @Test
    void inaccuratePointsAreLeftOut() {
        assertThat(kept(
                        List.of(point("a", 1, 0, 199.9), point("b", 2, 0, 200), point("c", 3, 0, Double.NaN)),
                        List.of()))
                .containsExactly("a");
    }

    @Test
    void aPlaceAndInstantCountOnce() {
        assertThat(kept(List.of(point("a", 1, 0, 10), point("b", 1, 0, 10)), List.of()))
                .containsExactly("a");
    }

    @Test
    void aMillisecondThatHasAFilteredLocationKeepsIt() {
        assertThat(kept(List.of(point("a", 1.0004, 0, 10), point("b", 2, 0, 10)), List.of(point("f", 1.0001, 5, 10))))
                .containsExactly("f", "b");
    }

    @Test
    void isOffUnlessAskedFor() {
        PipelineInput input = new PipelineInput(
                Traces.ios().move(0, 300, 30, 0, 3000).input().filteredLocations(),
                List.of(),
                List.of(),
                Traces.ios().transition(400, Transition.STOPPED_MOVING).input().transitions(),
                List.of());
        assertThat(Pipeline.run(input, PipelineOptions.DEFAULT).raw().trips()).isEmpty();
        assertThat(Pipeline.run(input, new PipelineOptions(true, TransitLookup.NONE))
                        .raw()
                        .trips())
                .hasSize(1);
    }
}
