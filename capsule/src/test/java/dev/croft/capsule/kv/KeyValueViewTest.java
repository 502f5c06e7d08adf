package dev.croft.capsule.kv;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.croft.capsule.CapsuleMetadata;
import dev.croft.capsule.CapsuleOptions;
import dev.croft.capsule.CapsuleReader;
import dev.croft.capsule.CapsuleWriter;
import dev.croft.capsule.codec.Malformed;
import dev.croft.capsule.crypto.ReaderKey;
import dev.croft.capsule.crypto.SigningKey;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KeyValueViewTest {
    @TempDir
    Path temp;

    private final SigningKey writerKey = SigningKey.generate();
    private final ReaderKey readerKey = ReaderKey.generate();

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void theViewAgreesWithAMapAtEveryPastStateAndTime() {
        Instant[] now = {Instant.parse("2026-01-01T00:00:00Z")};
        var metadata = CapsuleMetadata.create(writerKey.verifyingKey(), writerKey.verifyingKey(), "kv");
        SplittableRandom random = new SplittableRandom(8);
        List<Map<String, String>> states = new ArrayList<>(List.of(Map.of()));
        List<Instant> times = new ArrayList<>();
        try (CapsuleWriter writer = CapsuleWriter.create(
                        temp.resolve("c"),
                        metadata,
                        writerKey,
                        List.of(readerKey.publicKey()),
                        CapsuleOptions.standard().withClock(() -> now[0]));
                CapsuleReader reader = CapsuleReader.open(temp.resolve("c"), readerKey)) {
            KeyValueView view = new KeyValueView(reader);
            for (int i = 0; i < 120; i++) {
                Map<String, String> state = new TreeMap<>(states.getLast());
                List<Change> changes = new ArrayList<>();
                for (int c = 0; c <= random.nextInt(3); c++) {
                    String key = "key " + random.nextInt(12);
                    if (random.nextInt(4) == 0) {
                        changes.add(new Change.Delete(bytes(key)));
                        state.remove(key);
                    } else {
                        changes.add(new Change.Put(bytes(key), bytes("value " + i)));
                        state.put(key, "value " + i);
                    }
                }
                now[0] = now[0].plusSeconds(1);
                times.add(now[0]);
                writer.append(Change.encode(changes));
                states.add(state);
                if (i % 10 == 0) {
                    view.refresh();
                }
            }
            assertThat(view.refresh()).isEqualTo(120);
            KeyValueView rebuilt = new KeyValueView(reader);
            for (KeyValueView each : List.of(view, rebuilt)) {
                for (int size = 0; size <= 120; size += 7) {
                    Map<String, String> state = states.get(size);
                    for (int k = 0; k < 12; k++) {
                        assertThat(each.get(bytes("key " + k), size).map(v -> new String(v, StandardCharsets.UTF_8)))
                                .isEqualTo(Optional.ofNullable(state.get("key " + k)));
                    }
                    assertThat(each.keys(bytes("key"), bytes("kez"), size)
                                    .map(k -> new String(k, StandardCharsets.UTF_8)))
                            .containsExactlyElementsOf(state.keySet());
                    if (size > 0) {
                        assertThat(each.sizeAt(times.get(size - 1))).isEqualTo(size);
                    }
                }
                assertThat(each.sizeAt(Instant.EPOCH)).isZero();
            }
        }
    }

    @Test
    void garbageIsRefusedByName() {
        byte[] good = Change.encode(List.of(new Change.Put(bytes("k"), bytes("v")), new Change.Delete(bytes("x"))));
        assertThat(Change.decode(good)).hasSize(2);
        for (int length = 0; length < good.length; length++) {
            byte[] cut = Arrays.copyOf(good, length);
            assertThatThrownBy(() -> Change.decode(cut)).isInstanceOf(Malformed.class);
        }
        byte[] unknown = good.clone();
        unknown[17] = 9;
        assertThatThrownBy(() -> Change.decode(unknown)).isInstanceOf(Malformed.class);
    }
}
