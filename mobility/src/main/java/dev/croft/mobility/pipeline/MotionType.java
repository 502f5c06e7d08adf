package dev.croft.mobility.pipeline;

/** What the phone's activity recognition sensed, with the codes of e-mission's long-term format. */
public enum MotionType {
    IN_VEHICLE(0),
    BICYCLING(1),
    ON_FOOT(2),
    STILL(3),
    UNKNOWN(4),
    TILTING(5),
    WALKING(7),
    RUNNING(8),
    NONE(9),
    STOPPED_WHILE_IN_VEHICLE(10),
    AIR_OR_HSR(11);

    private static final MotionType[] BY_CODE = new MotionType[12];

    static {
        for (MotionType type : values()) {
            BY_CODE[type.code] = type;
        }
    }

    private final int code;

    MotionType(int code) {
        this.code = code;
    }

    /** The integer stored in {@code data.type} and {@code data.sensed_mode}. */
    public int code() {
        return code;
    }

    /** The type with that code; {@link #UNKNOWN} for a code that e-mission does not define. */
    public static MotionType ofCode(int code) {
        return code < 0 || code >= BY_CODE.length || BY_CODE[code] == null ? UNKNOWN : BY_CODE[code];
    }

    boolean isWalking() {
        return this == ON_FOOT || this == WALKING || this == RUNNING;
    }

    boolean isVehicle() {
        return this == IN_VEHICLE;
    }
}
