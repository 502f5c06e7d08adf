package dev.croft.mobility.pipeline;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.bson.BsonDocument;

/** One person's records and derived documents in memory, as a private cloud would keep them. */
final class RecordStore implements PipelineSource {
    private PipelineInput records = PipelineInput.EMPTY;
    private PipelineState state = PipelineState.EMPTY;
    private final Map<String, BsonDocument> derived = new TreeMap<>();
    int recordsRead;
    int runs;

    void add(PipelineInput more) {
        records = records.plus(more);
    }

    void remove(PipelineInput gone) {
        records = new PipelineInput(
                records.locations(),
                without(records.filteredLocations(), gone.filteredLocations()),
                without(records.motions(), gone.motions()),
                without(records.transitions(), gone.transitions()),
                records.userInputs());
    }

    private static <T> List<T> without(List<T> from, List<T> gone) {
        List<T> rest = new ArrayList<>(from);
        rest.removeAll(gone);
        return rest;
    }

    void run() {
        runs++;
        // Through its document form, as it would be kept between runs.
        PipelineState kept = PipelineState.of(BsonDocument.parse(state.toBson().toJson()));
        IncrementalPipeline.Increment increment = IncrementalPipeline.run(kept, this, PipelineOptions.DEFAULT);
        state = increment.state();
        derived.values()
                .removeIf(document ->
                        document.getDocument("metadata").getDouble("write_ts").getValue() > increment.replacesAfter());
        for (BsonDocument document : DerivedDocuments.of(increment.result(), null)) {
            derived.put(id(document), document);
        }
    }

    Map<String, BsonDocument> derived() {
        return derived;
    }

    static Map<String, BsonDocument> derivedAtOnce(PipelineInput all) {
        Map<String, BsonDocument> derived = new TreeMap<>();
        for (BsonDocument document : DerivedDocuments.of(Pipeline.run(all, PipelineOptions.DEFAULT), null)) {
            BsonDocument before = derived.put(id(document), document);
            if (before != null) {
                throw new AssertionError("one id for two documents: " + before + " and " + document);
            }
        }
        return derived;
    }

    private static String id(BsonDocument document) {
        return document.getDocument("metadata").getString("key").getValue() + "/"
                + document.getObjectId("_id").getValue().toHexString();
    }

    @Override
    public long sensedUpTo(double writeTs) {
        return records.filteredLocations().stream()
                        .filter(p -> p.writeTs() <= writeTs)
                        .count()
                + records.motions().stream().filter(m -> m.writeTs() <= writeTs).count()
                + records.transitions().stream()
                        .filter(t -> t.writeTs() <= writeTs)
                        .count();
    }

    @Override
    public long inputsBefore(double startTs) {
        return records.userInputs().stream().filter(u -> u.startTs() < startTs).count();
    }

    @Override
    public PipelineInput read(double fromWriteTs, double fromStartTs) {
        PipelineInput read = new PipelineInput(
                List.of(),
                records.filteredLocations().stream()
                        .filter(p -> p.writeTs() >= fromWriteTs)
                        .toList(),
                records.motions().stream()
                        .filter(m -> m.writeTs() >= fromWriteTs)
                        .toList(),
                records.transitions().stream()
                        .filter(t -> t.writeTs() >= fromWriteTs)
                        .toList(),
                records.userInputs().stream()
                        .filter(u -> u.startTs() >= fromStartTs)
                        .toList());
        recordsRead += read.size();
        return read;
    }
}
