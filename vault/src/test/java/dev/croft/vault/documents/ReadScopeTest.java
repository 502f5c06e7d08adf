package dev.croft.vault.documents;

import static dev.croft.vault.documents.DocumentStoreTest.doc;
import static dev.croft.vault.documents.DocumentStoreTest.filter;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.croft.vault.documents.filter.FieldPath;
import dev.croft.vault.documents.filter.Filter;
import dev.croft.vault.documents.filter.Projection;
import dev.croft.vault.documents.filter.Sort;
import dev.croft.vault.documents.update.Update;
import dev.croft.vault.documents.view.Bson;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert;
import org.bson.BsonDocument;
import org.bson.BsonInt32;
import org.bson.BsonString;
import org.bson.RawBsonDocument;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A holder learns of what the grant shows, and by no question of anything else. */
class ReadScopeTest {
    private static final int SHOWN = 20;

    @TempDir
    Path directory;

    private DocumentStore store;

    /** Sees the mode of entries of one key in a span of time, but neither the time nor the place. */
    private final ReadScope scope = ReadScope.ALL
            .onlyCollections(List.of("entries"))
            .onlyWhere(filter("{'metadata.key': 'k', 'data.ts': {$gte: 100, $lt: 120}}"))
            .onlyFields(
                    Stream.of("data.mode", "metadata.key").map(FieldPath::parse).toList());

    @BeforeEach
    void fill() {
        store = DocumentStore.open(
                new MemoryLog(),
                directory.resolve("view"),
                new byte[32],
                Schema.EMISSION,
                Limits.STANDARD,
                InstantSource.system());
        List<BsonDocument> documents = new ArrayList<>(IntStream.range(0, 200)
                .mapToObj(i -> doc("{_id: %d, metadata: {key: '%s'}, data: {ts: %d, mode: '%s', loc: [%d, 0]}}"
                        .formatted(i, i % 10 == 9 ? "other" : "k", 90 + i, i % 2 == 0 ? "WALK" : "BUS", i % 7)))
                .toList());
        Collections.shuffle(documents, new Random(3));
        store.insert("entries", documents, ReadScope.ALL);
        store.insert("secrets", List.of(doc("{_id: 1}")), ReadScope.ALL);
    }

    @AfterEach
    void close() {
        store.close();
    }

    @Test
    void onlyWhatIsGrantedIsSeen() {
        List<RawBsonDocument> all = store.find(Find.in("entries"), scope);
        assertThat(all).hasSize(SHOWN - 2);
        assertThat(all).allSatisfy(one -> {
            assertThat(one.keySet()).containsExactlyInAnyOrder("metadata", "data");
            assertThat(one.getDocument("data").keySet()).containsExactly("mode");
        });
        assertThat(store.count("entries", Filter.EVERYTHING, scope)).isEqualTo(SHOWN - 2);
        assertThat(store.count("entries", filter("{'data.mode': 'WALK'}"), scope))
                .isEqualTo(10);
        assertThat(store.distinct("entries", FieldPath.parse("data.mode"), Filter.EVERYTHING, scope))
                .containsExactly(new BsonString("BUS"), new BsonString("WALK"));
        assertThat(store.distinct("entries", FieldPath.parse("metadata"), Filter.EVERYTHING, scope))
                .containsExactly(doc("{key: 'k'}"));
    }

    @Test
    void aHiddenFieldCanBeAskedForInNoWay() {
        assertOutOfScope(() -> store.find(Find.in("entries").where(filter("{'data.ts': {$gt: 110}}")), scope));
        assertOutOfScope(
                () -> store.count("entries", filter("{$nor: [{'data.mode': 1, $or: [{'data.loc': 1}]}]}"), scope));
        assertOutOfScope(() -> store.count("entries", filter("{'data.loc': {$near: [0, 0]}}"), scope));
        assertOutOfScope(() -> store.find(Find.in("entries").by(Sort.descending("data.ts")), scope));
        assertOutOfScope(() -> store.find(Find.in("entries").by(Sort.ascending("_id")), scope));
        assertOutOfScope(() -> store.distinct("entries", FieldPath.parse("data.ts"), Filter.EVERYTHING, scope));
        assertOutOfScope(() -> store.distinct("entries", FieldPath.parse("_id"), Filter.EVERYTHING, scope));
        assertOutOfScope(() -> store.open(Find.in("secrets"), 1, scope));
        // A parent of a visible field may be named, but is compared as it is seen.
        assertThat(store.count("entries", filter("{data: {ts: 100, mode: 'WALK', loc: [3, 0]}}"), scope))
                .isZero();
        assertThat(store.count("entries", filter("{data: {mode: 'WALK'}}"), scope))
                .isEqualTo(10);
        assertThat(store.count("entries", filter("{data: {$elemMatch: {'mode': 'WALK'}}}"), scope))
                .isZero();
        assertOutOfScope(() -> store.count("entries", filter("{data: {$elemMatch: {ts: 1}}}"), scope));
        // Sorting by the parent sorts by what is seen of it: only the mode.
        List<String> modes = store.find(Find.in("entries").by(Sort.ascending("data")), scope).stream()
                .map(one -> one.getDocument("data").getString("mode").getValue())
                .toList();
        assertThat(modes).isSorted();
        // A projection that asks for more gets no more.
        assertThat(store.find(Find.in("entries").giving(Projection.parse(doc("{'data.ts': 1, _id: 1}"))), scope))
                .allSatisfy(one -> assertThat(one).isEqualTo(new RawBsonDocument(Bson.encode(doc("{data: {}}")))));
    }

