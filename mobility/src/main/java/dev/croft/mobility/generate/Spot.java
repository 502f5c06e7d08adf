package dev.croft.mobility.generate;

/**
 * A place in a flat town.
 *
 * @param east metres from the middle
 * @param north metres from the middle
 */
record Spot(double east, double north) {
    double distance(Spot other) {
        return Math.hypot(other.east - east, other.north - north);
    }

    Spot towards(Spot other, double metres) {
        double distance = distance(other);
        double share = distance == 0 ? 0 : metres / distance;
        return new Spot(east + (other.east - east) * share, north + (other.north - north) * share);
    }
}
