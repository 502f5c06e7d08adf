package dev.croft.mobility.pipeline;

import dev.croft.mobility.entry.LocalMoment;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.bson.BsonArray;
import org.bson.BsonDocument;
import org.bson.BsonDouble;
import org.bson.BsonInt32;
import org.bson.BsonObjectId;
import org.bson.BsonString;
import org.bson.BsonValue;
import org.bson.types.ObjectId;
import org.jspecify.annotations.Nullable;

/**
 * What a run derived, as documents in e-mission's long-term format, to be kept beside the entries they came from.
 *
 * <p>Ids are deterministic: a movement is known by when it ends, a place by when it is entered, so that deriving again
 * replaces. {@code metadata.write_ts} is when the raw movement started or the place was entered, which is what {@link
 * IncrementalPipeline.Increment#replacesAfter} compares with.
 */
public final class DerivedDocuments {
    /** Every key that is derived. */
    public static final List<String> KEYS = List.of(
            "segmentation/raw_trip",
            "segmentation/raw_place",
            "segmentation/raw_untracked",
            "segmentation/raw_section",
            "segmentation/raw_stop",
            "analysis/cleaned_trip",
            "analysis/cleaned_place",
            "analysis/cleaned_untracked",
            "analysis/cleaned_section",
            "analysis/cleaned_stop",
            "analysis/recreated_location",
            "analysis/inferred_section",
            "analysis/confirmed_trip",
            "analysis/confirmed_untracked",
            "analysis/confirmed_place",
            "analysis/composite_trip");

    private static final String SECTION_SOURCE = "SmoothedHighConfidenceMotion";
    private static final int COMPOSITE_LOCATIONS = 100;

    private final PipelineResult result;
    private final RawTimeline raw;
    private final Timeline timeline;
    private final @Nullable BsonValue userId;
    private final Consumer<BsonDocument> to;

    private DerivedDocuments(PipelineResult result, @Nullable BsonValue userId, Consumer<BsonDocument> to) {
        this.result = result;
        this.raw = result.raw();
        this.timeline = result.timeline();
        this.userId = userId;
        this.to = to;
    }

    /**
     * Hands over every document of a result, one after the other.
     *
     * @param userId copied into each as {@code user_id}; left out if null
     */
    public static void write(PipelineResult result, @Nullable BsonValue userId, Consumer<BsonDocument> to) {
        DerivedDocuments documents = new DerivedDocuments(result, userId, to);
        documents.raw();
        documents.cleaned();
        documents.confirmed();
    }

    /** Every document of a result. */
    public static List<BsonDocument> of(PipelineResult result, @Nullable BsonValue userId) {
        List<BsonDocument> documents = new ArrayList<>();
        write(result, userId, documents::add);
        return documents;
    }

    private void raw() {
        for (int i = 0; i < raw.places().size(); i++) {
            RawPlace place = raw.places().get(i);
            BsonDocument data = source(raw.source().source());
            place(data, place.location(), place.enterTs(), place.exitTs(), place.exitZone());
            links(
                    data,
                    i > 0 ? rawMovementId(i - 1) : endingTripOfFirst("segmentation/raw_trip"),
                    i < raw.movements().size() ? rawMovementId(i) : null);
            emit(
                    "segmentation/raw_place",
                    placeId("segmentation/raw_place", i),
                    placeTs(i),
                    place.location().zone(),
                    data);
        }
        for (int i = 0; i < raw.movements().size(); i++) {
            RawMovement movement = raw.movements().get(i);
            BsonDocument data = source(raw.source().source());
            ends(data, movement.start(), movement.end());
            data.append("duration", number(movement.duration())).append("distance", number(movement.distance()));
            data.append("start_place", placeId("segmentation/raw_place", movement.startPlace()))
                    .append("end_place", placeId("segmentation/raw_place", movement.endPlace()));
            emit(
                    rawKey(i),
                    rawMovementId(i),
                    movement.start().ts(),
                    movement.start().zone(),
                    data);
            if (movement instanceof RawTrip trip) {
                rawSections(trip, i);
            }
        }
    }

