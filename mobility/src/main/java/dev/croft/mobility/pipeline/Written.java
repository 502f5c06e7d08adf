package dev.croft.mobility.pipeline;

import java.util.Comparator;
import java.util.stream.Stream;

/** When motions and transitions were written, by when they were sensed. */
final class Written {
    private final double[] ts;
    private final double[] latestUpTo;
    private final double[] earliestFrom;

    Written(Events events) {
        record Event(double ts, double writeTs) {}
        Event[] sorted = Stream.concat(
                        Stream.of(events.motions).map(m -> new Event(m.ts(), m.writeTs())),
                        Stream.of(events.transitions).map(t -> new Event(t.ts(), t.writeTs())))
                .sorted(Comparator.comparingDouble(Event::ts))
                .toArray(Event[]::new);
        ts = Stream.of(sorted).mapToDouble(Event::ts).toArray();
        latestUpTo = new double[sorted.length + 1];
        earliestFrom = new double[sorted.length + 1];
        latestUpTo[0] = Double.NEGATIVE_INFINITY;
        earliestFrom[sorted.length] = Double.POSITIVE_INFINITY;
        for (int i = 0; i < sorted.length; i++) {
            latestUpTo[i + 1] = Math.max(latestUpTo[i], sorted[i].writeTs());
        }
        for (int i = sorted.length - 1; i >= 0; i--) {
            earliestFrom[i] = Math.min(earliestFrom[i + 1], sorted[i].writeTs());
        }
    }

    /** When the last of what was sensed up to that instant was written; negative infinity for none. */
    double upTo(double instant) {
        return latestUpTo[Track.lowerBound(ts, ts.length, Math.nextUp(instant))];
    }

    /** When the first of what was sensed from that instant on was written; positive infinity for none. */
    double from(double instant) {
        return earliestFrom[Track.lowerBound(ts, ts.length, instant)];
    }
}
