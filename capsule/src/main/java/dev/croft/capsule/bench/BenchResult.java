package dev.croft.capsule.bench;

/**
 * One measurement and its baseline, made in the same run on the same bytes.
 *
 * @param name what was measured
 * @param units how many units of work both did
 * @param unit the unit, for example {@code records} or {@code bytes}
 * @param seconds what the capsule took
 * @param baselineSeconds what the baseline took
 * @param baseline what the baseline is
 */
public record BenchResult(
        String name, long units, String unit, double seconds, double baselineSeconds, String baseline) {
    /** Units per second of the capsule. */
    public double rate() {
        return units / seconds;
    }

    /** Units per second of the baseline. */
    public double baselineRate() {
        return units / baselineSeconds;
    }

    /** The capsule's share of the baseline's speed; 1 is as fast. */
    public double share() {
        return baselineSeconds / seconds;
    }
}