    private void rawSections(RawTrip trip, int index) {
        List<RawSection> sections = trip.sections();
        for (int i = 0; i < sections.size(); i++) {
            RawSection section = sections.get(i);
            BsonDocument data = source(SECTION_SOURCE).append("trip_id", rawMovementId(index));
            ends(data, section.start(), section.end());
            data.append("duration", number(section.end().ts() - section.start().ts()))
                    .append("sensed_mode", new BsonInt32(section.mode().code()));
            stopLinks(data, "segmentation/raw_stop", index, i, sections.size());
            emit("segmentation/raw_section", partId("segmentation/raw_section", index, i), trip.start(), data);
            if (i > 0) {
                RawSection before = sections.get(i - 1);
                stop(
                        new CleanedStop(
                                before.end(),
                                section.start(),
                                before.end().distanceTo(section.start()),
                                section.start().ts() - before.end().ts()),
                        "segmentation/raw_stop",
                        "segmentation/raw_section",
                        rawMovementId(index),
                        index,
                        i - 1);
            }
        }
    }

    private void cleaned() {
        for (int i = 0; i < timeline.places().size(); i++) {
            emit("analysis/cleaned_place", i, placeData(i, "analysis/cleaned_place"));
        }
        for (CleanedMovement movement : timeline.movements()) {
            emitMovement(cleanedKey(movement), movement, movementData(movement, "analysis/cleaned_place"));
            if (movement instanceof CleanedTrip trip) {
                sections(trip);
            }
        }
    }

    private void sections(CleanedTrip trip) {
        Fix start = raw.movements().get(trip.raw()).start();
        BsonObjectId tripId = movementId("analysis/cleaned_trip", trip.raw());
        for (int i = 0; i < trip.sections().size(); i++) {
            CleanedSection section = trip.sections().get(i);
            BsonObjectId id = partId("analysis/cleaned_section", trip.raw(), i);
            BsonDocument cleaned = sectionData(trip, i).append("trip_id", tripId);
            emit("analysis/cleaned_section", id, start, cleaned);
            emit(
                    "analysis/inferred_section",
                    partId("analysis/inferred_section", trip.raw(), i),
                    start,
                    cleaned.clone()
                            .append(
                                    "sensed_mode",
                                    new BsonInt32(section.inferredMode().code()))
                            .append("cleaned_section", id));
            locations(section, id, trip.raw(), i, start);
        }
        for (int i = 0; i < trip.stops().size(); i++) {
            stop(trip.stops().get(i), "analysis/cleaned_stop", "analysis/cleaned_section", tripId, trip.raw(), i);
        }
    }

    private BsonDocument sectionData(CleanedTrip trip, int index) {
        CleanedSection section = trip.sections().get(index);
        BsonDocument data = source(SECTION_SOURCE);
        ends(data, section.start(), section.end());
        data.append("duration", number(section.duration()))
                .append("distance", number(section.distance()))
                .append("sensed_mode", new BsonInt32(section.sensedMode().code()))
                .append("speeds", numbers(section.speeds()))
                .append("distances", numbers(section.distances()));
        stopLinks(
                data,
                "analysis/cleaned_stop",
                trip.raw(),
                index,
                trip.sections().size());
        return data;
    }

    private void locations(CleanedSection section, BsonObjectId sectionId, int movement, int part, Fix start) {
        Trajectory path = section.trajectory();
        for (int i = 0; i < path.size(); i++) {
            BsonDocument data = location(path, i)
                    .append("idx", new BsonInt32(i))
                    .append("mode", new BsonInt32(section.sensedMode().code()))
                    .append("section", sectionId);
            emit(
                    "analysis/recreated_location",
                    id(
                            "analysis/recreated_location",
                            raw.movements().get(movement).end().ts(),
                            part,
                            i),
                    start,
                    data);
        }
    }

