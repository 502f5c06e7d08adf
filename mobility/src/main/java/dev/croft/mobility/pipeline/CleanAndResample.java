package dev.croft.mobility.pipeline;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Turns the raw timeline into the cleaned one: trips that went nowhere are squished into the places around them, the
 * others start and end at places and have evenly sampled paths.
 */
final class CleanAndResample {
    /** Shorter trips are none. */
    private static final double MIN_TRIP = 100;

    private static final double SAME_PLACE = 100;
    private static final double MISMATCH_SECONDS = 30;

    private final JumpSmoothing smoothing;
    private final SectionCleaner cleaner;
    private long[] drawn = new long[0];
    private final StopSqueezer squeezer;

    CleanAndResample(Track track, JumpSmoothing smoothing) {
        this.smoothing = smoothing;
        this.cleaner = new SectionCleaner(track);
        this.squeezer = new StopSqueezer(track);
    }

    /** The cleaned timeline of the raw one, which may be a continuation whose first place is already known. */
    Timeline apply(RawTimeline raw) {
        if (raw.places().isEmpty()) {
            return new Timeline(List.of(), List.of());
        }
        List<@Nullable TripDraft> drafts = new ArrayList<>();
        drawn = new long[raw.movements().size()];
        for (int i = 0; i < raw.movements().size(); i++) {
            drafts.add(draft(raw, i));
            drawn[i] = smoothing.drawn();
        }
        return link(raw, drafts);
    }

    /** How many random numbers had been drawn after each raw movement of the last {@link #apply}. */
    long[] drawn() {
        return drawn;
    }

    private @Nullable TripDraft draft(RawTimeline raw, int index) {
        return switch (raw.movements().get(index)) {
            case RawUntracked untracked -> TripDraft.of(index, untracked);
            case RawTrip trip -> {
                if (trip.sections().isEmpty()) {
                    yield null;
                }
                TripDraft draft = TripDraft.of(index, sections(raw, trip), squeezer);
                yield draft.distance < MIN_TRIP ? null : draft;
            }
        };
    }

    private List<SectionDraft> sections(RawTimeline raw, RawTrip trip) {
        RawPlace startPlace = raw.places().get(trip.startPlace());
        RawPlace endPlace = raw.places().get(trip.endPlace());
        List<RawSection> sections = trip.sections();
        List<SectionDraft> drafts = new ArrayList<>();
        for (int i = 0; i < sections.size(); i++) {
            BitSet deleted = smoothing.deleted(sections.get(i));
            drafts.add(cleaner.clean(
                    sections.get(i),
                    deleted,
                    new SectionCleaner.Ends(i == 0, i == sections.size() - 1, startPlace, endPlace)));
        }
        return drafts;
    }

    private Timeline link(RawTimeline raw, List<@Nullable TripDraft> drafts) {
        List<CleanedPlace> places = new ArrayList<>();
        List<CleanedMovement> movements = new ArrayList<>();
        RawPlace open = raw.places().getFirst();
        List<Integer> merged = new ArrayList<>(List.of(0));
        for (int i = 0; i < drafts.size(); i++) {
            RawMovement movement = raw.movements().get(i);
            TripDraft draft = drafts.get(i);
            if (draft == null || (draft.untracked && isSquished(draft, drafts, i))) {
                addOnce(merged, movement.startPlace());
                continue;
            }
            if (!open.location()
                    .samePlaceAs(raw.places().get(movement.startPlace()).location())) {
                startAtPlace(draft, open.location());
            }
            addOnce(merged, movement.startPlace());
            movements.add(draft.finished(places.size()));
            places.add(new CleanedPlace(open.location(), open.enterTs(), draft.start.ts(), draft.start.zone(), merged));
            open = raw.places().get(movement.endPlace());
            merged = new ArrayList<>(List.of(movement.endPlace()));
        }
        places.add(new CleanedPlace(open.location(), open.enterTs(), Double.NaN, null, merged));
        return new Timeline(places, movements);
    }

    private static void addOnce(List<Integer> indices, int index) {
        if (indices.getLast() != index) {
            indices.add(index);
        }
    }

    /** Untracked time that leads nowhere is none: no trip follows, or the next one starts where it started. */
    private static boolean isSquished(TripDraft untracked, List<@Nullable TripDraft> drafts, int index) {
        for (int i = index + 1; i < drafts.size(); i++) {
            TripDraft next = drafts.get(i);
            if (next != null) {
                return untracked.start.distanceTo(next.start) <= SAME_PLACE;
            }
        }
        return true;
    }

    /** Squished trips may have moved the place a little: then the trip starts there, half a minute earlier. */
    private static void startAtPlace(TripDraft draft, Fix place) {
        double gap = draft.start.distanceTo(place);
        if (gap > SAME_PLACE) {
            return;
        }
        Fix start = new Fix(
                draft.start.ts() - MISMATCH_SECONDS,
                place.longitude(),
                place.latitude(),
                place.altitude(),
                draft.start.zone());
        draft.start = start;
        draft.distance += gap;
        draft.duration += MISMATCH_SECONDS;
        if (!draft.sections.isEmpty()) {
            draft.sections.getFirst().startEarlier(start, gap);
        }
    }
}
