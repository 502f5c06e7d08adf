package dev.croft.mobility.pipeline;

import java.util.BitSet;

/** Finds the points of a raw section to which the phone cannot have gone. */
final class JumpSmoothing {
    private static final double OUTLIER_FENCE = 3;
    private static final double SPEED_OF_SOUND = 340.29;

    private final Track track;
    private final MersenneTwister random;

    /** Smooths sections in order; the random sequence continues from one to the next. */
    JumpSmoothing(Track track, MersenneTwister random) {
        this.track = track;
        this.random = random;
    }

    /** How many random numbers were drawn so far. */
    long drawn() {
        return random.drawn();
    }

    /** Indices of the track to delete from the section. */
    BitSet deleted(RawSection section) {
        Span span = track.between(section.start().ts(), section.end().ts());
        boolean distanceFiltered = isDistanceFiltered(span);
        Legs legs = distanceFiltered ? GapFill.fill(span, random) : Legs.of(span);
        boolean[] mask = deleted(legs, distanceFiltered);
        BitSet deleted = new BitSet();
        for (int i = 0; i < mask.length; i++) {
            if (mask[i] && legs.index()[i] >= 0) {
                deleted.set(legs.index()[i]);
            }
        }
        return deleted;
    }

    static boolean[] deleted(Legs legs, boolean distanceFiltered) {
        boolean[] zigzag =
                ZigzagSmoothing.deleted(legs, Stats.upperFence(legs.speed(), OUTLIER_FENCE), distanceFiltered);
        if (zigzag == null) {
            return new boolean[legs.size()];
        }
        Legs smoothed = legs.without(zigzag);
        if (smoothed.size() == legs.size() || smoothed.size() == 0 || isCredible(smoothed)) {
            return zigzag;
        }
        boolean[] posdap = PosdapSmoothing.deleted(legs, SPEED_OF_SOUND);
        return isCredible(legs.without(posdap)) ? posdap : zigzag;
    }

    /** Whether nothing is an outlier any more, or at least nothing supersonic. */
    private static boolean isCredible(Legs legs) {
        double max = legs.maxSpeed();
        return max < SPEED_OF_SOUND || max <= Stats.upperFence(legs.speed(), OUTLIER_FENCE);
    }

    private boolean isDistanceFiltered(Span span) {
        boolean some = false;
        for (int i = span.from(); i < span.to(); i++) {
            TrackFilter filter = track.filter(i);
            if (filter == TrackFilter.TIME) {
                return false;
            }
            some |= filter == TrackFilter.DISTANCE;
        }
        return some;
    }
}
