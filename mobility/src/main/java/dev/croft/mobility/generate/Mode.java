package dev.croft.mobility.generate;

/** How a made-up person moves. */
enum Mode {
    WALK(1.35, 2, "walking"),
    RUN(2.7, 8, "running"),
    BICYCLE(4.6, 1, "cycling"),
    VEHICLE(11.5, 0, "automotive");

    /** Usual speed, m/s. */
    final double speed;

    final int androidType;
    final String iosFlag;

    Mode(double speed, int androidType, String iosFlag) {
        this.speed = speed;
        this.androidType = androidType;
        this.iosFlag = iosFlag;
    }

    boolean stopsAtLights() {
        return this == VEHICLE || this == BICYCLE;
    }
}
