package dev.croft.capsule;

import static dev.croft.capsule.TestCapsule.bodies;
import static dev.croft.capsule.TestCapsule.body;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RecoveryTest {
    @TempDir
    Path temp;

    private TestCapsule capsule;
    private Path segment;

    @BeforeEach
    void create() {
        capsule = TestCapsule.in(temp.resolve("c"));
        segment = capsule.directory().resolve("segments").resolve(SegmentFiles.fileName(0));
    }

    @Test
    void aTornTailIsCutBackToTheLastHeartbeatWhereverItTore() throws IOException {
        byte[] acknowledged;
        byte[] full;
        try (CapsuleWriter writer = capsule.create()) {
            writer.append(bodies(0, 3));
            acknowledged = Files.readAllBytes(segment);
            writer.append(bodies(3, 3));
            full = Files.readAllBytes(segment);
        }
        for (boolean cache : new boolean[] {true, false}) {
            for (int length = acknowledged.length; length < full.length; length++) {
                Files.write(segment, Arrays.copyOf(full, length));
                if (!cache) {
                    Files.deleteIfExists(capsule.directory().resolve("tail"));
                }
                assertThat(CapsuleVerifier.verify(capsule.directory()).onlyTorn())
                        .isEqualTo(length > acknowledged.length);
                try (CapsuleReader reader = capsule.read()) {
                    assertThat(reader.size()).isEqualTo(3);
                }
                try (CapsuleWriter writer = capsule.open()) {
                    assertThat(writer.size()).isEqualTo(3);
                    assertThat(Files.size(segment)).isEqualTo(acknowledged.length);
                }
            }
        }
        try (CapsuleWriter writer = capsule.open()) {
            assertThat(writer.append(body(9))).isEqualTo(3);
        }
        assertThat(CapsuleVerifier.verify(capsule.directory()).intact()).isTrue();
    }

    @Test
    void sectorsThatNeverReachedTheDiskAreATearButAChangedByteIsDamage() throws IOException {
        byte[] acknowledged;
        byte[] full;
        try (CapsuleWriter writer = capsule.create()) {
            writer.append(bodies(0, 3));
            acknowledged = Files.readAllBytes(segment);
            writer.append(bodies(3, 20));
            full = Files.readAllBytes(segment);
        }
        Files.delete(capsule.directory().resolve("tail"));
        byte[] unwritten = full.clone();
        int sector = (acknowledged.length / 512 + 1) * 512;
        Arrays.fill(unwritten, sector, sector + 1024, (byte) 0);
        Files.write(segment, unwritten);
        try (CapsuleWriter writer = capsule.open()) {
            assertThat(writer.size()).isEqualTo(3);
        }

        for (int at = acknowledged.length; at < full.length; at += 13) {
            byte[] rotten = full.clone();
            rotten[at] ^= 4;
            Files.write(segment, rotten);
            Files.deleteIfExists(capsule.directory().resolve("tail"));
            if (at < full.length - Frames.HEARTBEAT_FRAME) {
                assertThatThrownBy(capsule::open).as("byte %d", at).isInstanceOf(CapsuleException.Damaged.class);
            }
            assertThat(Files.size(segment)).isEqualTo(full.length);
        }
    }

    @Test
    void aSegmentWhoseHeaderWasTornIsRemoved() throws IOException {
        CapsuleOptions small = CapsuleOptions.standard().withSegmentBytes(4096);
        long size;
        try (CapsuleWriter writer = capsule.create(small)) {
            while (Files.size(segment) < 4096) {
                writer.append(body(1));
            }
            size = writer.size();
        }
        Path next = capsule.directory().resolve("segments").resolve(SegmentFiles.fileName(size));
        for (int length : new int[] {0, 1, 40, 120}) {
            Files.write(next, new byte[length], StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING);
            Files.deleteIfExists(capsule.directory().resolve("tail"));
            try (CapsuleWriter writer =
                    CapsuleWriter.open(capsule.directory(), capsule.writer(), capsule.reader(), small)) {
                assertThat(writer.size()).isEqualTo(size);
                assertThat(next).doesNotExist();
            }
        }
        try (CapsuleWriter writer =
                CapsuleWriter.open(capsule.directory(), capsule.writer(), capsule.reader(), small)) {
            writer.append(body(2));
        }
        assertThat(next).exists();
        assertThat(CapsuleVerifier.verify(capsule.directory()).intact()).isTrue();
    }

    @Test
    void whatACrashDuringCreationLeftIsNoCapsuleAndCreatingAgainWorks() throws IOException {
        capsule.create().close();
        Files.delete(capsule.directory().resolve("metadata"));
        assertThatThrownBy(capsule::open).isInstanceOf(CapsuleException.WrongDirectory.class);
        try (CapsuleWriter writer = capsule.create()) {
            writer.append(body(0));
        }
        assertThat(CapsuleVerifier.verify(capsule.directory()).intact()).isTrue();
    }
}
