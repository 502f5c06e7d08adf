package dev.croft.capsule.view;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.croft.capsule.CapsuleMetadata;
import dev.croft.capsule.CapsuleWriter;
import dev.croft.capsule.codec.ByteReader;
import dev.croft.capsule.codec.ByteWriter;
import dev.croft.capsule.codec.Malformed;
import dev.croft.capsule.crypto.ReaderKey;
import dev.croft.capsule.crypto.SigningKey;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointedMapTest {
    @TempDir
    Path temp;

    /** One record sets one key, or takes it away. */
    private static final class OneKey implements CheckpointedMap.Codec {
        @Override
        public String kind() {
            return "test";
        }

        @Override
        public boolean knows(byte[] body) {
            return Checkpoint.begins(body, "one");
        }

        @Override
        public void decode(long sequence, byte[] body, CheckpointedMap.Changes into) {
            ByteReader in = new ByteReader(body).expectTag("one");
            byte[] key = in.framed(100);
            into.put(key, in.u8() == 1 ? in.framed(100) : null);
        }
    }

    private static byte[] key(int number) {
        return new ByteWriter().u32(number).toBytes();
    }

    @Test
    void openingReadsBackToTheLastCheckpointHoweverLongTheCapsuleIs() {
        SigningKey key = SigningKey.generate();
        ReaderKey reader = ReaderKey.generate();
        Path directory = temp.resolve("c");
        SplittableRandom random = new SplittableRandom(4);
        TreeMap<Integer, byte[]> model = new TreeMap<>();
        AtomicLong[] reads = {new AtomicLong(), new AtomicLong()};
        try (CapsuleWriter writer = CapsuleWriter.create(
                        directory,
                        CapsuleMetadata.create(key.verifyingKey(), key.verifyingKey(), "test"),
                        key,
                        List.of(reader.publicKey()));
                Journal journal = new Journal(writer)) {
            OneKey codec = new OneKey();
            CheckpointedMap map = CheckpointedMap.open(journal, codec);
            for (int round = 0; round < 2; round++) {
                for (int i = 0; i < (round == 0 ? 2_000 : 20_000); i++) {
                    int number = random.nextInt(3000);
                    boolean set = random.nextInt(3) > 0;
                    ByteWriter body =
                            new ByteWriter().tag("one").framed(key(number)).u8(set ? 1 : 0);
                    byte[] value = key(i);
                    byte[] encoded = (set ? body.framed(value) : body).toBytes();
                    long sequence = journal.submit(encoded);
                    codec.decode(sequence, encoded, (k, v) -> map.change(sequence, k, v));
                    map.submitted(sequence + 1);
                    if (set) {
                        model.put(number, value);
                    } else {
                        model.remove(number);
                    }
                    if (i % 500 == 499 && i < 19_000) {
                        map.checkpoint(journal, false);
                    }
                }
                journal.sync();
                CountingLog log = new CountingLog(journal, new AtomicLong(), false);
                CheckpointedMap opened = CheckpointedMap.open(log, codec);
                reads[round] = log.read();
                for (int k = 0; k < 3000; k++) {
                    assertThat(opened.get(key(k), opened.applied())).isEqualTo(model.get(k));
                    Map.Entry<byte[], byte[]> floor = opened.floor(key(k), opened.applied());
                    Map.Entry<Integer, byte[]> expected = model.floorEntry(k);
                    assertThat(floor == null ? null : new ByteReader(floor.getKey()).u32())
                            .isEqualTo(expected == null ? null : expected.getKey());
                }
            }
        }
        assertThat(reads[0].get()).isLessThan(500);
        assertThat(reads[1].get()).isLessThan(4_000);
        assertThat(reads[1].get()).isGreaterThan(1_000);
    }

    @Test
    void aNodeOrCheckpointOutOfItsPlaceOrOutOfOrderIsRefused() {
        TreeNode leaf = new TreeNode(0, List.of(key(1), key(2)), List.of(key(3), key(4)));
        byte[] encoded = leaf.encode(7);
        TreeNode decoded = TreeNode.decode(7, encoded);
        assertThat(decoded.search(key(2))).isEqualTo(1);
        assertThatThrownBy(() -> TreeNode.decode(8, encoded)).isInstanceOf(Malformed.class);
        byte[] unordered = new TreeNode(0, List.of(key(2), key(1)), List.of(key(3), key(4))).encode(7);
        assertThatThrownBy(() -> TreeNode.decode(7, unordered)).isInstanceOf(Malformed.class);
        byte[] loop = new TreeNode(1, List.of(key(1)), List.of(TreeNode.reference(7))).encode(7);
        assertThatThrownBy(() -> TreeNode.decode(7, loop)).isInstanceOf(Malformed.class);
        for (int length = 0; length < encoded.length; length++) {
            byte[] cut = Arrays.copyOf(encoded, length);
            assertThatThrownBy(() -> TreeNode.decode(7, cut)).isInstanceOf(Malformed.class);
        }
        byte[] checkpoint = new Checkpoint("test", 9, 8, 7).encode();
        assertThat(Objects.requireNonNull(Checkpoint.decode(9, checkpoint)).root())
                .isEqualTo(7);
        assertThatThrownBy(() -> Checkpoint.decode(8, checkpoint)).isInstanceOf(Malformed.class);
    }
}
