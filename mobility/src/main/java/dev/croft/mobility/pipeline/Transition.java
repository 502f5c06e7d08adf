package dev.croft.mobility.pipeline;

/**
 * One step of the phone's trip state machine ({@code statemachine/transition}).
 *
 * @param id the entry's {@code _id} as text
 * @param writeTs when the phone wrote it, epoch seconds
 * @param ts when it happened, epoch seconds
 * @param state code of the state it left
 * @param transition code of the transition
 */
public record Transition(String id, double writeTs, double ts, int state, int transition) {
    /** Code of the transition into rest. */
    public static final int STOPPED_MOVING = 2;

    /** Code of the transition that a user's or the system's stop of tracking makes. */
    public static final int STOP_TRACKING = 3;

    /** Code of the transition after a reboot (Android). */
    public static final int BOOTED = 4;

    /** Code of the transition at the end of a visit (iOS). */
    public static final int VISIT_ENDED = 14;

    /** Code of the state in which the phone waits for a trip to start. */
    public static final int WAITING_FOR_TRIP_START = 1;

    /** Whether tracking was interrupted here, so that what lies before and after must not be joined. */
    boolean isRestart() {
        return transition == STOP_TRACKING
                || transition == BOOTED
                || (transition == VISIT_ENDED && state == WAITING_FOR_TRIP_START);
    }
}
