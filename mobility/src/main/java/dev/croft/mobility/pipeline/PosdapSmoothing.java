package dev.croft.mobility.pipeline;

import java.util.ArrayList;
import java.util.List;

/**
 * Deletes points by the POSDAP rule: split where the speed is impossible, then of two neighbouring stretches distrust
 * the shorter and drop what cannot be reached from the longer.
 */
final class PosdapSmoothing {
    private PosdapSmoothing() {}

    /** Points {@code [start, end)} of a stretch. */
    private record Stretch(int start, int end) {
        boolean isEmpty() {
            return end <= start;
        }

        int last() {
            return end - 1;
        }
    }

    static boolean[] deleted(Legs legs, double maxSpeed) {
        List<Stretch> stretches = new ArrayList<>();
        int start = 1;
        for (int i = 1; i < legs.size(); i++) {
            if (legs.speed()[i] > maxSpeed) {
                stretches.add(new Stretch(start, i));
                start = i;
            }
        }
        stretches.add(new Stretch(start, legs.size()));
        boolean[] deleted = new boolean[legs.size()];
        Stretch before = stretches.getFirst();
        for (Stretch current : stretches.subList(1, stretches.size())) {
            if (current.isEmpty()) {
                continue;
            }
            if (!before.isEmpty()) {
                if (duration(legs, current) <= duration(legs, before)) {
                    cut(legs, current, before.last(), maxSpeed, deleted);
                } else {
                    cut(legs, before, current.last(), maxSpeed, deleted);
                }
            }
            before = current;
        }
        return deleted;
    }

    private static double duration(Legs legs, Stretch stretch) {
        return legs.ts()[stretch.last()] - legs.ts()[stretch.start];
    }

    private static void cut(Legs legs, Stretch stretch, int reference, double maxSpeed, boolean[] deleted) {
        for (int i = stretch.start; i < stretch.end; i++) {
            double reach = maxSpeed / 1000 * Math.abs(legs.ts()[reference] - legs.ts()[i]);
            if (legs.crow(reference, i) > reach) {
                deleted[i] = true;
            }
        }
    }
}
