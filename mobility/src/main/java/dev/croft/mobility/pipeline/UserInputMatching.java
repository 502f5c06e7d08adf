package dev.croft.mobility.pipeline;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Finds what a person said about each trip or place: an input belongs to the entry in which it starts, if it also ends
 * there or nearly so.
 */
final class UserInputMatching {
    private static final double END_SLACK = 15 * 60;

    private final List<UserInput> aboutTrips;
    private final List<UserInput> aboutPlaces;

    UserInputMatching(List<UserInput> inputs) {
        List<UserInput> byTime = new ArrayList<>(inputs);
        byTime.sort(Comparator.comparingDouble(UserInput::startTs)
                .thenComparingDouble(UserInput::writeTs)
                .thenComparing(UserInput::id));
        aboutTrips = byTime.stream().filter(input -> !input.isAboutPlace()).toList();
        aboutPlaces = byTime.stream().filter(UserInput::isAboutPlace).toList();
    }

    /**
     * Inputs about a trip.
     *
     * @param nextEnd end of the trip after it; NaN if there is none
     */
    MatchedInputs forTrip(double start, double end, double nextEnd) {
        return match(aboutTrips, start, end, nextEnd);
    }

    /** Inputs about a place; an unknown enter or exit is open. */
    MatchedInputs forPlace(double enter, double exit, double nextExit) {
        return match(
                aboutPlaces,
                Double.isNaN(enter) ? Double.NEGATIVE_INFINITY : enter,
                Double.isNaN(exit) ? Double.POSITIVE_INFINITY : exit,
                nextExit);
    }

    private static MatchedInputs match(List<UserInput> inputs, double start, double end, double nextEnd) {
        if (inputs.isEmpty()) {
            return MatchedInputs.NONE;
        }
        Map<String, UserInput> newest = new TreeMap<>();
        List<UserInput> additions = new ArrayList<>();
        Set<String> deleted = new HashSet<>();
        for (int i = firstFrom(inputs, start);
                i < inputs.size() && inputs.get(i).startTs() < end;
                i++) {
            UserInput input = inputs.get(i);
            if (!fits(input, start, end, nextEnd)) {
                continue;
            }
            if (!input.isAddition()) {
                newest.merge(input.field(), input, UserInputMatching::newer);
            } else if ("DELETED".equals(input.status()) && input.matchId() != null) {
                deleted.add(input.matchId());
            } else if ("ACTIVE".equals(input.status())) {
                additions.add(input);
            }
        }
        additions.removeIf(addition -> addition.matchId() != null && deleted.contains(addition.matchId()));
        additions.sort(Comparator.comparingDouble(UserInput::writeTs).thenComparing(UserInput::id));
        return new MatchedInputs(newest, additions);
    }

    private static int firstFrom(List<UserInput> inputs, double start) {
        int low = 0;
        int high = inputs.size();
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (inputs.get(middle).startTs() < start) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    private static UserInput newer(UserInput a, UserInput b) {
        return Comparator.comparingDouble(UserInput::writeTs)
                                .thenComparing(UserInput::id)
                                .compare(a, b)
                        >= 0
                ? a
                : b;
    }

    private static boolean fits(UserInput input, double start, double end, double nextEnd) {
        if (Double.isNaN(input.endTs()) || input.endTs() <= end + END_SLACK) {
            return true;
        }
        if (Double.isNaN(nextEnd) || input.endTs() > nextEnd) {
            return false;
        }
        double overlap = Math.min(input.endTs(), end) - Math.max(input.startTs(), start);
        return overlap / (end - start) > 0.5;
    }
}
