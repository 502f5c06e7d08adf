package dev.croft.mobility.pipeline;

import java.util.ArrayList;
import java.util.List;
import org.bson.BsonDocument;
import org.bson.BsonString;
import org.jspecify.annotations.Nullable;

/** Small traces made by hand: metres east and north of a spot on the equator, seconds after an instant. */
final class Traces {
    static final double T0 = 1_500_000_000;
    static final String ZONE = "America/Los_Angeles";
    private static final double DEGREE = Math.toRadians(1) * Geo.EARTH_RADIUS;

    private final TrackFilter filter;
    private final List<LocationPoint> points = new ArrayList<>();
    private final List<MotionActivity> motions = new ArrayList<>();
    private final List<Transition> transitions = new ArrayList<>();
    private final List<UserInput> inputs = new ArrayList<>();

    private Traces(TrackFilter filter) {
        this.filter = filter;
    }

    static Traces android() {
        return new Traces(TrackFilter.TIME);
    }

    static Traces ios() {
        return new Traces(TrackFilter.DISTANCE);
    }

    static double lon(double metresEast) {
        return metresEast / DEGREE;
    }

    static Fix fix(double seconds, double east) {
        return new Fix(T0 + seconds, lon(east), 0, 0, ZONE);
    }

    Traces at(double seconds, double east) {
        return written(seconds, seconds, east, 0);
    }

    Traces at(double seconds, double east, double north) {
        return written(seconds, seconds, east, north);
    }

    Traces written(double writeSeconds, double seconds, double east, double north) {
        points.add(new LocationPoint(
                "%05d".formatted(points.size()),
                T0 + writeSeconds,
                T0 + seconds,
                north / DEGREE,
                lon(east),
                0,
                10,
                Double.NaN,
                Double.NaN,
                filter,
                ZONE));
        return this;
    }

    /** Points from one instant to another, evenly in time and space. */
    Traces move(double from, double to, double every, double eastFrom, double eastTo) {
        for (double t = from; t <= to; t += every) {
            at(t, eastFrom + (eastTo - eastFrom) * (t - from) / (to - from));
        }
        return this;
    }

    Traces motion(double seconds, MotionType type) {
        motions.add(new MotionActivity("m%05d".formatted(motions.size()), T0 + seconds, T0 + seconds, type, 100));
        return this;
    }

    Traces motions(double from, double to, double every, MotionType type) {
        for (double t = from; t <= to; t += every) {
            motion(t, type);
        }
        return this;
    }

    Traces transition(double seconds, int transition) {
        transitions.add(
                new Transition("t%05d".formatted(transitions.size()), T0 + seconds, T0 + seconds, 2, transition));
        return this;
    }

    Traces input(
            String key,
            double writeSeconds,
            double start,
            double end,
            @Nullable String matchId,
            @Nullable String status) {
        String id = "u%05d".formatted(inputs.size());
        inputs.add(new UserInput(
                id,
                key,
                T0 + writeSeconds,
                T0 + start,
                T0 + end,
                matchId,
                status,
                new BsonDocument("_id", new BsonString(id))));
        return this;
    }

    Traces and(Traces other) {
        points.addAll(other.points);
        motions.addAll(other.motions);
        transitions.addAll(other.transitions);
        return this;
    }

    Track track() {
        return Track.of(points, Double.NEGATIVE_INFINITY);
    }

    Events events() {
        return new Events(motions, transitions);
    }

    Span span() {
        Track track = track();
        return new Span(track, 0, track.size);
    }

    PipelineInput input() {
        return new PipelineInput(List.of(), points, motions, transitions, inputs);
    }

    PipelineResult run() {
        return Pipeline.run(input(), PipelineOptions.DEFAULT);
    }

    List<UserInput> inputs() {
        return inputs;
    }
}
