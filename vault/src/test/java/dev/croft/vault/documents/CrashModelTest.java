package dev.croft.vault.documents;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.croft.budget.testing.Choices;
import dev.croft.budget.testing.Property;
import dev.croft.vault.documents.filter.Filter;
import dev.croft.vault.documents.filter.OrderedBytes;
import dev.croft.vault.documents.filter.Sort;
import dev.croft.vault.documents.update.Update;
import dev.croft.vault.documents.view.Bson;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import org.assertj.core.api.ThrowableAssert;
import org.bson.BsonDocument;
import org.bson.BsonInt32;
import org.bson.RawBsonDocument;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Random writes, crashes, lost and damaged views: what was acknowledged is what is there. */
class CrashModelTest {
    @TempDir
    Path directory;

    private sealed interface Step {
        record Insert(int id, int size, int key) implements Step {}

        record Upsert(int id, int size) implements Step {}

        record Increment(int below) implements Step {}

        record Delete(int from, int to) implements Step {}

        record FailingInsert(int id, int kept) implements Step {}

        record Close() implements Step {}

        record Crash() implements Step {}

        record LoseView() implements Step {}

        record DamageView(int at) implements Step {}

        record SetViewBack() implements Step {}

        record Rewrite() implements Step {}
    }

    private static List<Step> steps(Choices choices) {
        List<Step> steps = new ArrayList<>();
        int count = choices.between(1, 60);
        for (int i = 0; i < count; i++) {
            int id = choices.between(0, 30);
            steps.add(
                    switch (choices.between(0, 16)) {
                        case 0, 1, 2, 3 -> new Step.Insert(id, choices.between(0, 3000), choices.between(0, 60));
                        case 4, 5, 6 -> new Step.Upsert(id, choices.between(0, 3000));
                        case 7, 8 -> new Step.Increment(id);
                        case 9 -> new Step.Delete(id, id + choices.between(0, 4));
                        case 10 -> new Step.FailingInsert(id, choices.between(0, 1));
                        case 11 -> new Step.Close();
                        case 12 -> new Step.Crash();
                        case 13 -> new Step.LoseView();
                        case 14 -> new Step.DamageView(choices.between(0, 1 << 16));
                        case 15 -> new Step.SetViewBack();
                        default -> new Step.Rewrite();
                    });
        }
        return steps;
    }

    @Test
    void whatWasAcknowledgedIsWhatIsThere() {
        Property.forAll(20, 60, CrashModelTest::steps, steps -> new Run().all(steps));
    }

    private final class Run {
        private final Path view;
        private final MemoryLog log = new MemoryLog();
        private final TreeMap<Integer, BsonDocument> model = new TreeMap<>();
        private DocumentStore store;

