package dev.croft.mobility.entry;

/** The keys of entries that the pipeline gives a meaning; entries of other keys are kept as they are. */
public final class EntryKey {
    /** Every location the phone sensed. */
    public static final String LOCATION = "background/location";
    /** The locations that the phone's own filter let pass: what the pipeline reads. */
    public static final String FILTERED_LOCATION = "background/filtered_location";
    /** What the phone thinks the person does. */
    public static final String MOTION_ACTIVITY = "background/motion_activity";
    /** The name that old phones give {@link #MOTION_ACTIVITY}. */
    public static final String OLD_ACTIVITY = "background/activity";
    /** Changes of the phone's tracking state. */
    public static final String TRANSITION = "statemachine/transition";
    /** Charge of the phone. */
    public static final String BATTERY = "background/battery";

    private EntryKey() {}
}
