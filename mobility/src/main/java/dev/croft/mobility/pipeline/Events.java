package dev.croft.mobility.pipeline;

import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** A person's motion activities and transitions by time, without duplicates. */
final class Events {
    final MotionActivity[] motions;
    final Transition[] transitions;
    private final double[] motionTs;
    private final double[] transitionTs;

    Events(List<MotionActivity> motions, List<Transition> transitions) {
        this.motions = distinctMotions(motions);
        this.transitions = distinctTransitions(transitions);
        motionTs = Arrays.stream(this.motions).mapToDouble(MotionActivity::ts).toArray();
        transitionTs =
                Arrays.stream(this.transitions).mapToDouble(Transition::ts).toArray();
    }

    private static MotionActivity[] distinctMotions(List<MotionActivity> motions) {
        record Numbers(double writeTs, double ts, MotionType type, double confidence) {}
        MotionActivity[] sorted = motions.toArray(MotionActivity[]::new);
        Arrays.sort(sorted, Comparator.comparingDouble(MotionActivity::ts).thenComparing(MotionActivity::id));
        Set<Numbers> atInstant = new HashSet<>();
        int kept = 0;
        for (int i = 0; i < sorted.length; i++) {
            MotionActivity motion = sorted[i];
            boolean alone = (i == 0 || sorted[i - 1].ts() != motion.ts())
                    && (i + 1 == sorted.length || sorted[i + 1].ts() != motion.ts());
            if (!alone
                    && !atInstant.add(new Numbers(motion.writeTs(), motion.ts(), motion.type(), motion.confidence()))) {
                continue;
            }
            sorted[kept++] = motion;
        }
        return Arrays.copyOf(sorted, kept);
    }

    private static Transition[] distinctTransitions(List<Transition> transitions) {
        record Numbers(double writeTs, double ts, int state, int transition) {}
        Transition[] sorted = transitions.toArray(Transition[]::new);
        Arrays.sort(sorted, Comparator.comparingDouble(Transition::ts).thenComparing(Transition::id));
        Set<Numbers> seen = new HashSet<>();
        return Arrays.stream(sorted)
                .filter(t -> seen.add(new Numbers(t.writeTs(), t.ts(), t.state(), t.transition())))
                .toArray(Transition[]::new);
    }

    /** The motions sensed in the closed interval, by time. */
    List<MotionActivity> motionsBetween(double start, double end) {
        int from = Track.lowerBound(motionTs, motionTs.length, start);
        int to = from;
        while (to < motionTs.length && motionTs[to] <= end) {
            to++;
        }
        return Arrays.asList(motions).subList(from, to);
    }

    /** The transitions in the closed interval, by time. */
    List<Transition> transitionsBetween(double start, double end) {
        int from = Track.lowerBound(transitionTs, transitionTs.length, start);
        int to = from;
        while (to < transitionTs.length && transitionTs[to] <= end) {
            to++;
        }
        return Arrays.asList(transitions).subList(from, to);
    }

    boolean restartedBetween(double start, double end) {
        for (Transition transition : transitionsBetween(start, end)) {
            if (transition.isRestart()) {
                return true;
            }
        }
        return false;
    }

    /** What was written in the closed interval. */
    Events writtenBetween(double start, double end) {
        return new Events(
                Arrays.stream(motions)
                        .filter(m -> m.writeTs() >= start && m.writeTs() <= end)
                        .toList(),
                Arrays.stream(transitions)
                        .filter(t -> t.writeTs() >= start && t.writeTs() <= end)
                        .toList());
    }

    /** Whether the phone came to rest after that instant. */
    boolean stoppedMovingAfter(double instant) {
        for (int i = transitions.length - 1; i >= 0 && transitionTs[i] > instant; i--) {
            if (transitions[i].transition() == Transition.STOPPED_MOVING) {
                return true;
            }
        }
        return false;
    }

    /** Per point of the track: whether any activity was sensed since the point before. */
    boolean[] movingAt(Track track) {
        boolean[] flags = new boolean[track.size];
        int point = 0;
        for (double instant : motionTs) {
            while (point < track.size && track.ts[point] < instant) {
                point++;
            }
            if (point < track.size) {
                flags[point] = true;
            }
        }
        return flags;
    }

    /** Per point of the track: whether tracking was restarted since the point before. */
    boolean[] restartedAt(Track track) {
        boolean[] flags = new boolean[track.size];
        for (Transition transition : transitions) {
            if (transition.isRestart()) {
                int point = track.firstAtOrAfter(transition.ts());
                if (point < track.size) {
                    flags[point] = true;
                }
            }
        }
        return flags;
    }
}
