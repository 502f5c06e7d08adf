package dev.croft.mobility.pipeline;

import dev.croft.mobility.pipeline.Pipeline.Stages;
import dev.croft.mobility.pipeline.TripSegmentation.Part;
import dev.croft.mobility.pipeline.TripSegmentation.Segment;
import dev.croft.mobility.pipeline.TripSegmentation.Stretch;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Runs the pipeline over what is new, and over no more of what is old than it must. However the data arrive and
 * whenever runs happen in between, replacing derived documents after each run as {@link Increment} says leaves the
 * documents that one run over all the data would have made.
 *
 * <p>A run goes on from the last place up to which nothing can change any more. Late data, deleted data and new labels
 * for old trips are noticed by counting, and take the run back to an earlier such place or to the beginning. Not
 * noticed is a change that keeps all counts: after a record was replaced in place, start from {@link PipelineState#EMPTY}.
 */
public final class IncrementalPipeline {
    /** A motion or transition may count for a trip that ended this many seconds before. */
    private static final double AFTERMATH = 300;

    /** Results up to a trip are final once so many trips after it are certain: its labels look ahead that far. */
    private static final int TRIPS_AHEAD = 2;

    private static final int MOST_NEW_CHECKPOINTS = 24;
    private static final int NEWEST_CHECKPOINTS = 8;

    private IncrementalPipeline() {}

    /**
     * What one run changes.
     *
     * @param replacesAfter derived documents with a {@code metadata.write_ts} after this are to be deleted, then the
     *     result's to be stored; negative infinity replaces all
     * @param result what was derived from there on: its first place is the one where the final part ends
     * @param state for the next run
     */
    public record Increment(double replacesAfter, PipelineResult result, PipelineState state) {}

    /** Runs over what the source holds now. */
    public static Increment run(PipelineState state, PipelineSource source, PipelineOptions options) {
        List<Checkpoint> checkpoints = state.checkpoints(options);
        for (int i = checkpoints.size() - 1; i >= 0; i--) {
            Checkpoint from = checkpoints.get(i);
            if (!from.holds(source)) {
                continue;
            }
            PipelineInput fresh = source.read(from.readFrom(), from.place().enterTs());
            if (from.holds(fresh, options)) {
                return run(checkpoints.subList(0, i + 1), from, fresh, source, options);
            }
        }
        PipelineInput all = source.read(Double.NEGATIVE_INFINITY, Double.NEGATIVE_INFINITY);
        return run(List.of(), null, all, source, options);
    }

    private static Increment run(
            List<Checkpoint> held,
            @Nullable Checkpoint from,
            PipelineInput input,
            PipelineSource source,
            PipelineOptions options) {
        Stages stages = Pipeline.stages(input, options, from);
        List<Checkpoint> checkpoints = new ArrayList<>(held);
        List<Settled> settled = spread(settled(stages));
        if (!settled.isEmpty()) {
            Written written = new Written(stages.events());
            for (Settled part : settled) {
                checkpoints.add(checkpoint(stages, part, written, source));
            }
        }
        double replacesAfter =
                from == null ? Double.NEGATIVE_INFINITY : from.place().enterTs();
        return new Increment(replacesAfter, stages.result(), PipelineState.of(checkpoints, options));
    }

    /**
     * A part of the timeline that is final.
     *
     * @param last its last trip
     * @param next the trip after it
     * @param stretch in which its last trip was found
     * @param start index of the first point after its last segment's place
     * @param certain index of the first point that had no part in making it final
     */
    private record Settled(CleanedMovement last, CleanedMovement next, Stretch stretch, int start, int certain) {}

    /** Where a raw trip was found. */
    private record Found(Segment segment, Stretch stretch) {}

    private static List<Settled> settled(Stages stages) {
        RawTimeline raw = stages.result().raw();
        Found[] found = new Found[raw.movements().size()];
        int movement = 0;
        for (Part part : stages.parts()) {
            for (Segment segment : part.segments()) {
                while (!(raw.movements().get(movement) instanceof RawTrip)) {
                    movement++;
                }
                found[movement++] = new Found(segment, part.stretch());
            }
        }
        Track track = stages.track();
        List<CleanedMovement> movements = stages.result().timeline().movements();
        List<Settled> settled = new ArrayList<>();
        for (int i = 0; i + TRIPS_AHEAD < movements.size(); i++) {
            List<CleanedMovement> ahead = movements.subList(i, i + TRIPS_AHEAD + 1);
            if (!ahead.stream().allMatch(CleanedTrip.class::isInstance)) {
                continue;
            }
            CleanedMovement last = ahead.getFirst();
            Found ending = found[last.raw()];
            Found certain = found[ahead.getLast().raw()];
            int start = ending.segment.next();
            if (ending.segment.settled()
                    && certain.segment.settled()
                    && track.ts[start] > track.ts[start - 1]
                    && raw.movements().get(last.raw()).duration() > 0) {
                settled.add(new Settled(last, ahead.get(1), ending.stretch, start, certain.segment.next()));
            }
        }
        return settled;
    }

    /** The newest, and some of the older, for each costs the source two counts. */
    private static List<Settled> spread(List<Settled> settled) {
        int size = settled.size();
        int step = Math.max(1, size / MOST_NEW_CHECKPOINTS);
        List<Settled> kept = new ArrayList<>();
        for (int i = 0; i < size; i++) {
            if (i >= size - NEWEST_CHECKPOINTS || i % step == 0) {
                kept.add(settled.get(i));
            }
        }
        return kept;
    }

    private static Checkpoint checkpoint(Stages stages, Settled part, Written written, PipelineSource source) {
        Track track = stages.track();
        RawPlace place = stages.result().raw().places().get(part.last.raw() + 1);
        double horizon = track.ts[part.certain] + AFTERMATH;
        double seenUntil = Math.max(track.writeTs[part.certain], written.upTo(horizon));
        double inputsUntil = part.next.start().ts();
        return new Checkpoint(
                new RawPlace(place.location(), place.source(), place.enterTs(), Double.NaN, null),
                part.stretch.filter(),
                part.stretch.since(),
                track.ts[part.start - 1],
                track.writeTs[part.start],
                track.id(part.start),
                stages.drawn()[part.last.raw()],
                Math.min(track.writeTs[part.start], written.from(place.enterTs())),
                seenUntil,
                source.sensedUpTo(seenUntil),
                horizon,
                inputsUntil,
                source.inputsBefore(inputsUntil));
    }
}