    private static BsonDocument location(Trajectory path, int i) {
        BsonDocument data = new BsonDocument("latitude", number(path.latitude()[i]))
                .append("longitude", number(path.longitude()[i]))
                .append("loc", point(path.longitude()[i], path.latitude()[i]))
                .append("altitude", number(path.altitude()[i]))
                .append("distance", number(path.distance()[i]))
                .append("speed", number(path.speed()[i]));
        moment(data, "", path.ts()[i], path.zone()[i]);
        return data;
    }

    private void confirmed() {
        for (int i = 0; i < timeline.places().size(); i++) {
            emit("analysis/confirmed_place", i, confirmedPlace(i));
        }
        for (ConfirmedTrip confirmed : result.confirmedTrips()) {
            CleanedMovement movement = confirmed.movement();
            String key = movement instanceof CleanedTrip ? "analysis/confirmed_trip" : "analysis/confirmed_untracked";
            BsonDocument data = movementData(movement, "analysis/confirmed_place");
            data.append(
                    movement instanceof CleanedTrip ? "cleaned_trip" : "cleaned_untracked",
                    movementId(cleanedKey(movement), movement.raw()));
            said(data, confirmed.inputs());
            data.append("cleaned_section_summary", summary(confirmed.sensedSummary()))
                    .append("inferred_section_summary", summary(confirmed.inferredSummary()));
            emitMovement(key, movement, data);
            emitMovement("analysis/composite_trip", movement, composite(data, movement, key));
        }
    }

    private BsonDocument composite(BsonDocument confirmed, CleanedMovement movement, String key) {
        BsonDocument data = confirmed
                .clone()
                .append("confirmed_trip", movementId(key, movement.raw()))
                .append("origin_key", new BsonString(key))
                .append("start_confirmed_place", confirmedPlaceEntry(movement.startPlace()))
                .append("end_confirmed_place", confirmedPlaceEntry(movement.endPlace()));
        BsonArray sections = new BsonArray();
        BsonArray locations = new BsonArray();
        if (movement instanceof CleanedTrip trip) {
            int points = 0;
            for (int i = 0; i < trip.sections().size(); i++) {
                sections.add(new BsonDocument("_id", partId("analysis/cleaned_section", trip.raw(), i))
                        .append(
                                "data",
                                sectionData(trip, i)
                                        .append("trip_id", movementId("analysis/cleaned_trip", trip.raw()))));
                points += trip.sections().get(i).trajectory().size();
            }
            int every = points / COMPOSITE_LOCATIONS + 1;
            int number = 0;
            for (CleanedSection section : trip.sections()) {
                for (int i = 0; i < section.trajectory().size(); i++) {
                    if (number++ % every == 0) {
                        locations.add(new BsonDocument("data", location(section.trajectory(), i)));
                    }
                }
            }
        }
        return data.append("sections", sections).append("locations", locations);
    }

    private BsonDocument confirmedPlaceEntry(int index) {
        return new BsonDocument("_id", cleanedPlaceId("analysis/confirmed_place", index))
                .append("data", confirmedPlace(index));
    }

    private BsonDocument confirmedPlace(int index) {
        BsonDocument data = placeData(index, "analysis/confirmed_place")
                .append("cleaned_place", cleanedPlaceId("analysis/cleaned_place", index));
        said(data, result.confirmedPlaces().get(index).inputs());
        return data;
    }

