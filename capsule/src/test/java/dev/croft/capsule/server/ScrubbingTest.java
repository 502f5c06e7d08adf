package dev.croft.capsule.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.croft.capsule.CapsuleException;
import dev.croft.capsule.CapsuleReader;
import dev.croft.capsule.CapsuleVerifier;
import dev.croft.capsule.CapsuleWriter;
import dev.croft.capsule.WriterMode;
import dev.croft.capsule.replication.Durability;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ScrubbingTest {
    @TempDir
    Path temp;

    @Test
    void oneRottenBodyIsTakenOutAllOthersStayAndTheNextRefreshFillsTheHole() throws Exception {
        try (Cluster cluster = new Cluster(temp, 1, WriterMode.STRICT);
                CapsuleWriter local = cluster.create(temp.resolve("w"));
                ReplicatedWriter writer = cluster.replicate(local, temp.resolve("w"), Durability.ALL)) {
            for (int i = 0; i < 40; i++) {
                writer.append(List.of(("body of record " + i).getBytes(StandardCharsets.UTF_8)));
            }
            Path copy = temp.resolve("r");
            try (ReplicatedReader reader = cluster.read(copy, 1)) {
                reader.refresh(Instant.EPOCH);
                assertThatThrownBy(() -> Scrubbing.of(copy))
                        .as("while a reader has it open")
                        .isInstanceOf(CapsuleException.Busy.class);
            }
            assertThat(Scrubbing.of(copy)).isZero();
            byte[] sealed;
            try (CapsuleReader reader = CapsuleReader.open(copy, null)) {
                sealed = reader.sealed(17);
            }
            flip(copy.resolve("segments/00000000000000000000.seg"), sealed);
            assertThat(CapsuleVerifier.verify(copy).intact()).isFalse();
            assertThat(Scrubbing.of(copy)).isPositive();
            assertThat(Scrubbing.of(copy)).isZero();
            try (CapsuleReader before = CapsuleReader.open(copy, null);
                    CapsuleReader behind = CapsuleReader.open(copy.resolve("pieces/1"), null)) {
                assertThat(before.size()).isEqualTo(17);
                assertThat(behind.size()).isEqualTo(40);
            }
            try (ReplicatedReader reader = cluster.read(copy, 1)) {
                reader.refresh(Instant.EPOCH);
            }
            assertThat(CapsuleVerifier.verify(copy, local.head()).intact()).isTrue();
        }
    }

    private static void flip(Path file, byte[] sealed) throws Exception {
        byte[] all = Files.readAllBytes(file);
        int at = 0;
        while (Arrays.mismatch(all, at, at + sealed.length, sealed, 0, sealed.length) >= 0) {
            at++;
        }
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(new byte[] {(byte) (all[at + 20] ^ 4)}), at + 20);
        }
    }
}
