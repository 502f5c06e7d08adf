package dev.croft.mobility.pipeline;

import org.bson.BsonDocument;
import org.bson.BsonDouble;
import org.bson.BsonInt64;
import org.bson.BsonString;

/**
 * A place in a person's timeline up to which a run's results are final, with all that is needed to go on from there.
 *
 * @param place the raw place at which to go on; its exit is not known yet
 * @param filter filter of the points before
 * @param since since when points have had that filter; negative infinity if all had
 * @param latestTs the latest instant sensed before the next trip
 * @param nextWriteTs write time of the next trip's first point
 * @param nextId id of the next trip's first point
 * @param drawn random numbers drawn so far
 * @param readFrom records written before are not needed any more
 * @param seenUntil records written up to here had been seen when the results became final
 * @param sensed how many of them there were
 * @param horizon motions and transitions up to this instant may have had a part in the results
 * @param inputsUntil user inputs that start before may have had a part in the results
 * @param inputs how many of them there were
 */
record Checkpoint(
        RawPlace place,
        TrackFilter filter,
        double since,
        double latestTs,
        double nextWriteTs,
        String nextId,
        long drawn,
        double readFrom,
        double seenUntil,
        long sensed,
        double horizon,
        double inputsUntil,
        long inputs) {

    /** Whether what it rests on is still all there, with nothing added. */
    boolean holds(PipelineSource source) {
        return source.sensedUpTo(seenUntil) == sensed && source.inputsBefore(inputsUntil) == inputs;
    }

    /** Whether none of the records read since reaches back behind it. */
    boolean holds(PipelineInput fresh, PipelineOptions options) {
        double changed = Double.POSITIVE_INFINITY;
        for (LocationPoint point : options.accuracyFilter() ? fresh.locations() : fresh.filteredLocations()) {
            if (point.writeTs() > seenUntil && point.filter() != null && point.filter() != filter) {
                changed = Math.min(changed, point.ts());
            }
        }
        if (changed < seenUntil) {
            // Events written after the change do not count for trips before it, but may have been counted.
            return false;
        }
        if (options.accuracyFilter()) {
            // A filtered location replaces the one derived for its instant.
            for (LocationPoint point : fresh.filteredLocations()) {
                if (point.writeTs() > seenUntil && point.ts() <= horizon) {
                    return false;
                }
            }
        }
        for (MotionActivity motion : fresh.motions()) {
            if (motion.writeTs() > seenUntil && motion.ts() <= horizon) {
                return false;
            }
        }
        for (Transition transition : fresh.transitions()) {
            if (transition.writeTs() > seenUntil && transition.ts() <= horizon) {
                return false;
            }
        }
        return true;
    }

    /** Whether the point belongs to what comes after. */
    boolean isBefore(LocationPoint point) {
        return point.writeTs() > nextWriteTs
                || (point.writeTs() == nextWriteTs && point.id().compareTo(nextId) >= 0);
    }

    BsonDocument toBson() {
        Fix at = place.location();
        return new BsonDocument("enter_ts", new BsonDouble(place.enterTs()))
                .append("lon", new BsonDouble(at.longitude()))
                .append("lat", new BsonDouble(at.latitude()))
                .append("altitude", new BsonDouble(at.altitude()))
                .append("zone", new BsonString(at.zone()))
                .append("source", new BsonString(place.source().label()))
                .append("filter", new BsonString(filter.label()))
                .append("since", new BsonDouble(since))
                .append("latest_ts", new BsonDouble(latestTs))
                .append("next_write_ts", new BsonDouble(nextWriteTs))
                .append("next_id", new BsonString(nextId))
                .append("drawn", new BsonInt64(drawn))
                .append("read_from", new BsonDouble(readFrom))
                .append("seen_until", new BsonDouble(seenUntil))
                .append("sensed", new BsonInt64(sensed))
                .append("horizon", new BsonDouble(horizon))
                .append("inputs_until", new BsonDouble(inputsUntil))
                .append("inputs", new BsonInt64(inputs));
    }

    static Checkpoint of(BsonDocument document) {
        double enter = document.getNumber("enter_ts").doubleValue();
        TrackFilter source = TrackFilter.ofLabel(document.getString("source").getValue());
        TrackFilter filter = TrackFilter.ofLabel(document.getString("filter").getValue());
        if (source == null || filter == null) {
            throw new IllegalArgumentException("unknown filter in the pipeline's state");
        }
        Fix at = new Fix(
                enter,
                document.getNumber("lon").doubleValue(),
                document.getNumber("lat").doubleValue(),
                document.getNumber("altitude").doubleValue(),
                document.getString("zone").getValue());
        return new Checkpoint(
                new RawPlace(at, source, enter, Double.NaN, null),
                filter,
                document.getNumber("since").doubleValue(),
                document.getNumber("latest_ts").doubleValue(),
                document.getNumber("next_write_ts").doubleValue(),
                document.getString("next_id").getValue(),
                document.getNumber("drawn").longValue(),
                document.getNumber("read_from").doubleValue(),
                document.getNumber("seen_until").doubleValue(),
                document.getNumber("sensed").longValue(),
                document.getNumber("horizon").doubleValue(),
                document.getNumber("inputs_until").doubleValue(),
                document.getNumber("inputs").longValue());
    }
}