        Run() {
            try {
                view = Files.createTempDirectory(directory, "run").resolve("view");
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            store = open();
        }

        private DocumentStore open() {
            return DocumentStore.open(
                    log, view, new byte[32], Schema.EMISSION, Limits.STANDARD, InstantSource.system());
        }

        void all(List<Step> steps) {
            for (Step step : steps) {
                try {
                    one(step);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
                compare();
            }
            store.close();
        }

        private void one(Step step) throws IOException {
            switch (step) {
                case Step.Insert(int id, int size, int key) -> {
                    BsonDocument document = document(id, size, key);
                    boolean taken = store.insert("entries", List.of(document), ReadScope.ALL)
                                    .getFirst()
                            instanceof WriteOutcome.Taken;
                    boolean rival = model.values().stream().anyMatch(one -> key(one) == key);
                    assertThat(taken).isEqualTo(!model.containsKey(id) && !rival);
                    if (taken) {
                        model.put(id, document);
                    }
                }
                case Step.Upsert(int id, int size) -> {
                    BsonDocument document = document(id, size, 1000 + id);
                    store.upsert("entries", List.of(document), ReadScope.ALL);
                    model.put(id, document);
                }
                case Step.Increment(int below) -> {
                    store.update(
                            "entries",
                            DocumentStoreTest.filter("{_id: {$lt: %d}}".formatted(below)),
                            Update.parse(DocumentStoreTest.doc("{$inc: {'data.ts': 1}}")),
                            0,
                            false,
                            ReadScope.ALL);
                    model.headMap(below).replaceAll((_, one) -> {
                        BsonDocument copy = one.clone();
                        copy.getDocument("data")
                                .put(
                                        "ts",
                                        new BsonInt32(one.getDocument("data")
                                                        .getInt32("ts")
                                                        .getValue()
                                                + 1));
                        return copy;
                    });
                }
                case Step.Delete(int from, int to) -> {
                    long deleted = store.delete(
                                    "entries",
                                    DocumentStoreTest.filter("{_id: {$gte: %d, $lt: %d}}".formatted(from, to)),
                                    0,
                                    ReadScope.ALL)
                            .deleted();
                    assertThat(deleted).isEqualTo(model.subMap(from, to).size());
                    model.subMap(from, to).clear();
                }
                case Step.FailingInsert(int id, int kept) -> {
                    BsonDocument document = document(id, 10, 2000 + id);
                    log.failAfter(kept == 0 ? 0 : Integer.MAX_VALUE);
                    ThrowableAssert.ThrowingCallable insert =
                            () -> store.upsert("entries", List.of(document), ReadScope.ALL);
                    if (kept == 0 && !document.equals(model.get(id))) {
                        assertThatThrownBy(insert).isInstanceOf(DocumentException.LogFailed.class);
                    } else {
                        store.upsert("entries", List.of(document), ReadScope.ALL);
                        model.put(id, document);
                    }
                    log.failAfter(-1);
                }
                case Step.Close() -> {
                    store.close();
                    store = open();
                }
                case Step.Crash() -> crash(() -> {});
                case Step.LoseView() -> crash(() -> Files.delete(view));
                case Step.DamageView(int at) ->
                    crash(() -> {
                        try (RandomAccessFile file = new RandomAccessFile(view.toFile(), "rw")) {
                            if (file.length() > 0) {
                                long position = at % file.length();
                                file.seek(position);
                                int old = file.read();
                                file.seek(position);
                                file.write(old ^ 1 << at % 8);
                            }
                        }
                    });
                case Step.SetViewBack() -> {
                    store.close();
                    Path copy = view.resolveSibling("copy");
                    Files.copy(view, copy, StandardCopyOption.REPLACE_EXISTING);
                    store = open();
                    one(new Step.Upsert(3, 100));
                    crash(() -> Files.move(copy, view, StandardCopyOption.REPLACE_EXISTING));
                }
                case Step.Rewrite() -> log.forget(store.rewrite());
            }
        }

        /** Opens a copy of the file as a process that was killed would have left it. */
        private void crash(Damage damage) throws IOException {
            Path left = view.resolveSibling("left");
            Files.copy(view, left, StandardCopyOption.REPLACE_EXISTING);
            store.close();
            Files.move(left, view, StandardCopyOption.REPLACE_EXISTING);
            damage.run();
            store = open();
        }

        private void compare() {
            Find all = Find.in("entries").by(Sort.ascending("_id"));
            assertThat(store.find(all, ReadScope.ALL)).isEqualTo(List.copyOf(raw()));
            Find byIndex = Find.in("entries")
                    .where(DocumentStoreTest.filter("{'metadata.key': 'k'}"))
                    .by(Sort.ascending("data.ts"));
            assertThat(store.explain(byIndex).covered()).isTrue();
            assertThat(store.find(byIndex, ReadScope.ALL))
                    .isEqualTo(raw().stream()
                            .sorted((a, b) -> Arrays.compareUnsigned(
                                    byIndex.sort().place(a, OrderedBytes.of(a.getInt32("_id"))),
                                    byIndex.sort().place(b, OrderedBytes.of(b.getInt32("_id")))))
                            .toList());
            assertThat(store.count("entries", Filter.EVERYTHING, ReadScope.ALL)).isEqualTo(model.size());
        }

        private List<RawBsonDocument> raw() {
            return model.values().stream().map(CrashModelTest::raw).toList();
        }
    }

    static RawBsonDocument raw(BsonDocument document) {
        return new RawBsonDocument(Bson.encode(document));
    }

    private static int key(BsonDocument document) {
        return document.getDocument("metadata").getInt32("idempotency_key").getValue();
    }

    private interface Damage {
        void run() throws IOException;
    }

    private static BsonDocument document(int id, int size, int key) {
        return DocumentStoreTest.doc("{_id: %d, metadata: {key: 'k', idempotency_key: %d}, data: {ts: %d, text: '%s'}}"
                .formatted(id, key, id * 7 % 5, "x".repeat(size)));
    }
}
