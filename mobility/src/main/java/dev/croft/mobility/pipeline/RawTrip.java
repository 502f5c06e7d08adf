package dev.croft.mobility.pipeline;

import java.util.List;

/**
 * A trip as segmented, before smoothing and cleaning.
 *
 * @param start first point
 * @param end last point
 * @param source filter of the person's first point, by which e-mission cuts all trips into sections
 * @param startPlace index of the place it leaves
 * @param sections by start; empty for a trip that turns out to be none
 */
public record RawTrip(Fix start, Fix end, TrackFilter source, int startPlace, List<RawSection> sections)
        implements RawMovement {
    public RawTrip {
        sections = List.copyOf(sections);
    }

    RawTrip with(List<RawSection> newSections) {
        return new RawTrip(start, end, source, startPlace, newSections);
    }
}
