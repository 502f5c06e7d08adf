package dev.croft.mobility.pipeline;

import dev.croft.mobility.pipeline.TripSegmentation.Part;
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
     * @param parts the segments that raw trips were made of
     * @param drawn random numbers drawn after each raw movement
     */
    record Stages(Track track, Events events, List<Part> parts, long[] drawn, PipelineResult result) {}

    /** Runs every stage, over all the data or over what comes after a checkpoint. */
    static Stages stages(PipelineInput input, PipelineOptions options, @Nullable Checkpoint from) {
        List<LocationPoint> points = options.accuracyFilter() ? AccuracyFilter.apply(input) : input.filteredLocations();
        Events events = new Events(input.motions(), input.transitions());
        MersenneTwister random = new MersenneTwister(GapFill.SEED);
        Track track;
        List<Part> parts;
        if (from == null) {
            track = Track.of(points, Double.NEGATIVE_INFINITY);
            parts = TripSegmentation.segment(track, events, track.firstFilter(), Double.NEGATIVE_INFINITY);
        } else {
            track = Track.of(points.stream().filter(from::isBefore).toList(), from.latestTs());
            parts = TripSegmentation.segment(track, events, from.filter(), from.since());
            random.skip(from.drawn());
        }
        RawTimeline chain = from == null
                ? PlaceChain.join(track, parts, events, track.firstFilter(), null)
                : PlaceChain.join(track, parts, events, from.place().source(), from.place());
        Track byTime = track.byTime();
        RawTimeline raw = new SectionSegmentation(byTime, events).apply(chain);
        CleanAndResample cleaning = new CleanAndResample(byTime, new JumpSmoothing(byTime, random));
        Timeline timeline = new ModeInference(options.transit()).apply(cleaning.apply(raw));
        UserInputMatching matching = new UserInputMatching(input.userInputs());
        PipelineResult result = new PipelineResult(
                raw, timeline, ConfirmedObjects.trips(timeline, matching), ConfirmedObjects.places(timeline, matching));
        return new Stages(track, events, parts, cleaning.drawn(), result);
    }
}
