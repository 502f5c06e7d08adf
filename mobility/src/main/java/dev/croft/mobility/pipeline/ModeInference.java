package dev.croft.mobility.pipeline;

import java.util.Comparator;
import java.util.List;
import java.util.Set;

/** The rule engine that turns what a phone sensed into how a person travelled. */
final class ModeInference {
    private static final double WALKING_SPEED = 1.7;
    private static final double BICYCLING_SPEED = 8.5;

    private final TransitLookup transit;

    ModeInference(TransitLookup transit) {
        this.transit = transit;
    }

    /** The same timeline with inferred modes. */
    Timeline apply(Timeline timeline) {
        List<CleanedMovement> movements = timeline.movements().stream()
                .map(movement -> movement instanceof CleanedTrip trip
                        ? trip.withSections(trip.sections().stream()
                                .map(section -> section.with(infer(section)))
                                .toList())
                        : movement)
                .toList();
        return new Timeline(timeline.places(), movements);
    }

    PredictedMode infer(CleanedSection section) {
        double median = Stats.median(section.speeds());
        return switch (section.sensedMode()) {
            case AIR_OR_HSR -> PredictedMode.AIR_OR_HSR;
            case UNKNOWN -> {
                double overall = section.distance() / section.duration();
                yield !(median > WALKING_SPEED) || !(overall > WALKING_SPEED)
                        ? PredictedMode.WALKING
                        : byTransit(section, median, PredictedMode.UNKNOWN);
            }
            case IN_VEHICLE -> byTransit(section, median, PredictedMode.CAR);
            default -> median > WALKING_SPEED ? PredictedMode.BICYCLING : PredictedMode.WALKING;
        };
    }

    private PredictedMode byTransit(CleanedSection section, double median, PredictedMode otherwise) {
        Set<PredictedMode> routes = transit.commonRoutes(section.start(), section.end());
        if (routes.isEmpty()) {
            return otherwise;
        }
        if (routes.size() == 1) {
            return routes.iterator().next();
        }
        if (routes.contains(PredictedMode.BUS)) {
            if (median <= BICYCLING_SPEED) {
                return PredictedMode.BUS;
            }
            return routes.stream()
                    .filter(mode -> mode != PredictedMode.BUS)
                    .min(Comparator.naturalOrder())
                    .orElse(PredictedMode.TRAIN);
        }
        return routes.stream().min(Comparator.naturalOrder()).orElse(otherwise);
    }
}