    private static void said(BsonDocument data, MatchedInputs inputs) {
        BsonDocument byField = new BsonDocument();
        for (Map.Entry<String, UserInput> input : new TreeMap<>(inputs.byField()).entrySet()) {
            UserInput value = input.getValue();
            BsonDocument said = RecordReader.document(value.entry(), "data");
            BsonValue label = said == null ? null : said.get("label");
            byField.append(input.getKey(), label == null ? value.entry() : label);
        }
        data.append("user_input", byField);
        BsonArray additions = new BsonArray();
        inputs.additions().forEach(addition -> additions.add(addition.entry()));
        data.append("additions", additions);
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

    private BsonDocument placeData(int index, String key) {
        CleanedPlace place = timeline.places().get(index);
        BsonDocument data = source(raw.source().source());
        place(data, place.location(), place.enterTs(), place.exitTs(), place.exitZone());
        List<CleanedMovement> movements = timeline.movements();
        boolean confirmed = key.equals("analysis/confirmed_place");
        links(
                data,
                index > 0
                        ? linkedId(movements.get(index - 1), confirmed)
                        : endingTripOfFirst(confirmed ? "analysis/confirmed_trip" : "analysis/cleaned_trip"),
                index < movements.size() ? linkedId(movements.get(index), confirmed) : null);
        BsonArray rawPlaces = new BsonArray();
        place.rawPlaces().forEach(i -> rawPlaces.add(placeId("segmentation/raw_place", i)));
        return data.append("raw_places", rawPlaces);
    }

    private BsonObjectId linkedId(CleanedMovement movement, boolean confirmed) {
        String key = cleanedKey(movement);
        return movementId(confirmed ? key.replace("cleaned", "confirmed") : key, movement.raw());
    }

    /** A resumed run's first place was reached by a trip that it does not have, but whose id it knows. */
    private @Nullable BsonObjectId endingTripOfFirst(String key) {
        RawPlace first = raw.places().getFirst();
        return first.hasEnter() ? id(key, first.enterTs(), 0, 0) : null;
    }

    private BsonDocument movementData(CleanedMovement movement, String placeKey) {
        BsonDocument data = source(raw.source().source());
        ends(data, movement.start(), movement.end());
        return data.append("duration", number(movement.duration()))
                .append("distance", number(movement.distance()))
                .append("start_place", cleanedPlaceId(placeKey, movement.startPlace()))
                .append("end_place", cleanedPlaceId(placeKey, movement.endPlace()))
                .append("raw_trip", rawMovementId(movement.raw()));
    }

    private void stop(CleanedStop stop, String key, String sectionKey, BsonObjectId tripId, int movement, int index) {
        BsonDocument data = source(SECTION_SOURCE).append("trip_id", tripId);
        moment(data, "enter_", stop.enter().ts(), stop.enter().zone());
        moment(data, "exit_", stop.exit().ts(), stop.exit().zone());
        data.append("enter_loc", point(stop.enter().longitude(), stop.enter().latitude()))
                .append("exit_loc", point(stop.exit().longitude(), stop.exit().latitude()))
                .append("duration", number(stop.duration()))
                .append("distance", number(stop.distance()))
                .append("ending_section", partId(sectionKey, movement, index))
                .append("starting_section", partId(sectionKey, movement, index + 1));
        emit(key, partId(key, movement, index), raw.movements().get(movement).start(), data);
    }

    private void stopLinks(BsonDocument data, String stopKey, int movement, int index, int sections) {
        if (index > 0) {
            data.append("start_stop", partId(stopKey, movement, index - 1));
        }
        if (index + 1 < sections) {
            data.append("end_stop", partId(stopKey, movement, index));
        }
    }

    private static BsonDocument source(String name) {
        return new BsonDocument("source", new BsonString(name));
    }

    private static void ends(BsonDocument data, Fix start, Fix end) {
        moment(data, "start_", start.ts(), start.zone());
        data.append("start_loc", point(start.longitude(), start.latitude()));
        moment(data, "end_", end.ts(), end.zone());
        data.append("end_loc", point(end.longitude(), end.latitude()));
    }

    private static void place(BsonDocument data, Fix location, double enter, double exit, @Nullable String exitZone) {
        data.append("location", point(location.longitude(), location.latitude()));
        if (!Double.isNaN(enter)) {
            moment(data, "enter_", enter, location.zone());
        }
        if (!Double.isNaN(exit)) {
            moment(data, "exit_", exit, exitZone == null ? location.zone() : exitZone);
        }
        if (!Double.isNaN(exit - enter)) {
            data.append("duration", number(exit - enter));
        }
    }

    private static void links(BsonDocument data, @Nullable BsonObjectId ending, @Nullable BsonObjectId starting) {
        if (ending != null) {
            data.append("ending_trip", ending);
        }
        if (starting != null) {
            data.append("starting_trip", starting);
        }
    }

    private static void moment(BsonDocument data, String prefix, double ts, String zone) {
        LocalMoment local = LocalMoment.of(Math.max(0, ts), zone);
        data.append(prefix + "ts", number(ts))
                .append(prefix + "local_dt", local.components())
                .append(prefix + "fmt_time", new BsonString(local.formatted()));
    }

    private static BsonDocument point(double longitude, double latitude) {
        return new BsonDocument("type", new BsonString("Point"))
                .append("coordinates", new BsonArray(List.of(number(longitude), number(latitude))));
    }

    private static BsonDouble number(double value) {
        return new BsonDouble(value);
    }

    private static BsonArray numbers(double[] values) {
        BsonArray array = new BsonArray(values.length);
        for (double value : values) {
            array.add(number(value));
        }
        return array;
    }

    private void emit(String key, int place, BsonDocument data) {
        CleanedPlace cleaned = timeline.places().get(place);
        emit(
                key,
                cleanedPlaceId(key, place),
                placeTs(cleaned.rawPlaces().getFirst()),
                cleaned.location().zone(),
                data);
    }

    private void emitMovement(String key, CleanedMovement movement, BsonDocument data) {
        Fix start = raw.movements().get(movement.raw()).start();
        emit(key, movementId(key, movement.raw()), start, data);
    }

    private void emit(String key, BsonObjectId id, Fix written, BsonDocument data) {
        emit(key, id, written.ts(), written.zone(), data);
    }

    private void emit(String key, BsonObjectId id, double writeTs, String zone, BsonDocument data) {
        BsonDocument metadata = new BsonDocument("key", new BsonString(key))
                .append("platform", new BsonString("server"))
                .append("time_zone", new BsonString(zone));
        moment(metadata, "write_", writeTs, zone);
        BsonDocument document = new BsonDocument("_id", id);
        if (userId != null) {
            document.append("user_id", userId);
        }
        to.accept(document.append("metadata", metadata).append("data", data));
    }

    private String rawKey(int movement) {
        return raw.movements().get(movement) instanceof RawTrip
                ? "segmentation/raw_trip"
                : "segmentation/raw_untracked";
    }

    private static String cleanedKey(CleanedMovement movement) {
        return movement instanceof CleanedTrip ? "analysis/cleaned_trip" : "analysis/cleaned_untracked";
    }

    private double placeTs(int rawPlace) {
        RawPlace place = raw.places().get(rawPlace);
        return place.hasEnter() ? place.enterTs() : place.location().ts();
    }

    private BsonObjectId rawMovementId(int movement) {
        return movementId(rawKey(movement), movement);
    }

    private BsonObjectId movementId(String key, int movement) {
        return id(key, raw.movements().get(movement).end().ts(), 0, 0);
    }

    private BsonObjectId partId(String key, int movement, int part) {
        return id(key, raw.movements().get(movement).end().ts(), part, 0);
    }

    private BsonObjectId cleanedPlaceId(String key, int place) {
        return placeId(key, timeline.places().get(place).rawPlaces().getFirst());
    }

    /** Untracked time may end where a trip of no length does, so the place in between needs telling apart. */
    private BsonObjectId placeId(String key, int rawPlace) {
        boolean afterUntracked = rawPlace > 0 && raw.movements().get(rawPlace - 1) instanceof RawUntracked;
        boolean first = !raw.places().get(rawPlace).hasEnter();
        return id(key, placeTs(rawPlace), afterUntracked ? 1 : 0, first ? 1 : 0);
    }

    /** An object id whose first four bytes are the instant, and whose rest is a hash of what it names. */
    private BsonObjectId id(String key, double ts, int part, int point) {
        byte[] name = key.getBytes(StandardCharsets.UTF_8);
        ByteBuffer content = ByteBuffer.allocate(16 + name.length)
                .putDouble(ts)
                .putInt(part)
                .putInt(point)
                .put(name);
        byte[] hash = sha256().digest(content.array());
        return new BsonObjectId(new ObjectId(
                ByteBuffer.allocate(12).putInt((int) (long) ts).put(hash, 0, 8).array()));
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
