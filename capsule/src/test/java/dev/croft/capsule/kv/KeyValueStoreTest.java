package dev.croft.capsule.kv;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.croft.capsule.CapsuleException;
import dev.croft.capsule.CapsuleMetadata;
import dev.croft.capsule.CapsuleReader;
import dev.croft.capsule.CapsuleVerifier;
import dev.croft.capsule.CapsuleWriter;
import dev.croft.capsule.Seeded;
import dev.croft.capsule.crypto.ReaderKey;
import dev.croft.capsule.crypto.SigningKey;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KeyValueStoreTest {
    @TempDir
    Path temp;

    private final SigningKey writerKey = SigningKey.generate();
    private final ReaderKey readerKey = ReaderKey.generate();

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private CapsuleWriter create(Path directory) {
        var metadata = CapsuleMetadata.create(writerKey.verifyingKey(), writerKey.verifyingKey(), "kv");
        return CapsuleWriter.create(directory, metadata, writerKey, List.of(readerKey.publicKey()));
    }

    private CapsuleWriter open(Path directory) {
        return CapsuleWriter.open(directory, writerKey, readerKey);
    }

    /** One step of a random history. */
    private record Step(int kind, int key, int value) {}

    @Test
    void anyHistoryWithCheckpointsAndRestartsAgreesWithAMapAtEveryPastSize() {
        int[] made = {0};
        Seeded.forAll(
                25,
                200,
                random -> new Step(random.nextInt(100), random.nextInt(60), random.nextInt(1000)),
                steps -> check(temp.resolve("c" + made[0]++), steps));
    }

    private void check(Path directory, List<Step> steps) {
        Map<String, String> model = new TreeMap<>();
        Map<Long, Map<String, String>> states = new LinkedHashMap<>();
        CapsuleWriter writer = create(directory);
        KeyValueStore store = new KeyValueStore(writer, 7);
        try (CapsuleReader reader = CapsuleReader.open(directory, readerKey)) {
            KeyValueView follower = new KeyValueView(reader);
            for (Step step : steps) {
                String key = "key " + step.key + "-".repeat(step.key * 10);
                if (step.kind < 55) {
                    store.writeBehind(List.of(new Change.Put(bytes(key), bytes("value " + step.value))));
                    model.put(key, "value " + step.value);
                } else if (step.kind < 80) {
                    store.writeBehind(List.of(new Change.Delete(bytes(key))));
                    model.remove(key);
                } else if (step.kind < 85) {
                    store.close();
                    writer.close();
                    writer = open(directory);
                    store = new KeyValueStore(writer, 7);
                } else if (step.kind < 90) {
                    store.sync();
                    follower.refresh();
                } else {
                    store.put(bytes(key), bytes("durable " + step.value));
                    model.put(key, "durable " + step.value);
                }
                states.put(store.size(), new TreeMap<>(model));
                assertThat(store.get(bytes(key)).map(KeyValueStoreTest::text))
                        .isEqualTo(Optional.ofNullable(model.get(key)));
            }
            store.close();
            writer.close();
            follower.refresh();
            agrees(follower, states);
            agrees(new KeyValueView(reader), states);
        }
        assertThat(CapsuleVerifier.verify(directory).intact()).isTrue();
    }

    private static void agrees(KeyValueView view, Map<Long, Map<String, String>> states) {
        List<Long> sizes = new ArrayList<>(states.keySet());
        for (long size : sizes.reversed()) {
            Map<String, String> state = states.getOrDefault(size, Map.of());
            Map<String, String> shown = new TreeMap<>();
            view.keys(bytes("key"), bytes("kez"), size)
                    .forEach(
                            key -> shown.put(text(key), text(view.get(key, size).orElseThrow())));
            assertThat(shown).as("at %d", size).isEqualTo(state);
        }
    }

    @Test
    void tensOfThousandsOfKeysComeAndGoThroughATreeOfSeveralLevels() {
        Path directory = temp.resolve("large");
        SplittableRandom random = new SplittableRandom(3);
        Map<String, String> model = new TreeMap<>();
        long past;
        Map<String, String> then;
        try (CapsuleWriter writer = create(directory);
                KeyValueStore store = new KeyValueStore(writer, 5000)) {
            for (int i = 0; i < 300; i++) {
                write(store, model, random, 100, i > 150);
            }
            past = store.size();
            then = new TreeMap<>(model);
            for (String key : List.copyOf(model.keySet())) {
                if (random.nextInt(50) != 0) {
                    store.writeBehind(List.of(new Change.Delete(bytes(key))));
                    model.remove(key);
                }
            }
        }
        try (CapsuleReader reader = CapsuleReader.open(directory, readerKey)) {
            KeyValueView view = new KeyValueView(reader);
            assertThat(view.keys(bytes(""), bytes("~"), view.applied()).map(KeyValueStoreTest::text))
                    .containsExactlyElementsOf(model.keySet());
            assertThat(view.keys(bytes(""), bytes("~"), past).map(KeyValueStoreTest::text))
                    .containsExactlyElementsOf(then.keySet());
            then.forEach((key, value) ->
                    assertThat(text(view.get(bytes(key), past).orElseThrow())).isEqualTo(value));
        }
    }

    private static void write(
            KeyValueStore store, Map<String, String> model, SplittableRandom random, int count, boolean deletes) {
        List<Change> changes = new ArrayList<>();
        IntStream.range(0, count).forEach(_ -> {
            String key = "k" + random.nextInt(100_000);
            if (deletes && random.nextInt(3) == 0) {
                changes.add(new Change.Delete(bytes(key)));
                model.remove(key);
            } else {
                changes.add(new Change.Put(bytes(key), bytes("v" + key)));
                model.put(key, "v" + key);
            }
        });
        store.writeBehind(changes);
    }

    @Test
    void afterARotationTheViewNeedsNoOlderKeyAndShreddingTakesOldValuesOnly() {
        Path directory = temp.resolve("rotated");
        ReaderKey late = ReaderKey.generate();
        try (CapsuleWriter writer = create(directory);
                KeyValueStore store = new KeyValueStore(writer, 10)) {
            for (int i = 0; i < 100; i++) {
                store.writeBehind(List.of(new Change.Put(bytes("old" + i), bytes("v" + i))));
            }
            assertThat(store.rotate(List.of(readerKey.publicKey(), late.publicKey())))
                    .isEqualTo(1);
            store.put(bytes("new"), bytes("later"));
            try (CapsuleReader reader = CapsuleReader.open(directory, late)) {
                KeyValueView view = new KeyValueView(reader);
                assertThat(view.get(bytes("new"))).isPresent();
                assertThatThrownBy(() -> view.get(bytes("old5"))).isInstanceOf(CapsuleException.NotAReader.class);
            }
            writer.shred(0);
        }
        try (CapsuleReader reader = CapsuleReader.open(directory, readerKey)) {
            KeyValueView view = new KeyValueView(reader);
            assertThat(view.keys(bytes("a"), bytes("z"), view.applied())).hasSize(101);
            assertThat(view.get(bytes("new")).map(KeyValueStoreTest::text)).contains("later");
            assertThatThrownBy(() -> view.get(bytes("old5"))).isInstanceOf(CapsuleException.Shredded.class);
        }
    }

    @Test
    void whatASyncReturnedForIsThereWhereverTheFileIsCut() throws Exception {
        Path directory = temp.resolve("crash");
        Path segment = directory.resolve("segments/00000000000000000000.seg");
        List<Map.Entry<Long, Map<String, String>>> synced = new ArrayList<>();
        Map<Long, Map<String, String>> all = new LinkedHashMap<>();
        Map<String, String> model = new TreeMap<>();
        SplittableRandom random = new SplittableRandom(5);
        try (CapsuleWriter writer = create(directory);
                KeyValueStore store = new KeyValueStore(writer, 9)) {
            all.put(0L, Map.of());
            for (int i = 0; i < 120; i++) {
                String key = "k" + random.nextInt(20);
                model.put(key, "v" + i);
                store.writeBehind(List.of(new Change.Put(bytes(key), bytes("v" + i))));
                all.put(store.size(), new TreeMap<>(model));
                if (random.nextInt(6) == 0) {
                    store.sync();
                    synced.add(Map.entry(Files.size(segment), new TreeMap<>(model)));
                }
            }
        }
        byte[] whole = Files.readAllBytes(segment);
        for (int i = 0; i < 60; i++) {
            Files.deleteIfExists(directory.resolve("tail"));
            int cut = random.nextInt(synced.getFirst().getKey().intValue(), whole.length + 1);
            Files.write(segment, Arrays.copyOf(whole, cut));
            Map<String, String> least = Map.of();
            for (Map.Entry<Long, Map<String, String>> sync : synced) {
                least = sync.getKey() <= cut ? sync.getValue() : least;
            }
            try (CapsuleWriter writer = open(directory);
                    KeyValueStore store = new KeyValueStore(writer, 9)) {
                Map<String, String> shown = new TreeMap<>();
                store.keys(bytes("k"), bytes("l"))
                        .forEach(key -> shown.put(text(key), text(store.get(key).orElseThrow())));
                assertThat(all.values()).as("a state that was").contains(shown);
                assertThat(List.copyOf(all.values()).indexOf(shown))
                        .as("not older than the last sync")
                        .isGreaterThanOrEqualTo(List.copyOf(all.values()).indexOf(least));
            }
        }
    }
}
