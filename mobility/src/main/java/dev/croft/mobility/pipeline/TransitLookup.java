package dev.croft.mobility.pipeline;

import java.util.EnumSet;
import java.util.Set;

/**
 * Which kinds of public transport route call at stops within 150 m of both ends of a ride.
 *
 * <p>e-mission asks Overpass over the network, which tells a third party where the person was. An offline answer is
 * given here; one from local map data can be plugged in.
 */
@FunctionalInterface
public interface TransitLookup {
    /** Knows no stops at all. */
    TransitLookup NONE = (start, end) -> EnumSet.noneOf(PredictedMode.class);

    /** The kinds of route that serve both ends: a subset of BUS, TRAIN, SUBWAY, TRAM and LIGHT_RAIL. */
    Set<PredictedMode> commonRoutes(Fix start, Fix end);
}
