package dev.croft.mobility.generate;

import java.time.LocalDate;
import java.time.ZoneId;

/**
 * What traces to make. The same options give the same traces, on any machine.
 *
 * @param seed where the randomness comes from
 * @param people how many, from 1 to a million; half carry Android phones, half iPhones
 * @param days how many days each, from 1 to 3,660
 * @param firstDay the first of them
 * @param zone the time zone that all live in
 * @param latitude middle of their town, degrees, at most 80 from the equator
 * @param longitude middle of their town, degrees
 */
public record TraceOptions(
        long seed, int people, int days, LocalDate firstDay, ZoneId zone, double latitude, double longitude) {
    /** Twenty people in Berkeley, for three days from Monday 2 March 2026. */
    public static final TraceOptions STANDARD =
            new TraceOptions(1, 20, 3, LocalDate.of(2026, 3, 2), ZoneId.of("America/Los_Angeles"), 37.8716, -122.2727);

    public TraceOptions {
        if (people < 1 || people > 1_000_000 || days < 1 || days > 3_660) {
            throw new IllegalArgumentException("people must be 1 to 1,000,000 and days 1 to 3,660");
        }
        if (!(Math.abs(latitude) <= 80) || !(Math.abs(longitude) <= 179)) {
            throw new IllegalArgumentException(
                    "the town must lie within 80 degrees of the equator and 179 of Greenwich");
        }
    }
}
