package dev.croft.mobility.pipeline;

import java.util.List;

/**
 * A trip as it is shown to the person.
 *
 * @param start where and when it starts
 * @param end where and when it ends
 * @param distance metres: sections and stops
 * @param duration seconds
 * @param startPlace index of the place it leaves
 * @param raw index of the raw movement it was made of
 * @param sections by start, at least one
 * @param stops between the sections
 */
public record CleanedTrip(
        Fix start,
        Fix end,
        double distance,
        double duration,
        int startPlace,
        int raw,
        List<CleanedSection> sections,
        List<CleanedStop> stops)
        implements CleanedMovement {
    public CleanedTrip {
        sections = List.copyOf(sections);
        stops = List.copyOf(stops);
    }

    CleanedTrip withSections(List<CleanedSection> newSections) {
        return new CleanedTrip(start, end, distance, duration, startPlace, raw, newSections, stops);
    }
}
