package dev.croft.mobility.service;

import dev.croft.mobility.pipeline.DerivedDocuments;
import dev.croft.mobility.pipeline.IncrementalPipeline;
import dev.croft.mobility.pipeline.PipelineOptions;
import dev.croft.mobility.pipeline.PipelineState;
import dev.croft.mobility.pipeline.TransitLookup;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.bson.BsonBoolean;
import org.bson.BsonDocument;
import org.bson.BsonInt32;
import org.bson.BsonInt64;
import org.bson.BsonNumber;
import org.bson.BsonString;
import org.bson.BsonValue;

/**
 * The pipeline as a service: derives trips, sections, stops and places from {@code entries} into the collection
 * {@code analysis}, going on from where the last run stopped. Where entries were changed or deleted since, or forgotten, it derives everything
 * anew.
 *
 * <p>Input: {@code accuracy_filter} (default false) and {@code anew} (default false; computes everything again). Needs a
 * grant of find and count on {@code entries}; find, upsert and delete on {@code analysis}; find and upsert on
 * {@code pipeline}; find and delete on {@code rederive}; and rederive. Output: {@code report.json} with counts.
 *
 * <p>May be killed at any instant: new documents are stored before old ones are deleted, and the state comes last, so that
 * the next run does the rest again and ends the same.
 */
public final class PipelineService {
    /** Where derived documents go. */
    static final String ANALYSIS = "analysis";

    /** Where the state for the next run is. */
    static final String STATE = "pipeline";

    /** Where it stands that entries were forgotten, until all was derived anew. */
    static final String REDERIVE = "rederive";

    private static final BsonString STATE_ID = new BsonString("state");
    private static final int ATTEMPTS = 5;

    private final Door door;
    private final PipelineOptions options;

    private PipelineService(Door door, PipelineOptions options) {
        this.door = door;
        this.options = options;
    }

    public static void main(String[] args) {
        ServiceMain.run(launch -> System.out.println(run(launch).toJson()));
    }

    /** Runs it once for a launch; the report, which lies in the launch's output too. Throws {@link ServiceException}. */
    public static BsonDocument run(Launch launch) {
        BsonDocument input = launch.input();
        PipelineOptions options = new PipelineOptions(flag(input, "accuracy_filter"), TransitLookup.NONE);
        BsonDocument report = new PipelineService(Door.of(launch), options).run(flag(input, "anew"));
        launch.output("report.json", report);
        return report;
    }

    private BsonDocument run(boolean anew) {
        List<BsonValue> due = due();
        Entries entries = new Entries(door, options.accuracyFilter());
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            // The pipeline asks several times and must be answered from one state of the data.
            Entries.Version before = entries.version();
            PipelineState state = anew || !due.isEmpty() ? PipelineState.EMPTY : state(before);
            IncrementalPipeline.Increment increment = IncrementalPipeline.run(state, entries, options);
            if (entries.version().equals(before)) {
                return store(increment, before, due);
            }
        }
        throw new ServiceException.NoDoor("entries keep arriving; run again when the upload is over");
    }

    private BsonDocument store(IncrementalPipeline.Increment increment, Entries.Version of, List<BsonValue> due) {
        List<BsonDocument> derived = DerivedDocuments.of(increment.result(), null);
        List<BsonValue> obsolete = obsolete(increment.replacesAfter(), derived);
        door.upsert(ANALYSIS, derived);
        door.delete(ANALYSIS, obsolete);
        door.upsert(
                STATE,
                List.of(new BsonDocument("_id", STATE_ID)
                        .append("rewritten", new BsonInt64(of.rewritten()))
                        .append("state", increment.state().toBson())));
        door.delete(REDERIVE, due);
        return new BsonDocument(
                        "trips",
                        new BsonInt32(increment.result().timeline().trips().size()))
                .append(
                        "places",
                        new BsonInt32(increment.result().timeline().places().size()))
                .append("stored", new BsonInt64(derived.size()))
                .append("deleted", new BsonInt64(obsolete.size()))
                .append("incremental", BsonBoolean.valueOf(increment.replacesAfter() > Double.NEGATIVE_INFINITY));
    }

    /** What was forgotten since everything was last derived: it may have had a part anywhere, so all is derived anew. */
    private List<BsonValue> due() {
        List<BsonValue> due = new ArrayList<>();
        door.find(REDERIVE, new BsonDocument(), new BsonDocument("_id", new BsonInt32(1)), mark -> {
            BsonValue id = mark.get("_id");
            if (id != null) {
                due.add(id);
            }
        });
        return due;
    }

    /** The last run's state, if all entries that it read are there as they were. */
    private PipelineState state(Entries.Version now) {
        List<BsonDocument> found = new ArrayList<>();
        door.find(STATE, new BsonDocument("_id", STATE_ID), null, found::add);
        if (found.isEmpty()
                || !(found.getFirst().get("state") instanceof BsonDocument state)
                || !(found.getFirst().get("rewritten") instanceof BsonNumber rewritten)
                || !new Entries.Version(0, rewritten.longValue()).isKeptIn(now)) {
            return PipelineState.EMPTY;
        }
        return PipelineState.of(state);
    }

    private List<BsonValue> obsolete(double replacesAfter, List<BsonDocument> derived) {
        Set<BsonValue> fresh = new HashSet<>();
        derived.forEach(document -> fresh.add(document.get("_id")));
        BsonDocument filter = new BsonDocument("metadata.key", Door.keys(DerivedDocuments.KEYS));
        if (replacesAfter > Double.NEGATIVE_INFINITY) {
            filter.append("metadata.write_ts", Door.range("$gt", replacesAfter));
        }
        List<BsonValue> obsolete = new ArrayList<>();
        door.find(ANALYSIS, filter, new BsonDocument("_id", new BsonInt32(1)), document -> {
            BsonValue id = document.get("_id");
            if (id != null && !fresh.contains(id)) {
                obsolete.add(id);
            }
        });
        return obsolete;
    }

    private static boolean flag(BsonDocument input, String name) {
        BsonValue value = input.get(name);
        if (value == null || value.isNull()) {
            return false;
        }
        if (!value.isBoolean()) {
            throw new ServiceException.BadInput(name + " must be true or false");
        }
        return value.asBoolean().getValue();
    }
}
