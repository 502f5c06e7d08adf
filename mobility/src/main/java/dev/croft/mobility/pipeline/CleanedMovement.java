package dev.croft.mobility.pipeline;

/** What leads from one cleaned place to the next. */
public sealed interface CleanedMovement permits CleanedTrip, CleanedUntracked {
    /** Where and when it starts. */
    Fix start();

    /** Where and when it ends. */
    Fix end();

    /** Metres travelled. */
    double distance();

    /** Seconds. */
    double duration();

    /** Index of the place it leaves in {@link Timeline#places()}; the place it reaches is the next one. */
    int startPlace();

    /** Index of the place it reaches. */
    default int endPlace() {
        return startPlace() + 1;
    }

    /** Index of the raw movement that it was made of. */
    int raw();
}
