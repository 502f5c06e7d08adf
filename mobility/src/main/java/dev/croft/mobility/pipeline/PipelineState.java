package dev.croft.mobility.pipeline;

import java.util.ArrayList;
import java.util.List;
import org.bson.BsonArray;
import org.bson.BsonBoolean;
import org.bson.BsonDocument;
import org.bson.BsonInt32;
import org.bson.BsonInvalidOperationException;
import org.bson.BsonValue;

/**
 * What an incremental run remembers for the next: places up to which its results are final. It holds no results and
 * is a cache: from {@link #EMPTY} the next run computes everything anew, to the same end.
 */
public final class PipelineState {
    /** Nothing is final. */
    public static final PipelineState EMPTY = new PipelineState(List.of(), false);

    private static final int VERSION = 2;
    private static final int MOST_CHECKPOINTS = 128;

    private final List<Checkpoint> checkpoints;
    private final boolean accuracyFilter;

    private PipelineState(List<Checkpoint> checkpoints, boolean accuracyFilter) {
        this.checkpoints = checkpoints;
        this.accuracyFilter = accuracyFilter;
    }

    /** Places from which to go on, the earliest first. */
    List<Checkpoint> checkpoints(PipelineOptions options) {
        return options.accuracyFilter() == accuracyFilter ? checkpoints : List.of();
    }

    static PipelineState of(List<Checkpoint> checkpoints, PipelineOptions options) {
        List<Checkpoint> kept = new ArrayList<>(checkpoints);
        while (kept.size() > MOST_CHECKPOINTS) {
            // Late data mostly concern the last days, so the older half loses every other checkpoint.
            for (int i = MOST_CHECKPOINTS / 2 - 1; i >= 0; i -= 2) {
                kept.remove(i);
            }
        }
        return new PipelineState(List.copyOf(kept), options.accuracyFilter());
    }

    /** The state as a document, at most a few dozen kilobytes. */
    public BsonDocument toBson() {
        BsonArray array = new BsonArray();
        checkpoints.forEach(checkpoint -> array.add(checkpoint.toBson()));
        return new BsonDocument("version", new BsonInt32(VERSION))
                .append("accuracy_filter", BsonBoolean.valueOf(accuracyFilter))
                .append("checkpoints", array);
    }

    /** The state in a document; {@link #EMPTY} if this version of the pipeline did not write it. */
    public static PipelineState of(BsonDocument document) {
        try {
            if (document.getNumber("version").intValue() != VERSION) {
                return EMPTY;
            }
            List<Checkpoint> checkpoints = new ArrayList<>();
            for (BsonValue value : document.getArray("checkpoints")) {
                checkpoints.add(Checkpoint.of(value.asDocument()));
            }
            return new PipelineState(
                    List.copyOf(checkpoints),
                    document.getBoolean("accuracy_filter").getValue());
        } catch (BsonInvalidOperationException | IllegalArgumentException e) {
            return EMPTY;
        }
    }
}
