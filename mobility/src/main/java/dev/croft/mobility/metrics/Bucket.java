package dev.croft.mobility.metrics;

import java.util.Map;
import org.bson.BsonDocument;
import org.bson.BsonDouble;
import org.bson.BsonInt32;
import org.bson.BsonInt64;
import org.bson.BsonString;

/**
 * One span of time in an answer.
 *
 * @param ts where it starts, or for universal time its label, epoch seconds
 * @param localDt its components, down to what the frequency distinguishes
 * @param fmtTime its name, such as {@code 2016-06}
 * @param users whether there is anything in it: 1 or 0, for one person's data
 * @param byMode the metric by mode; a mode without a value is absent
 */
public record Bucket(long ts, BsonDocument localDt, String fmtTime, int users, Map<String, Double> byMode) {
    /** The document {@code {ts, local_dt, fmt_time, nUsers, MODE: value, ...}}. */
    public BsonDocument document() {
        BsonDocument document = new BsonDocument("ts", new BsonInt64(ts))
                .append("local_dt", localDt)
                .append("fmt_time", new BsonString(fmtTime))
                .append("nUsers", new BsonInt32(users));
        byMode.forEach((mode, value) -> document.put(mode, new BsonDouble(value)));
        return document;
    }
}
