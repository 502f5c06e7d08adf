package dev.croft.capsule.view;

import static org.assertj.core.api.Assertions.assertThat;

import dev.croft.capsule.CapsuleMetadata;
import dev.croft.capsule.CapsuleReader;
import dev.croft.capsule.CapsuleUsage;
import dev.croft.capsule.CapsuleVerifier;
import dev.croft.capsule.CapsuleWriter;
import dev.croft.capsule.crypto.ReaderKey;
import dev.croft.capsule.crypto.SigningKey;
import dev.croft.capsule.kv.Change;
import dev.croft.capsule.kv.KeyValueStore;
import dev.croft.capsule.kv.KeyValueView;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointPointersTest {
    private static final String KIND = "croft/kv";

    @TempDir
    Path temp;

    private final SigningKey key = SigningKey.generate();
    private final ReaderKey readerKey = ReaderKey.generate();

    private CapsuleWriter create() {
        var metadata = CapsuleMetadata.create(key.verifyingKey(), key.verifyingKey(), "test");
        return CapsuleWriter.create(temp.resolve("c"), metadata, key, List.of(readerKey.publicKey()));
    }

    private CapsuleWriter open() {
        return CapsuleWriter.open(temp.resolve("c"), key, readerKey);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private static void fill(KeyValueStore store, int from, int to) {
        for (int i = from; i < to; i++) {
            store.writeBehind(List.of(new Change.Put(bytes("key" + i), bytes("value" + i))));
            if (i % 100 == 0) {
                store.sync();
            }
        }
        store.sync();
    }

    @Test
    void aReaderStepsToTheNewestCheckpointFromTheEnd() {
        try (CapsuleWriter writer = create()) {
            try (KeyValueStore store = new KeyValueStore(writer)) {
                fill(store, 0, 50);
                store.checkpoint();
                fill(store, 50, 100);
                store.checkpoint();
                fill(store, 100, 5_000);
            }
            // What another session appends, of another kind and none, does not hide it.
            writer.append(bytes("something else"));
        }
        try (CapsuleWriter writer = open();
                KeyValueStore store = new KeyValueStore(writer)) {
            fill(store, 5_000, 5_500);
        }
        try (CapsuleReader reader = CapsuleReader.open(temp.resolve("c"), readerKey)) {
            RecordLog log = RecordLog.of(reader);
            for (long size : new long[] {reader.size(), reader.size() - 510, 3_000, 120, 60, 20}) {
                CountingLog helped = new CountingLog(log, new AtomicLong(), true);
                CountingLog alone = new CountingLog(log, new AtomicLong(), false);
                assertThat(Checkpoint.latest(helped, KIND, size)).isEqualTo(Checkpoint.latest(alone, KIND, size));
                assertThat(helped.read().get()).isLessThanOrEqualTo(600);
            }
            Checkpoint newest = Checkpoint.latest(log, KIND, reader.size());
            assertThat(newest).isNotNull();
            assertThat(
                            reader.pointers(reader.size() - 1).isEmpty()
                                    ? reader.pointers(5_100)
                                    : reader.pointers(reader.size() - 1))
                    .allMatch(pointer -> newest != null && pointer.sequence() == newest.sequence())
                    .allMatch(log::holds);
            assertThat(new KeyValueView(reader).get(bytes("key5499"))).hasValue(bytes("value5499"));
        }
        assertThat(CapsuleVerifier.verify(temp.resolve("c")).intact()).isTrue();
        assertThat(CapsuleUsage.of(temp.resolve("c")).epochs().getFirst().pointers())
                .isPositive();
    }

    @Test
    void aWriterSumsUpWhatItAppendedAndReadersFollowThePointers() {
        try (CapsuleWriter writer = create()) {
            assertThat(Summary.append(writer)).isNull();
            for (int round = 1; round <= 4; round++) {
                for (int i = 0; i < round; i++) {
                    writer.append(Collections.nCopies(200, bytes("one")));
                }
                Summary summary = Summary.append(writer);
                assertThat(summary).isNotNull();
            }
            assertThat(Summary.append(writer)).isNull();
        }
        try (CapsuleReader reader = CapsuleReader.open(temp.resolve("c"), readerKey)) {
            List<Summary> all = Summary.all(reader, 100);
            assertThat(all).extracting(Summary::count).containsExactly(800L, 600L, 400L, 200L);
            assertThat(all).allMatch(summary -> summary.holds(reader));
            assertThat(Summary.all(reader, 2)).hasSize(2);
            Summary last = all.getFirst();
            assertThat(new Summary(last.sequence(), last.from(), last.first(), last.last(), last.bodyBytes() + 1)
                            .holds(reader))
                    .isFalse();
        }
    }
}
