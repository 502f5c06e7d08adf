package dev.croft.mobility.pipeline;

import dev.croft.mobility.entry.EntryKey;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.bson.BsonDocument;

/**
 * What a run was given.
 *
 * @param entries number of entries taken
 * @param byKey number of entries by {@code metadata.key}
 * @param platforms platforms of the phones, sorted
 * @param firstTs when the first location was sensed, epoch seconds; NaN without locations
 * @param lastTs when the last location was sensed
 */
public record InputSummary(
        long entries, Map<String, Long> byKey, List<String> platforms, double firstTs, double lastTs) {

    static InputSummary of(Iterable<BsonDocument> entries) {
        long count = 0;
        Map<String, Long> byKey = new TreeMap<>();
        TreeSet<String> platforms = new TreeSet<>();
        double first = Double.NaN;
        double last = Double.NaN;
        for (BsonDocument entry : entries) {
            count++;
            BsonDocument metadata = RecordReader.document(entry, "metadata");
            BsonDocument data = RecordReader.document(entry, "data");
            String key = metadata == null ? null : RecordReader.text(metadata, "key");
            if (metadata == null || data == null || key == null) {
                continue;
            }
            byKey.merge(key, 1L, Long::sum);
            String platform = RecordReader.text(metadata, "platform");
            if (platform != null) {
                platforms.add(platform);
            }
            double ts = RecordReader.number(data, "ts");
            if (key.equals(EntryKey.LOCATION) && !Double.isNaN(ts)) {
                first = Double.isNaN(first) ? ts : Math.min(first, ts);
                last = Double.isNaN(last) ? ts : Math.max(last, ts);
            }
        }
        return new InputSummary(count, byKey, List.copyOf(platforms), first, last);
    }

    long count(String key) {
        return byKey.getOrDefault(key, 0L);
    }
}
