package dev.croft.mobility.pipeline;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.bson.BsonDocument;
import org.bson.BsonObjectId;
import org.bson.BsonString;
import org.bson.BsonValue;
import org.jspecify.annotations.Nullable;

/**
 * What a run derived, as documents in e-mission's long-term format, to be kept beside the entries they came from.
 *
 * <p>Ids are deterministic: a movement is known by when it ends, a place by when it is entered, so that deriving again
 * replaces. {@code metadata.write_ts} is when the raw movement started or the place was entered, which is what {@link
 * IncrementalPipeline.Increment#replacesAfter} compares with.
 */
public final class DerivedDocuments {
    static final String RAW_TRIP = "segmentation/raw_trip";
    static final String RAW_PLACE = "segmentation/raw_place";
    static final String RAW_UNTRACKED = "segmentation/raw_untracked";
    static final String RAW_SECTION = "segmentation/raw_section";
    static final String RAW_STOP = "segmentation/raw_stop";
    static final String CLEANED_TRIP = "analysis/cleaned_trip";
    static final String CLEANED_PLACE = "analysis/cleaned_place";
    static final String CLEANED_UNTRACKED = "analysis/cleaned_untracked";
    static final String CLEANED_SECTION = "analysis/cleaned_section";
    static final String CLEANED_STOP = "analysis/cleaned_stop";
    static final String RECREATED_LOCATION = "analysis/recreated_location";
    static final String INFERRED_SECTION = "analysis/inferred_section";
    static final String CONFIRMED_TRIP = "analysis/confirmed_trip";
    static final String CONFIRMED_UNTRACKED = "analysis/confirmed_untracked";
    static final String CONFIRMED_PLACE = "analysis/confirmed_place";
    static final String COMPOSITE_TRIP = "analysis/composite_trip";

    /** Every key that is derived. */
    public static final List<String> KEYS = List.of(
            RAW_TRIP,
            RAW_PLACE,
            RAW_UNTRACKED,
            RAW_SECTION,
            RAW_STOP,
            CLEANED_TRIP,
            CLEANED_PLACE,
            CLEANED_UNTRACKED,
            CLEANED_SECTION,
            CLEANED_STOP,
            RECREATED_LOCATION,
            INFERRED_SECTION,
            CONFIRMED_TRIP,
            CONFIRMED_UNTRACKED,
            CONFIRMED_PLACE,
            COMPOSITE_TRIP);

    /** The name that e-mission records as the source of sections and stops. */
    static final String SECTION_SOURCE = "SmoothedHighConfidenceMotion";

    private final @Nullable BsonValue userId;
    private final Consumer<BsonDocument> to;

    private DerivedDocuments(@Nullable BsonValue userId, Consumer<BsonDocument> to) {
        this.userId = userId;
        this.to = to;
    }

    /**
     * Hands over every document of a result, one after the other.
     *
     * @param userId copied into each as {@code user_id}; left out if null
     */
    public static void write(PipelineResult result, @Nullable BsonValue userId, Consumer<BsonDocument> to) {
        DerivedDocuments documents = new DerivedDocuments(userId, to);
        DocumentIds ids = new DocumentIds(result);
        new RawDocuments(result.raw(), ids, documents).write();
        CleanedDocuments cleaned = new CleanedDocuments(result, ids, documents);
        cleaned.write();
        new ConfirmedDocuments(result, ids, cleaned).write();
    }

    /** Every document of a result. */
    public static List<BsonDocument> of(PipelineResult result, @Nullable BsonValue userId) {
        List<BsonDocument> documents = new ArrayList<>();
        write(result, userId, documents::add);
        return documents;
    }

    /**
     * Hands over one document.
     *
     * @param writeTs epoch seconds
     * @param zone time zone of its metadata
     */
    void emit(String key, BsonObjectId id, double writeTs, String zone, BsonDocument data) {
        BsonDocument metadata = new BsonDocument("key", new BsonString(key))
                .append("platform", new BsonString("server"))
                .append("time_zone", new BsonString(zone));
        DocumentFields.moment(metadata, "write_", writeTs, zone);
        BsonDocument document = new BsonDocument("_id", id);
        if (userId != null) {
            document.append("user_id", userId);
        }
        to.accept(document.append("metadata", metadata).append("data", data));
    }
}
