package dev.croft.mobility.service;

import dev.croft.mobility.pipeline.PipelineInput;
import dev.croft.mobility.pipeline.PipelineSource;
import dev.croft.mobility.pipeline.RecordReader;
import java.util.ArrayList;
import java.util.List;
import org.bson.BsonDocument;
import org.bson.BsonInt32;

/** A private cloud's entries as the pipeline reads them, through the door. */
final class Entries implements PipelineSource {
    /** Where private clouds keep entries. */
    static final String COLLECTION = "entries";

    private static final BsonDocument PROJECTION = new BsonDocument("metadata.write_local_dt", new BsonInt32(0))
            .append("metadata.write_fmt_time", new BsonInt32(0))
            .append("data.local_dt", new BsonInt32(0))
            .append("data.fmt_time", new BsonInt32(0))
            .append("data.loc", new BsonInt32(0));

    private final Door door;
    private final List<String> sensed;

    Entries(Door door, boolean accuracyFilter) {
        this.door = door;
        this.sensed = RecordReader.SENSED_KEYS.stream()
                .filter(key -> accuracyFilter || !key.equals("background/location"))
                .toList();
    }

    @Override
    public long sensedUpTo(double writeTs) {
        return door.count(COLLECTION, sensed().append("metadata.write_ts", Door.range("$lte", writeTs)));
    }

    @Override
    public long inputsBefore(double startTs) {
        return door.count(COLLECTION, inputs().append("data.start_ts", Door.range("$lt", startTs)));
    }

    @Override
    public PipelineInput read(double fromWriteTs, double fromStartTs) {
        List<BsonDocument> entries = new ArrayList<>();
        BsonDocument sensedFilter = sensed();
        if (fromWriteTs > Double.NEGATIVE_INFINITY) {
            sensedFilter.append("metadata.write_ts", Door.range("$gte", fromWriteTs));
        }
        BsonDocument inputFilter = inputs();
        if (fromStartTs > Double.NEGATIVE_INFINITY) {
            inputFilter.append("data.start_ts", Door.range("$gte", fromStartTs));
        }
        door.find(COLLECTION, sensedFilter, PROJECTION, entries::add);
        // Labels are copied into confirmed trips, so they are read whole.
        door.find(COLLECTION, inputFilter, null, entries::add);
        return RecordReader.read(entries);
    }

    /**
     * Tells one state of the data from another.
     *
     * @param size how many there are
     * @param rewritten grows when one was changed or deleted; -1: not known
     */
    record Version(long size, long rewritten) {
        /** Whether all that this one has is there in the other, as it was. */
        boolean isKeptIn(Version later) {
            return rewritten >= 0 && rewritten == later.rewritten;
        }
    }

    Version version() {
        Door.Counted sensed = door.counted(COLLECTION, sensed());
        return new Version(sensed.count() + door.count(COLLECTION, inputs()), sensed.rewritten());
    }

    private BsonDocument sensed() {
        return new BsonDocument("metadata.key", Door.keys(sensed));
    }

    private static BsonDocument inputs() {
        return new BsonDocument("metadata.key", Door.keys(RecordReader.INPUT_KEYS));
    }
}
