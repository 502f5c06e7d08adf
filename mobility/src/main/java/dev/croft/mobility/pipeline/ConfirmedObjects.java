package dev.croft.mobility.pipeline;

import java.util.ArrayList;
import java.util.List;

/** Joins the cleaned timeline with what the person said. */
final class ConfirmedObjects {
    private ConfirmedObjects() {}

    /** One per movement of the timeline. */
    static List<ConfirmedTrip> trips(Timeline timeline, UserInputMatching matching) {
        List<ConfirmedTrip> confirmed = new ArrayList<>();
        List<CleanedMovement> movements = timeline.movements();
        for (int i = 0; i < movements.size(); i++) {
            CleanedMovement movement = movements.get(i);
            double nextEnd =
                    i + 1 < movements.size() ? movements.get(i + 1).end().ts() : Double.NaN;
            List<CleanedSection> sections = movement instanceof CleanedTrip trip ? trip.sections() : List.of();
            confirmed.add(new ConfirmedTrip(
                    movement,
                    matching.forTrip(movement.start().ts(), movement.end().ts(), nextEnd),
                    ModeSummary.of(sections, section -> section.sensedMode().name()),
                    ModeSummary.of(sections, section -> section.inferredMode().name())));
        }
        return confirmed;
    }

    /** One per place of the timeline. */
    static List<ConfirmedPlace> places(Timeline timeline, UserInputMatching matching) {
        List<ConfirmedPlace> confirmed = new ArrayList<>();
        List<CleanedPlace> places = timeline.places();
        for (int i = 0; i < places.size(); i++) {
            CleanedPlace place = places.get(i);
            double nextExit = i + 1 < places.size() ? places.get(i + 1).exitTs() : Double.NaN;
            confirmed.add(new ConfirmedPlace(place, matching.forPlace(place.enterTs(), place.exitTs(), nextExit)));
        }
        return confirmed;
    }
}
