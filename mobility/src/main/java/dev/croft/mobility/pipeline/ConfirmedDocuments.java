package dev.croft.mobility.pipeline;

import static dev.croft.mobility.pipeline.DocumentFields.number;

import java.util.Map;
import java.util.TreeMap;
import org.bson.BsonArray;
import org.bson.BsonDocument;
import org.bson.BsonInt32;
import org.bson.BsonString;
import org.bson.BsonValue;

/** Documents of confirmed places and trips, and composite trips: a trip with all that is needed to show it. */
final class ConfirmedDocuments {
    /** A composite trip's path is thinned to at most so many points. */
    private static final int COMPOSITE_LOCATIONS = 100;

    private final PipelineResult result;
    private final DocumentIds ids;
    private final CleanedDocuments cleaned;

    ConfirmedDocuments(PipelineResult result, DocumentIds ids, CleanedDocuments cleaned) {
        this.result = result;
        this.ids = ids;
        this.cleaned = cleaned;
    }

    void write() {
        for (int i = 0; i < result.confirmedPlaces().size(); i++) {
            cleaned.emitPlace(DerivedDocuments.CONFIRMED_PLACE, i, place(i));
        }
        for (ConfirmedTrip trip : result.confirmedTrips()) {
            int raw = trip.movement().raw();
            BsonDocument data = trip(trip);
            cleaned.emit(key(trip.movement()), raw, 0, data);
            cleaned.emit(DerivedDocuments.COMPOSITE_TRIP, raw, 0, composite(data, trip.movement()));
        }
    }

    private static String key(CleanedMovement movement) {
        return movement instanceof CleanedTrip ? DerivedDocuments.CONFIRMED_TRIP : DerivedDocuments.CONFIRMED_UNTRACKED;
    }

    private BsonDocument place(int index) {
        BsonDocument data = cleaned.place(index, DerivedDocuments.CONFIRMED_TRIP, DerivedDocuments.CONFIRMED_UNTRACKED)
                .append("cleaned_place", ids.cleanedPlace(DerivedDocuments.CLEANED_PLACE, index));
        said(data, result.confirmedPlaces().get(index).inputs());
        return data;
    }

    private BsonDocument trip(ConfirmedTrip trip) {
        CleanedMovement movement = trip.movement();
        BsonDocument data = cleaned.movement(movement, DerivedDocuments.CONFIRMED_PLACE)
                .append(
                        movement instanceof CleanedTrip ? "cleaned_trip" : "cleaned_untracked",
                        ids.movement(CleanedDocuments.key(movement), movement.raw()));
        said(data, trip.inputs());
        return data.append("cleaned_section_summary", summary(trip.sensedSummary()))
                .append("inferred_section_summary", summary(trip.inferredSummary()));
    }

    private BsonDocument composite(BsonDocument confirmed, CleanedMovement movement) {
        String key = key(movement);
        BsonArray sections = new BsonArray();
        BsonArray locations = new BsonArray();
        if (movement instanceof CleanedTrip trip) {
            int points = 0;
            for (int i = 0; i < trip.sections().size(); i++) {
                sections.add(new BsonDocument("_id", ids.part(DerivedDocuments.CLEANED_SECTION, trip.raw(), i))
                        .append("data", cleaned.section(trip, i)));
                points += trip.sections().get(i).trajectory().size();
            }
            int every = points / COMPOSITE_LOCATIONS + 1;
            int number = 0;
            for (CleanedSection section : trip.sections()) {
                for (int i = 0; i < section.trajectory().size(); i++) {
                    if (number++ % every == 0) {
                        locations.add(new BsonDocument("data", CleanedDocuments.location(section.trajectory(), i)));
                    }
                }
            }
        }
        return confirmed
                .clone()
                .append("confirmed_trip", ids.movement(key, movement.raw()))
                .append("origin_key", new BsonString(key))
                .append("start_confirmed_place", placeEntry(movement.startPlace()))
                .append("end_confirmed_place", placeEntry(movement.endPlace()))
                .append("sections", sections)
                .append("locations", locations);
    }

    private BsonDocument placeEntry(int index) {
        return new BsonDocument("_id", ids.cleanedPlace(DerivedDocuments.CONFIRMED_PLACE, index))
                .append("data", place(index));
    }

    private static void said(BsonDocument data, MatchedInputs inputs) {
        BsonDocument byField = new BsonDocument();
        for (Map.Entry<String, UserInput> said : new TreeMap<>(inputs.byField()).entrySet()) {
            BsonDocument entry = said.getValue().entry();
            BsonDocument input = RecordReader.document(entry, "data");
            BsonValue label = input == null ? null : input.get("label");
            byField.append(said.getKey(), label == null ? entry : label);
        }
        BsonArray additions = new BsonArray();
        inputs.additions().forEach(addition -> additions.add(addition.entry()));
        data.append("user_input", byField).append("additions", additions);
    }

    private static BsonDocument summary(ModeSummary summary) {
        BsonDocument distance = new BsonDocument();
        summary.distance().forEach((mode, metres) -> distance.append(mode, number(metres)));
        BsonDocument duration = new BsonDocument();
        summary.duration().forEach((mode, seconds) -> duration.append(mode, number(seconds)));
        BsonDocument count = new BsonDocument();
        summary.count().forEach((mode, sections) -> count.append(mode, new BsonInt32(sections)));
        return new BsonDocument("distance", distance)
                .append("duration", duration)
                .append("count", count);
    }
}
