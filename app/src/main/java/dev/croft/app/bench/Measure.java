package dev.croft.app.bench;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * One number and, where there is one, what it is to be compared with.
 *
 * @param name what was measured
 * @param value how much
 * @param unit of {@code value} and {@code baselineValue}
 * @param baseline what the baseline is; {@code null} if there is none
 * @param baselineValue how much the baseline reached, measured in the same run unless its name says otherwise
 */
public record Measure(
        String name,
        double value,
        String unit,
        @Nullable String baseline,
        @Nullable Double baselineValue) {
    /** A number that stands for itself. */
    public static Measure of(String name, double value, String unit) {
        return new Measure(name, value, unit, null, null);
    }

    /** {@code value} as a share of the baseline's; {@code null} without one. */
    public @Nullable Double ratio() {
        return baselineValue == null ? null : value / baselineValue;
    }

    @Override
    public String toString() {
        String line = String.format(Locale.ROOT, "%-48s %,14.6g %s", name, value, unit);
        Double ratio = ratio();
        return ratio == null
                ? line
                : line + String.format(Locale.ROOT, "   %.3g of %,.6g (%s)", ratio, baselineValue, baseline);
    }
}