    @Test
    void theOrderOfAnAnswerDoesNotTellTheHiddenTime() {
        // Through the index on (metadata.key, data.ts) documents would come by time; the visible mode alternates with
        // it.
        List<String> modes = store.find(Find.in("entries"), scope).stream()
                .map(one -> one.getDocument("data").getString("mode").getValue())
                .toList();
        List<String> byTime =
                store
                        .find(Find.in("entries").where(scope.mandatory()).by(Sort.ascending("data.ts")), ReadScope.ALL)
                        .stream()
                        .map(one -> one.getDocument("data").getString("mode").getValue())
                        .toList();
        assertThat(modes).containsExactlyInAnyOrderElementsOf(byTime);
        assertThat(store.find(Find.in("entries").limit(1), scope))
                .isEqualTo(store.find(Find.in("entries"), scope).subList(0, 1));
        assertThat(modes).isNotEqualTo(byTime);
    }

    @Test
    void writingStaysInsideToo() {
        ReadScope span = ReadScope.ALL.onlyWhere(filter("{'data.ts': {$gte: 100, $lt: 120}}"));
        assertThat(store.insert(
                        "entries",
                        List.of(doc("{_id: 'in', data: {ts: 105}}"), doc("{_id: 'out', data: {ts: 200}}")),
                        span))
                .satisfiesExactly(
                        one -> assertThat(one).isInstanceOf(WriteOutcome.Taken.class),
                        one -> assertThat(one)
                                .isInstanceOfSatisfying(
                                        WriteOutcome.Refused.class,
                                        refused -> assertThat(refused.code()).isEqualTo("out-of-scope")));
        assertOutOfScope(() -> store.update(
                "entries", filter("{_id: 'in'}"), Update.parse(doc("{$set: {'data.ts': 5}}")), 0, false, span));
        assertThat(store.update("entries", filter("{_id: 150}"), Update.parse(doc("{$set: {x: 5}}")), 0, false, span)
                        .matched())
                .isZero();
        assertThat(store.upsert("entries", List.of(doc("{_id: 150, data: {ts: 105}}")), span)
                        .getFirst())
                .isInstanceOf(WriteOutcome.Refused.class);
        assertOutOfScope(() -> store.update(
                "entries", Filter.EVERYTHING, Update.parse(doc("{$set: {'data.loc': 5}}")), 0, false, scope));
        assertOutOfScope(() ->
                store.update("entries", Filter.EVERYTHING, Update.parse(doc("{$set: {data: 5}}")), 0, false, scope));
        assertOutOfScope(() ->
                store.replace("entries", filter("{'data.mode': 'BUS'}"), doc("{metadata: {key: 'k'}}"), false, scope));
        assertThat(store.update(
                                "entries",
                                Filter.EVERYTHING,
                                Update.parse(doc("{$set: {'data.mode': 'CAR'}}")),
                                0,
                                false,
                                scope)
                        .modified())
                .isEqualTo(SHOWN - 2);
        DeleteReport report = store.delete("entries", Filter.EVERYTHING, 0, scope);
        assertThat(report.deleted()).isEqualTo(SHOWN - 2);
        assertThat(report.dataTime()).isEmpty();
        assertThat(store.count("entries", filter("{_id: {$type: 'number'}}"), ReadScope.ALL))
                .isEqualTo(200 - (SHOWN - 2));
        assertThat(store.find(Find.in("entries").where(filter("{_id: 50}")), ReadScope.ALL)
                        .getFirst()
                        .get("_id"))
                .isEqualTo(new BsonInt32(50));
    }

    private static void assertOutOfScope(ThrowableAssert.ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOf(DocumentException.OutOfScope.class);
    }
}
