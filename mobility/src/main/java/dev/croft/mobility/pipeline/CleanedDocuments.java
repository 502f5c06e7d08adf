package dev.croft.mobility.pipeline;

import static dev.croft.mobility.pipeline.DocumentFields.number;
import static dev.croft.mobility.pipeline.DocumentFields.numbers;

import java.util.List;
import org.bson.BsonArray;
import org.bson.BsonDocument;
import org.bson.BsonInt32;
import org.bson.BsonObjectId;

/** Documents of the cleaned timeline, and the fields of them that confirmed documents copy. */
final class CleanedDocuments {
    private final RawTimeline raw;
    private final Timeline timeline;
    private final DocumentIds ids;
    private final DerivedDocuments to;

    CleanedDocuments(PipelineResult result, DocumentIds ids, DerivedDocuments to) {
        this.raw = result.raw();
        this.timeline = result.timeline();
        this.ids = ids;
        this.to = to;
    }

    void write() {
        for (int i = 0; i < timeline.places().size(); i++) {
            emitPlace(
                    DerivedDocuments.CLEANED_PLACE,
                    i,
                    place(i, DerivedDocuments.CLEANED_TRIP, DerivedDocuments.CLEANED_UNTRACKED));
        }
        for (CleanedMovement movement : timeline.movements()) {
            emit(key(movement), movement.raw(), 0, movement(movement, DerivedDocuments.CLEANED_PLACE));
            if (movement instanceof CleanedTrip trip) {
                sections(trip);
                stops(trip);
            }
        }
    }

    static String key(CleanedMovement movement) {
        return movement instanceof CleanedTrip ? DerivedDocuments.CLEANED_TRIP : DerivedDocuments.CLEANED_UNTRACKED;
    }

    /** The data of a place whose neighbours are documents of these keys. */
    BsonDocument place(int index, String tripKey, String untrackedKey) {
        CleanedPlace place = timeline.places().get(index);
        BsonDocument data = DocumentFields.source(
                raw.places().get(ids.firstRaw(index)).source().source());
        DocumentFields.place(data, place.location(), place.enterTs(), place.exitTs(), place.exitZone());
        List<CleanedMovement> movements = timeline.movements();
        DocumentFields.neighbours(
                data,
                index > 0 ? neighbour(movements.get(index - 1), tripKey, untrackedKey) : ids.tripBefore(tripKey),
                index < movements.size() ? neighbour(movements.get(index), tripKey, untrackedKey) : null);
        BsonArray rawPlaces = new BsonArray();
        place.rawPlaces().forEach(i -> rawPlaces.add(ids.rawPlace(DerivedDocuments.RAW_PLACE, i)));
        return data.append("raw_places", rawPlaces);
    }

    private BsonObjectId neighbour(CleanedMovement movement, String tripKey, String untrackedKey) {
        return ids.movement(movement instanceof CleanedTrip ? tripKey : untrackedKey, movement.raw());
    }

    /** The data of a movement between places that are documents of that key. */
    BsonDocument movement(CleanedMovement movement, String placeKey) {
        RawMovement made = raw.movements().get(movement.raw());
        BsonDocument data = DocumentFields.source(made.source().source());
        DocumentFields.ends(data, movement.start(), movement.end());
        return data.append("duration", number(movement.duration()))
                .append("distance", number(movement.distance()))
                .append("start_place", ids.cleanedPlace(placeKey, movement.startPlace()))
                .append("end_place", ids.cleanedPlace(placeKey, movement.endPlace()))
                .append("raw_trip", ids.rawMovement(movement.raw()));
    }

    /** The data of a section. */
    BsonDocument section(CleanedTrip trip, int index) {
        CleanedSection section = trip.sections().get(index);
        BsonDocument data = DocumentFields.source(DerivedDocuments.SECTION_SOURCE)
                .append("trip_id", ids.movement(DerivedDocuments.CLEANED_TRIP, trip.raw()));
        DocumentFields.ends(data, section.start(), section.end());
        data.append("duration", number(section.duration()))
                .append("distance", number(section.distance()))
                .append("sensed_mode", new BsonInt32(section.sensedMode().code()))
                .append("speeds", numbers(section.speeds()))
                .append("distances", numbers(section.distances()));
        if (index > 0) {
            data.append("start_stop", ids.part(DerivedDocuments.CLEANED_STOP, trip.raw(), index - 1));
        }
        if (index + 1 < trip.sections().size()) {
            data.append("end_stop", ids.part(DerivedDocuments.CLEANED_STOP, trip.raw(), index));
        }
        return data;
    }

    /** The data of a point of a resampled path. */
    static BsonDocument location(Trajectory path, int i) {
        BsonDocument data = new BsonDocument("latitude", number(path.latitude()[i]))
                .append("longitude", number(path.longitude()[i]))
                .append("loc", DocumentFields.point(path.longitude()[i], path.latitude()[i]))
                .append("altitude", number(path.altitude()[i]))
                .append("distance", number(path.distance()[i]))
                .append("speed", number(path.speed()[i]))
                .append("idx", new BsonInt32(i));
        DocumentFields.moment(data, "", path.ts()[i], path.zone()[i]);
        return data;
    }

    private void sections(CleanedTrip trip) {
        for (int i = 0; i < trip.sections().size(); i++) {
            CleanedSection section = trip.sections().get(i);
            BsonDocument data = section(trip, i);
            emit(DerivedDocuments.CLEANED_SECTION, trip.raw(), i, data);
            emit(
                    DerivedDocuments.INFERRED_SECTION,
                    trip.raw(),
                    i,
                    data.clone()
                            .append(
                                    "sensed_mode",
                                    new BsonInt32(section.inferredMode().code()))
                            .append("cleaned_section", ids.part(DerivedDocuments.CLEANED_SECTION, trip.raw(), i)));
            locations(trip, i);
        }
    }

    private void locations(CleanedTrip trip, int index) {
        CleanedSection section = trip.sections().get(index);
        Fix start = raw.movements().get(trip.raw()).start();
        for (int i = 0; i < section.trajectory().size(); i++) {
            to.emit(
                    DerivedDocuments.RECREATED_LOCATION,
                    ids.point(DerivedDocuments.RECREATED_LOCATION, trip.raw(), index, i),
                    start.ts(),
                    start.zone(),
                    location(section.trajectory(), i)
                            .append("mode", new BsonInt32(section.sensedMode().code()))
                            .append("section", ids.part(DerivedDocuments.CLEANED_SECTION, trip.raw(), index)));
        }
    }

    private void stops(CleanedTrip trip) {
        for (int i = 0; i < trip.stops().size(); i++) {
            emit(
                    DerivedDocuments.CLEANED_STOP,
                    trip.raw(),
                    i,
                    DocumentFields.stop(trip.stops().get(i))
                            .append("trip_id", ids.movement(DerivedDocuments.CLEANED_TRIP, trip.raw()))
                            .append("ending_section", ids.part(DerivedDocuments.CLEANED_SECTION, trip.raw(), i))
                            .append("starting_section", ids.part(DerivedDocuments.CLEANED_SECTION, trip.raw(), i + 1)));
        }
    }

    void emitPlace(String key, int place, BsonDocument data) {
        to.emit(
                key,
                ids.cleanedPlace(key, place),
                ids.enter(ids.firstRaw(place)),
                timeline.places().get(place).location().zone(),
                data);
    }

    void emit(String key, int rawMovement, int part, BsonDocument data) {
        Fix start = raw.movements().get(rawMovement).start();
        to.emit(key, ids.part(key, rawMovement, part), start.ts(), start.zone(), data);
    }
}
