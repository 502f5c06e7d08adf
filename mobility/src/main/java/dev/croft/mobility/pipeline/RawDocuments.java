package dev.croft.mobility.pipeline;

import static dev.croft.mobility.pipeline.DocumentFields.number;

import java.util.List;
import org.bson.BsonDocument;
import org.bson.BsonInt32;

/** Documents of the raw timeline. */
final class RawDocuments {
    private final RawTimeline raw;
    private final DocumentIds ids;
    private final DerivedDocuments to;

    RawDocuments(RawTimeline raw, DocumentIds ids, DerivedDocuments to) {
        this.raw = raw;
        this.ids = ids;
        this.to = to;
    }

    void write() {
        for (int i = 0; i < raw.places().size(); i++) {
            place(i);
        }
        for (int i = 0; i < raw.movements().size(); i++) {
            movement(i);
        }
    }

    private void place(int index) {
        RawPlace place = raw.places().get(index);
        BsonDocument data = DocumentFields.source(place.source().source());
        DocumentFields.place(data, place.location(), place.enterTs(), place.exitTs(), place.exitZone());
        DocumentFields.neighbours(
                data,
                index > 0 ? ids.rawMovement(index - 1) : ids.tripBefore(DerivedDocuments.RAW_TRIP),
                index < raw.movements().size() ? ids.rawMovement(index) : null);
        to.emit(
                DerivedDocuments.RAW_PLACE,
                ids.rawPlace(DerivedDocuments.RAW_PLACE, index),
                ids.enter(index),
                place.location().zone(),
                data);
    }

    private void movement(int index) {
        RawMovement movement = raw.movements().get(index);
        BsonDocument data = DocumentFields.source(movement.source().source());
        DocumentFields.ends(data, movement.start(), movement.end());
        data.append("duration", number(movement.duration()))
                .append("distance", number(movement.distance()))
                .append("start_place", ids.rawPlace(DerivedDocuments.RAW_PLACE, movement.startPlace()))
                .append("end_place", ids.rawPlace(DerivedDocuments.RAW_PLACE, movement.endPlace()));
        emit(ids.rawKey(index), index, 0, data);
        if (movement instanceof RawTrip trip) {
            sections(trip, index);
        }
    }

    private void sections(RawTrip trip, int index) {
        List<RawSection> sections = trip.sections();
        for (int i = 0; i < sections.size(); i++) {
            RawSection section = sections.get(i);
            BsonDocument data =
                    DocumentFields.source(DerivedDocuments.SECTION_SOURCE).append("trip_id", ids.rawMovement(index));
            DocumentFields.ends(data, section.start(), section.end());
            data.append("duration", number(section.end().ts() - section.start().ts()))
                    .append("sensed_mode", new BsonInt32(section.mode().code()));
            if (i > 0) {
                data.append("start_stop", ids.part(DerivedDocuments.RAW_STOP, index, i - 1));
            }
            if (i + 1 < sections.size()) {
                data.append("end_stop", ids.part(DerivedDocuments.RAW_STOP, index, i));
            }
            emit(DerivedDocuments.RAW_SECTION, index, i, data);
        }
        for (int i = 0; i + 1 < sections.size(); i++) {
            Fix enter = sections.get(i).end();
            Fix exit = sections.get(i + 1).start();
            CleanedStop stop = new CleanedStop(enter, exit, enter.distanceTo(exit), exit.ts() - enter.ts());
            emit(
                    DerivedDocuments.RAW_STOP,
                    index,
                    i,
                    DocumentFields.stop(stop)
                            .append("trip_id", ids.rawMovement(index))
                            .append("ending_section", ids.part(DerivedDocuments.RAW_SECTION, index, i))
                            .append("starting_section", ids.part(DerivedDocuments.RAW_SECTION, index, i + 1)));
        }
    }

    private void emit(String key, int movement, int part, BsonDocument data) {
        Fix start = raw.movements().get(movement).start();
        to.emit(key, ids.part(key, movement, part), start.ts(), start.zone(), data);
    }
}
