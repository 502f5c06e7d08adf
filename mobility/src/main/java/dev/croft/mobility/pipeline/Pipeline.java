package dev.croft.mobility.pipeline;

import dev.croft.mobility.pipeline.TripSegmentation.Segment;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The intake pipeline: trip segmentation, section segmentation, jump smoothing, cleaning and resampling, mode inference,
 * confirmed objects; in this order, each stage a pure function of what the ones before gave.
 *
 * <p>The result depends on the records alone, not on their order. Thread-safe: there is no state.
 */
public final class Pipeline {
    private Pipeline() {}

    /** Runs every stage over all the data of one person. */
    public static PipelineResult run(PipelineInput input, PipelineOptions options) {
        return stages(input, options, null, new MersenneTwister(GapFill.SEED)).result;
    }

    /** A run's result with the intermediate things that tell what of it is final. */
    record Stages(Track track, List<Segment> segments, PipelineResult result) {}

    static Stages stages(
            PipelineInput input, PipelineOptions options, @Nullable Checkpoint from, MersenneTwister random) {
        List<LocationPoint> points = options.accuracyFilter() ? AccuracyFilter.apply(input) : input.filteredLocations();
        Track track = Track.of(points, Double.NEGATIVE_INFINITY);
        Events events = new Events(input.motions(), input.transitions());
        List<TrackFilter> filters = track.filters();
        List<Segment> segments = TripSegmentation.segment(track, events, filters, track.size == 0 ? 0 : track.ts[0]);
        TrackFilter source = filters.isEmpty() ? TrackFilter.TIME : filters.getFirst();
        RawTimeline chain = PlaceChain.join(track, segments, source, events, null);
        Track byTime = track.byTime();
        RawTimeline raw = new SectionSegmentation(byTime, events).apply(chain);
        Timeline cleaned = new CleanAndResample(byTime, new JumpSmoothing(byTime, random)).apply(raw);
        Timeline timeline = new ModeInference(options.transit()).apply(cleaned);
        UserInputMatching matching = new UserInputMatching(input.userInputs());
        PipelineResult result = new PipelineResult(
                raw, timeline, ConfirmedObjects.trips(timeline, matching), ConfirmedObjects.places(timeline, matching));
        return new Stages(track, segments, result);
    }
}
