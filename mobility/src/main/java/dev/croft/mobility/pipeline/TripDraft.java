package dev.croft.mobility.pipeline;

import java.util.ArrayList;
import java.util.List;

/** A cleaned trip, or cleaned untracked time, before it is linked to its places. */
final class TripDraft {
    final int raw;
    final boolean untracked;
    Fix start;
    final Fix end;
    double distance;
    double duration;
    final List<SectionDraft> sections;
    final List<CleanedStop> stops;

    private TripDraft(
            int raw,
            boolean untracked,
            Fix start,
            Fix end,
            double distance,
            List<SectionDraft> sections,
            List<CleanedStop> stops) {
        this.raw = raw;
        this.untracked = untracked;
        this.start = start;
        this.end = end;
        this.distance = distance;
        this.duration = end.ts() - start.ts();
        this.sections = sections;
        this.stops = stops;
    }

    static TripDraft of(int raw, RawUntracked untracked) {
        return new TripDraft(raw, true, untracked.start(), untracked.end(), untracked.distance(), List.of(), List.of());
    }

    static TripDraft of(int raw, List<SectionDraft> sections, StopSqueezer squeezer) {
        // Stops move only ends of sections inside the trip, so the trip's own ends are final.
        Fix start = sections.getFirst().start;
        Fix end = sections.getLast().end;
        List<CleanedStop> stops = new ArrayList<>();
        double distance = 0;
        for (int i = 0; i + 1 < sections.size(); i++) {
            stops.add(squeezer.stop(sections.get(i), sections.get(i + 1)));
        }
        for (SectionDraft section : sections) {
            distance += section.distance;
        }
        for (CleanedStop stop : stops) {
            distance += stop.distance();
        }
        return new TripDraft(raw, false, start, end, distance, sections, stops);
    }

    CleanedMovement finished(int startPlace) {
        if (untracked) {
            return new CleanedUntracked(start, end, distance, duration, startPlace, raw);
        }
        return new CleanedTrip(
                start,
                end,
                distance,
                duration,
                startPlace,
                raw,
                sections.stream().map(SectionDraft::finished).toList(),
                stops);
    }
}
