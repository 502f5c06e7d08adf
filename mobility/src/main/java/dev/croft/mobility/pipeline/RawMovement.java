package dev.croft.mobility.pipeline;

/** What leads from one raw place to the next. */
public sealed interface RawMovement permits RawTrip, RawUntracked {
    /** First point. */
    Fix start();

    /** Last point. */
    Fix end();

    /** By which filter's method it was found. */
    TrackFilter source();

    /** Index of the place it leaves in {@link RawTimeline#places()}; the place it reaches is the next one. */
    int startPlace();

    /** Index of the place it reaches. */
    default int endPlace() {
        return startPlace() + 1;
    }

    /** Crow distance from start to end, metres. */
    default double distance() {
        return start().distanceTo(end());
    }

    /** Seconds from start to end. */
    default double duration() {
        return end().ts() - start().ts();
    }
}
