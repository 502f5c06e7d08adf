package dev.croft.mobility.metrics;

import dev.croft.mobility.entry.LocalMoment;
import dev.croft.mobility.pipeline.MotionType;
import java.time.DateTimeException;
import java.time.ZoneId;
import org.bson.BsonArray;
import org.bson.BsonDocument;
import org.bson.BsonNumber;
import org.bson.BsonString;
import org.bson.BsonValue;
import org.jspecify.annotations.Nullable;

/**
 * What metrics need of one cleaned section.
 *
 * @param mode name of the sensed mode, such as {@code BICYCLING}
 * @param startTs start, epoch seconds
 * @param zone time zone at the start, which decides the local date
 * @param distance metres
 * @param duration seconds; less than nothing where the pipeline squeezed a stop (an e-mission quirk)
 * @param speeds of the legs, m/s
 */
@SuppressWarnings("ArrayRecordComponent") // read-only by convention; sections are made by the thousand
public record MetricSection(
        String mode, double startTs, ZoneId zone, double distance, double duration, double[] speeds) {

    /**
     * Reads a document of {@code analysis/cleaned_section} or {@code analysis/inferred_section}.
     *
     * @throws MetricException if a field is missing or has another type
     */
    public static MetricSection of(BsonDocument document) {
        if (!(document.get("data") instanceof BsonDocument data)) {
            throw new MetricException("a section has no data");
        }
        return new MetricSection(
                mode(data.get("sensed_mode")),
                number(data, "start_ts"),
                zone(data),
                number(data, "distance"),
                number(data, "duration"),
                speeds(data.get("speeds")));
    }

    /** The moment it starts, in its own zone. */
    public LocalMoment start() {
        return LocalMoment.of(startTs, zone);
    }

    private static String mode(@Nullable BsonValue mode) {
        return switch (mode) {
            case BsonNumber code -> MotionType.ofCode(code.intValue()).name();
            case BsonString name -> name.getValue();
            case null, default -> throw new MetricException("a section has no sensed_mode");
        };
    }

    private static double number(BsonDocument data, String field) {
        if (data.get(field) instanceof BsonNumber number && Double.isFinite(number.doubleValue())) {
            return number.doubleValue();
        }
        throw new MetricException("a section's " + field + " is not a finite number");
    }

    private static ZoneId zone(BsonDocument data) {
        String zone = data.get("start_local_dt") instanceof BsonDocument local
                        && local.get("timezone") instanceof BsonString name
                ? name.getValue()
                : LocalMoment.DEFAULT_ZONE;
        try {
            return ZoneId.of(zone);
        } catch (DateTimeException e) {
            throw new MetricException("a section's time zone is not known");
        }
    }

    private static double[] speeds(@Nullable BsonValue speeds) {
        return speeds instanceof BsonArray array
                ? array.stream()
                        .mapToDouble(speed -> speed instanceof BsonNumber number ? number.doubleValue() : Double.NaN)
                        .toArray()
                : new double[0];
    }
}
