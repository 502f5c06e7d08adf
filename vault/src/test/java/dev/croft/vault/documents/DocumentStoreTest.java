package dev.croft.vault.documents;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.croft.budget.testing.Property;
import dev.croft.vault.documents.filter.FieldPath;
import dev.croft.vault.documents.filter.Filter;
import dev.croft.vault.documents.filter.Projection;
import dev.croft.vault.documents.filter.Sort;
import dev.croft.vault.documents.update.Update;
import dev.croft.vault.documents.view.Bson;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.bson.BsonDocument;
import org.bson.BsonDouble;
import org.bson.BsonInt32;
import org.bson.BsonString;
import org.bson.RawBsonDocument;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DocumentStoreTest {
    private static final ReadScope ALL = ReadScope.ALL;
    private static final Limits LIMITS =
            new Limits(64 * 1024, 5_000, 1 << 20, 10_000, 3, Duration.ofMinutes(1), Duration.ofSeconds(30));

    @TempDir
    Path directory;

    private final MemoryLog log = new MemoryLog();
    private Instant now = Instant.EPOCH;
    private DocumentStore store;

    @BeforeEach
    void open() {
        store = DocumentStore.open(log, directory.resolve("view"), new byte[32], Schema.EMISSION, LIMITS, () -> now);
    }

    @AfterEach
    void close() {
        store.close();
    }

    static BsonDocument doc(String json) {
        return BsonDocument.parse(json);
    }

    static Filter filter(String json) {
        return Filter.parse(doc(json));
    }

    private static BsonDocument location(int id, double ts) {
        return doc("{_id: %d, metadata: {key: 'background/location', write_ts: %f}, data: {ts: %f}}"
                .formatted(id, ts + 1, ts));
    }

    private void insertLocations(int count) {
        store.insert(
                "entries",
                IntStream.range(0, count).mapToObj(i -> location(i, 1000 + i)).toList(),
                ALL);
    }

    private List<Integer> ids(List<RawBsonDocument> documents) {
        return documents.stream().map(one -> one.getInt32("_id").getValue()).toList();
    }

    @Test
    void whoWroteReadsItAtOnce() {
        assertThat(store.insert("things", List.of(doc("{_id: 1, a: 'x'}"), doc("{a: 'y'}")), ALL))
                .allMatch(outcome -> outcome instanceof WriteOutcome.Taken);
        assertThat(store.find(Find.in("things").where(filter("{a: 'x'}")), ALL))
                .containsExactly(new RawBsonDocument(Bson.encode(doc("{_id: 1, a: 'x'}"))));
        assertThat(store.count("things", Filter.EVERYTHING, ALL)).isEqualTo(2);
        assertThat(store.collections()).containsExactly("things");
    }

    @Test
    void aBatchReportsOnEachDocument() {
        store.insert("entries", List.of(doc("{_id: 1, metadata: {idempotency_key: 'k'}}")), ALL);
        List<WriteOutcome> outcomes = store.insert(
                "entries",
                List.of(
                        doc("{_id: 1, metadata: {idempotency_key: 'k'}}"),
                        doc("{_id: 1.0, metadata: {idempotency_key: 'other'}}"),
                        doc("{_id: 2, metadata: {idempotency_key: 'k'}}"),
                        doc("{_id: 3, metadata: {idempotency_key: 'm'}}"),
                        doc("{_id: 4, metadata: {idempotency_key: 'm'}}"),
                        doc("{_id: [1]}"),
                        doc("{$a: 1}"),
                        new BsonDocument("a", new BsonString("x".repeat(70_000)))),
                ALL);
        assertThat(outcomes.subList(0, 5))
                .containsExactly(
                        new WriteOutcome.AlreadyThere(new BsonInt32(1), true),
                        new WriteOutcome.AlreadyThere(new BsonDouble(1.0), false),
                        new WriteOutcome.AlreadyThere(new BsonInt32(1), false),
                        new WriteOutcome.Taken(new BsonInt32(3)),
                        new WriteOutcome.AlreadyThere(new BsonInt32(3), false));
        assertThat(outcomes.subList(5, 8))
                .extracting(outcome -> ((WriteOutcome.Refused) outcome).code())
                .containsExactly("bad-id", "bad-name", "too-large");
    }

    @Test
    void aFreedUniqueKeyCanBeTakenAgain() {
        store.insert("entries", List.of(doc("{_id: 1, metadata: {idempotency_key: 'k'}}")), ALL);
        store.delete("entries", filter("{_id: 1}"), 0, ALL);
        assertThat(store.insert("entries", List.of(doc("{_id: 2, metadata: {idempotency_key: 'k'}}")), ALL))
                .containsExactly(new WriteOutcome.Taken(new BsonInt32(2)));
        store.update(
                "entries",
                filter("{_id: 2}"),
                Update.parse(doc("{$set: {'metadata.idempotency_key': 'l'}}")),
                0,
                false,
                ALL);
        store.insert("entries", List.of(doc("{_id: 3, metadata: {idempotency_key: 'k'}}")), ALL);
        assertThatThrownBy(() -> store.update(
                        "entries",
                        filter("{_id: 3}"),
                        Update.parse(doc("{$set: {'metadata.idempotency_key': 'l'}}")),
                        0,
                        false,
                        ALL))
                .isInstanceOf(DocumentException.BadDocument.class);
    }

    @Test
    void declaredIndexesAreUsed() {
        insertLocations(100);
        Find byTime = Find.in("entries")
                .where(filter("{'metadata.key': 'background/location', 'data.ts': {$gte: 1010, $lte: 1019}}"))
                .by(Sort.ascending("data.ts"));
        assertThat(store.explain(byTime)).isEqualTo(new Explain("metadata.key,data.ts", 1, true, true));
        assertThat(ids(store.find(byTime, ALL))).containsExactly(10, 11, 12, 13, 14, 15, 16, 17, 18, 19);
        assertThat(ids(store.find(byTime.by(Sort.descending("data.ts")).skip(2).limit(3), ALL)))
                .containsExactly(17, 16, 15);
        Find either = Find.in("entries")
                .where(
                        filter(
                                "{$or: [{'metadata.key': 'background/location'}, {'metadata.key': 'other'}], 'metadata.write_ts': {$gt: 1099}}"));
        assertThat(store.explain(either)).isEqualTo(new Explain("metadata.key,metadata.write_ts", 2, false, true));
        assertThat(ids(store.find(either, ALL))).containsExactly(99);
        assertThat(store.explain(Find.in("entries").where(filter("{_id: {$in: [3, 5]}}"))))
                .isEqualTo(new Explain("_id", 2, false, true));
        assertThat(store.explain(Find.in("entries").where(filter("{'data.ts': 3}"))))
                .isEqualTo(new Explain("", 1, false, false));
    }

    @Test
    void anArrayInAnIndexedFieldDoesNotHideMatches() {
        store.insert(
                "entries",
                List.of(
                        doc("{_id: 1, metadata: {key: 'k'}, data: {ts: [1, 9]}}"),
                        doc("{_id: 2, metadata: {key: 'k'}, data: {ts: 5}}")),
                ALL);
        // 9 is above 4 and 1 below 6, which is a match in MongoDB.
        assertThat(ids(store.find(
                        Find.in("entries").where(filter("{'metadata.key': 'k', 'data.ts': {$gt: 4, $lt: 6}}")), ALL)))
                .containsExactlyInAnyOrder(1, 2);
    }

    @Test
    void aCursorStaysAsOfItsMoment() {
        insertLocations(100);
        Page page = store.open(Find.in("entries").by(Sort.ascending("_id")), 30, ALL);
        store.delete("entries", filter("{_id: {$gte: 50}}"), 0, ALL);
        store.update("entries", Filter.EVERYTHING, Update.parse(doc("{$set: {seen: true}}")), 0, false, ALL);
        List<RawBsonDocument> all = new ArrayList<>(page.documents());
        while (page.cursor() != 0) {
            page = store.next(page.cursor(), 30, ALL);
            all.addAll(page.documents());
        }
        assertThat(ids(all)).isEqualTo(IntStream.range(0, 100).boxed().toList());
        assertThat(all).noneMatch(one -> one.containsKey("seen"));
        assertThat(store.count("entries", filter("{seen: true}"), ALL)).isEqualTo(50);
    }

    @Test
    void aCursorOutlivesTheRewritingOfTheWholeFile() {
        String text = "x".repeat(2_000);
        store.insert(
                "things",
                IntStream.range(0, 3_000)
                        .mapToObj(i -> doc("{_id: %d, n: 0, t: '%s'}".formatted(i, text)))
                        .toList(),
                ALL);
        Page page = store.open(Find.in("things").by(Sort.ascending("_id")), 10, ALL);
        Update update = Update.parse(doc("{$inc: {n: 1}}"));
        for (int i = 0; i < 6; i++) {
            store.update("things", Filter.EVERYTHING, update, 0, false, ALL);
        }
        List<RawBsonDocument> all = new ArrayList<>(page.documents());
        while (page.cursor() != 0) {
            page = store.next(page.cursor(), 400, ALL);
            all.addAll(page.documents());
        }
        assertThat(ids(all)).isEqualTo(IntStream.range(0, 3_000).boxed().toList());
        assertThat(all).allMatch(one -> one.getInt32("n").getValue() == 0);
        assertThat(store.count("things", filter("{n: 6}"), ALL)).isEqualTo(3_000);
        store.close();
        open();
        assertThat(store.count("things", filter("{n: 6}"), ALL)).isEqualTo(3_000);
    }

    @Test
    void readersSeeEachWriteWholeOrNotAtAll() throws Exception {
        store.insert(
                "things",
                IntStream.range(0, 50)
                        .mapToObj(i -> doc("{_id: %d, n: 0}".formatted(i)))
                        .toList(),
                ALL);
        Update update = Update.parse(doc("{$inc: {n: 1}}"));
        List<Future<Boolean>> readers = new ArrayList<>();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            threads.submit(() -> {
                for (int i = 0; i < 200; i++) {
                    store.update("things", Filter.EVERYTHING, update, 0, false, ALL);
                }
            });
            for (int i = 0; i < 200; i++) {
                readers.add(threads.submit(() -> store.find(Find.in("things"), ALL).stream()
                                .map(one -> one.getInt32("n").getValue())
                                .distinct()
                                .count()
                        == 1));
            }
        }
        for (Future<Boolean> reader : readers) {
            assertThat(reader.get()).isTrue();
        }
    }

    @Test
    void cursorsAreBoundedAndExpireWhenIdle() {
        insertLocations(10);
        List<Page> pages = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            pages.add(store.open(Find.in("entries"), 1, ALL));
        }
        assertThatThrownBy(() -> store.open(Find.in("entries"), 1, ALL))
                .isInstanceOf(DocumentException.LimitReached.class);
        now = now.plusSeconds(50);
        store.next(pages.get(0).cursor(), 1, ALL);
        now = now.plusSeconds(50);
        store.open(Find.in("entries"), 1, ALL);
        assertThat(store.next(pages.get(0).cursor(), 1, ALL).documents()).hasSize(1);
        assertThatThrownBy(() -> store.next(pages.get(1).cursor(), 1, ALL))
                .isInstanceOf(DocumentException.UnknownCursor.class);
        assertThatThrownBy(() -> store.next(pages.get(0).cursor(), 1, ALL.onlyWhere(filter("{a: 1}"))))
                .isInstanceOf(DocumentException.UnknownCursor.class);
    }

    @Test
    void updatesAndUpserts() {
        assertThat(store.update(
                                "things",
                                filter("{name: 'n', 'a.b': 3}"),
                                Update.parse(doc("{$inc: {count: 1}}")),
                                0,
                                true,
                                ALL)
                        .upserted())
                .isPresent();
        assertThat(store.find(Find.in("things").giving(Projection.parse(doc("{_id: 0}"))), ALL))
                .containsExactly(new RawBsonDocument(Bson.encode(doc("{name: 'n', a: {b: 3}, count: 1}"))));
        assertThat(store.update("things", filter("{name: 'n'}"), Update.parse(doc("{$inc: {count: 1}}")), 0, true, ALL))
                .isEqualTo(new UpdateReport(1, 1, Optional.empty()));
        assertThat(store.replace("things", filter("{name: 'n'}"), doc("{name: 'm'}"), false, ALL)
                        .modified())
                .isEqualTo(1);
        assertThat(store.replace("things", filter("{_id: 77}"), doc("{name: 'o'}"), true, ALL)
                        .upserted())
                .contains(new BsonInt32(77));
        assertThat(store.upsert("things", List.of(doc("{_id: 77, name: 'p'}"), doc("{_id: 78}")), ALL))
                .containsExactly(
                        new WriteOutcome.Replaced(new BsonInt32(77)), new WriteOutcome.Taken(new BsonInt32(78)));
        assertThat(store.distinct("things", FieldPath.parse("name"), Filter.EVERYTHING, ALL))
                .containsExactly(new BsonString("m"), new BsonString("p"));
    }

    @Test
    void deletingSaysWhatHasToBeDerivedAgain() {
        insertLocations(50);
        store.insert(
                "entries",
                List.of(
                        doc(
                                "{_id: 'c', metadata: {key: 'manual/mode_confirm', write_ts: 9}, data: {start_ts: 5, end_ts: 8}}")),
                ALL);
        DeleteReport report = store.delete(
                "entries",
                filter("{$or: [{'data.ts': {$gte: 1010, $lt: 1020}}, {'metadata.key': 'manual/mode_confirm'}]}"),
                0,
                ALL);
        assertThat(report.deleted()).isEqualTo(11);
        assertThat(report.byType())
                .containsOnly(Map.entry("background/location", 10L), Map.entry("manual/mode_confirm", 1L));
        assertThat(report.dataTime()).contains(new DeleteReport.Span(5, 1019));
        assertThat(report.writeTime()).contains(new DeleteReport.Span(9, 1020));
        assertThat(store.count("entries", Filter.EVERYTHING, ALL)).isEqualTo(40);
    }

    @Test
    void aChangeOfManyDocumentsReachesAllOfThem() {
        insertLocations(4_500);
        assertThat(store.update(
                        "entries",
                        filter("{'data.ts': {$exists: true}}"),
                        Update.parse(doc("{$inc: {'data.ts': 10}}")),
                        0,
                        false,
                        ALL))
                .isEqualTo(new UpdateReport(4_500, 4_500, Optional.empty()));
        assertThat(store.distinct("entries", FieldPath.parse("data.ts"), filter("{_id: {$lt: 2}}"), ALL))
                .hasSize(2);
        assertThat(store.delete("entries", filter("{_id: {$gte: 500}}"), 0, ALL).deleted())
                .isEqualTo(4_000);
    }

    @Test
    void manyWritersShareAppendsAndNoIncrementIsLost() throws Exception {
        store.insert("things", List.of(doc("{_id: 1, n: 0}")), ALL);
        Update increment = Update.parse(doc("{$inc: {n: 1}}"));
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 400; i++) {
                int id = 1_000 + i;
                threads.submit(() -> store.update("things", filter("{_id: 1}"), increment, 0, false, ALL));
                threads.submit(() -> store.insert("things", List.of(doc("{_id: %d}".formatted(id))), ALL));
            }
        }
        assertThat(store.find(Find.in("things").where(filter("{_id: 1}")), ALL)
                        .getFirst()
                        .getInt32("n")
                        .getValue())
                .isEqualTo(400);
        assertThat(store.count("things", Filter.EVERYTHING, ALL)).isEqualTo(401);
        assertThat(log.appends()).isLessThanOrEqualTo(801);
    }

    @Test
    void garbageIsRefusedWithoutHarm() {
        BsonDocument deep = new BsonDocument();
        for (int i = 0; i < 100_000; i++) {
            deep = new BsonDocument("a", deep);
        }
        BsonDocument nested = deep;
        assertThat(store.insert("things", List.of(nested), ALL).getFirst())
                .isEqualTo(new WriteOutcome.Refused("too-deep", "a document nests at most 64 deep"));
        assertThatThrownBy(() -> store.replace("things", Filter.EVERYTHING, nested, true, ALL))
                .isInstanceOf(DocumentException.BadDocument.class);
        assertThatThrownBy(() -> Update.parse(new BsonDocument("$set", nested)))
                .isInstanceOf(DocumentException.BadUpdate.class);
        byte[] good = Bson.encode(doc("{_id: 1, a: {b: [1, 'x', {c: 2.5}]}, r: /x/, t: {$timestamp: {t: 1, i: 1}}}"));
        Property.forAll(
                5,
                5_000,
                choices -> {
                    byte[] bytes = good.clone();
                    int flips = choices.between(1, 3);
                    for (int i = 0; i < flips; i++) {
                        bytes[choices.between(0, bytes.length - 1)] = (byte) choices.below(256);
                    }
                    return bytes;
                },
                bytes -> {
                    try {
                        assertThat(Validation.check(new RawBsonDocument(bytes), LIMITS)
                                        .bytes())
                                .isNotEmpty();
                    } catch (DocumentException.BadDocument _) {
                        // The documented answer.
                    }
                });
        for (String name : List.of("", "../x", "a/b", "$a", "x".repeat(65))) {
            assertThatThrownBy(() -> store.count(name, Filter.EVERYTHING, ALL))
                    .isInstanceOf(DocumentException.BadQuery.class);
            assertThatThrownBy(() -> store.insert(name, List.of(), ALL)).isInstanceOf(DocumentException.BadQuery.class);
        }
    }

    @Test
    void aHalfTakenAppendIsWhatTheLogSays() {
        List<BsonDocument> documents = IntStream.range(0, 40)
                .mapToObj(i -> doc("{_id: %d, t: '%s'}".formatted(i, "x".repeat(30_000))))
                .toList();
        log.failAfter(1);
        assertThatThrownBy(() -> store.insert("things", documents, ALL))
                .isInstanceOf(DocumentException.LogFailed.class);
        store.insert("things", List.of(doc("{_id: 'after'}")), ALL);
        long there = store.count("things", Filter.EVERYTHING, ALL);
        assertThat(there).isBetween(2L, 39L);
        store.close();
        open();
        assertThat(store.count("things", Filter.EVERYTHING, ALL)).isEqualTo(there);
    }

    @Test
    void noWriterWaitsForOneThatDied() throws Exception {
        log.die();
        List<Future<List<WriteOutcome>>> writers = new ArrayList<>();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 50; i++) {
                BsonDocument document = doc("{_id: %d}".formatted(i));
                writers.add(threads.submit(() -> store.insert("things", List.of(document), ALL)));
            }
        }
        long taken = writers.stream()
                .filter(one -> one.state() == Future.State.SUCCESS)
                .count();
        assertThat(taken).isLessThan(50);
        assertThat(store.count("things", Filter.EVERYTHING, ALL)).isEqualTo(taken);
    }

    @Test
    void aClosedStoreSaysSo() {
        store.close();
        assertThatThrownBy(() -> store.count("things", Filter.EVERYTHING, ALL))
                .isInstanceOf(DocumentException.Closed.class);
        assertThatThrownBy(() -> store.insert("things", List.of(doc("{}")), ALL))
                .isInstanceOf(DocumentException.Closed.class);
    }
}
