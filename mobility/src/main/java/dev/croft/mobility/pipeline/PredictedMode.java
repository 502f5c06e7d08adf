package dev.croft.mobility.pipeline;

/** The travel mode that {@link ModeInference} assigns to a cleaned section, with e-mission's codes. */
public enum PredictedMode {
    UNKNOWN(0),
    WALKING(1),
    BICYCLING(2),
    BUS(3),
    TRAIN(4),
    CAR(5),
    AIR_OR_HSR(6),
    SUBWAY(7),
    TRAM(8),
    LIGHT_RAIL(9);

    private final int code;

    PredictedMode(int code) {
        this.code = code;
    }

    /** The integer stored in {@code data.sensed_mode} of an inferred section. */
    public int code() {
        return code;
    }
}
