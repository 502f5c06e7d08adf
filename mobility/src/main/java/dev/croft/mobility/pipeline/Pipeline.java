package dev.croft.mobility.pipeline;

import dev.croft.mobility.pipeline.TripSegmentation.Segment;
import java.util.ArrayList;
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
        return stages(input, options, null).result;
    }

    /**
     * A run's result with what tells how much of it is final.
     *
     * @param segments one per raw trip
     * @param drawn random numbers drawn after each raw movement
     */
    record Stages(
            Track track,
            Events events,
            List<TrackFilter> filters,
            double firstTs,
            List<Segment> segments,
            long[] drawn,
            PipelineResult result) {}

    /** Runs every stage, over all the data or over what comes after a checkpoint. */
    static Stages stages(PipelineInput input, PipelineOptions options, @Nullable Checkpoint from) {
        List<LocationPoint> points = options.accuracyFilter() ? AccuracyFilter.apply(input) : input.filteredLocations();
        MersenneTwister random = new MersenneTwister(GapFill.SEED);
        Track track;
        List<TrackFilter> filters;
        if (from == null) {
            track = Track.of(points, Double.NEGATIVE_INFINITY);
            filters = track.filters();
        } else {
            track = Track.of(points.stream().filter(from::isBefore).toList(), from.latestTs());
            filters = new ArrayList<>(List.of(from.filter()));
            track.filters().stream().filter(filter -> filter != from.filter()).forEach(filters::add);
            random.skip(from.drawn());
        }
        double firstTs = from != null ? from.firstTs() : track.size == 0 ? Double.NaN : track.ts[0];
        Events events = new Events(input.motions(), input.transitions());
        List<Segment> segments = TripSegmentation.segment(track, events, filters, firstTs);
        TrackFilter source = filters.isEmpty() ? TrackFilter.TIME : filters.getFirst();
        RawTimeline chain = PlaceChain.join(track, segments, source, events, from == null ? null : from.place());
        Track byTime = track.byTime();
        RawTimeline raw = new SectionSegmentation(byTime, events).apply(chain);
        CleanAndResample cleaning = new CleanAndResample(byTime, new JumpSmoothing(byTime, random));
        Timeline timeline = new ModeInference(options.transit()).apply(cleaning.apply(raw));
        UserInputMatching matching = new UserInputMatching(input.userInputs());
        PipelineResult result = new PipelineResult(
                raw, timeline, ConfirmedObjects.trips(timeline, matching), ConfirmedObjects.places(timeline, matching));
        return new Stages(track, events, filters, firstTs, segments, cleaning.drawn(), result);
    }
}
