package dev.croft.mobility.pipeline;

import dev.croft.mobility.pipeline.TripSegmentation.Part;
import dev.croft.mobility.pipeline.TripSegmentation.Segment;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Joins segmented trips by the places between them, with untracked time where tracking was interrupted or the person
 * turned up far away after a long gap.
 */
final class PlaceChain {
    /** Keeps the start of untracked time apart from the end of the trip before it. */
    static final double UNTRACKED_DELAY = 5;

    /** A person that was tracked would have been faster than this: a little less than walking, 3 km/h. */
    private static final double UNTRACKED_SPEED = 3000 / 3600.0;

    private final Events events;
    private final TrackFilter source;
    private final List<RawPlace> places = new ArrayList<>();
    private final List<RawMovement> movements = new ArrayList<>();
    private @Nullable RawPlace open;

    private PlaceChain(Events events, TrackFilter source, @Nullable RawPlace open) {
        this.events = events;
        this.source = source;
        this.open = open;
    }

    /**
     * The chain of these trips.
     *
     * @param source filter of the person's very first point: e-mission records its method as the source of every trip,
     *     and by it cuts sections and finds untracked time, also where a phone with another filter came later
     * @param open the place where the chain so far ends; null at the start of tracking
     */
    static RawTimeline join(Track track, List<Part> parts, Events events, TrackFilter source, @Nullable RawPlace open) {
        PlaceChain chain = new PlaceChain(events, source, open);
        for (Part part : parts) {
            for (Segment segment : part.segments()) {
                chain.add(track.fix(segment.start()), track.fix(segment.end()));
            }
        }
        if (chain.open != null) {
            chain.places.add(chain.open);
        }
        return new RawTimeline(chain.places, chain.movements);
    }

    private void add(Fix start, Fix end) {
        RawPlace place = open;
        if (place == null) {
            place = new RawPlace(start, source, Double.NaN, Double.NaN, null);
        } else if (place.hasEnter() && isUntracked(place, start)) {
            Fix gapStart = place.location().at(place.enterTs() + UNTRACKED_DELAY);
            leave(place, gapStart);
            movements.add(new RawUntracked(gapStart, start, source, places.size() - 1));
            place = new RawPlace(start, source, start.ts(), Double.NaN, null);
        }
        leave(place, start);
        movements.add(new RawTrip(start, end, source, places.size() - 1, List.of()));
        open = new RawPlace(end, source, end.ts(), Double.NaN, null);
    }

    private void leave(RawPlace place, Fix exit) {
        places.add(new RawPlace(place.location(), place.source(), place.enterTs(), exit.ts(), exit.zone()));
    }

    private boolean isUntracked(RawPlace place, Fix start) {
        if (events.restartedBetween(place.enterTs(), start.ts())) {
            return true;
        }
        double distance = place.location().distanceTo(start);
        return distance >= source.untrackedDistance() && distance / (start.ts() - place.enterTs()) <= UNTRACKED_SPEED;
    }
}
