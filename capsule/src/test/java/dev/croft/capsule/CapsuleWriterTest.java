package dev.croft.capsule;

import static dev.croft.capsule.TestCapsule.bodies;
import static dev.croft.capsule.TestCapsule.body;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.croft.capsule.crypto.ReaderKey;
import dev.croft.capsule.crypto.SigningKey;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CapsuleWriterTest {
    @TempDir
    Path temp;

    @Test
    void whatWasAppendedIsReadBackInOrder() {
        TestCapsule capsule = TestCapsule.in(temp.resolve("c"));
        try (CapsuleWriter writer = capsule.create()) {
            assertThat(writer.append(bodies(0, 5))).isZero();
            assertThat(writer.append(body(5))).isEqualTo(5);
            assertThat(writer.read(3).body()).isEqualTo(body(3));
            assertThat(writer.range(1, 6).map(CapsuleRecord::sequence)).containsExactly(1L, 2L, 3L, 4L, 5L);
            assertThatThrownBy(() -> writer.read(6)).isInstanceOf(CapsuleException.NoSuchRecord.class);
            assertThatThrownBy(() -> writer.read(-1)).isInstanceOf(CapsuleException.NoSuchRecord.class);
        }
        assertThat(CapsuleVerifier.verify(capsule.directory()).intact()).isTrue();
    }

    @Test
    void aCapsuleGoesOnWhereItWasClosed() {
        TestCapsule capsule = TestCapsule.in(temp.resolve("c"));
        try (CapsuleWriter writer = capsule.create()) {
            writer.append(bodies(0, 3));
        }
        for (int i = 3; i < 8; i++) {
            try (CapsuleWriter writer = capsule.open()) {
                assertThat(writer.append(body(i))).isEqualTo(i);
            }
        }
        try (CapsuleReader reader = capsule.read()) {
            assertThat(reader.range(0, 8).map(CapsuleRecord::body))
                    .usingRecursiveFieldByFieldElementComparator()
                    .containsExactlyElementsOf(bodies(0, 8));
        }
        VerificationReport report = CapsuleVerifier.verify(capsule.directory());
        assertThat(report.intact()).isTrue();
        assertThat(report.records()).isEqualTo(8);
    }

    @Test
    void segmentsRollAndReadAcross() throws Exception {
        TestCapsule capsule = TestCapsule.in(temp.resolve("c"));
        CapsuleOptions small = CapsuleOptions.standard().withSegmentBytes(4096);
        try (CapsuleWriter writer = capsule.create(small)) {
            for (int i = 0; i < 100; i++) {
                writer.append(bodies(i * 3, 3));
            }
            for (int i = 0; i < 300; i += 7) {
                assertThat(writer.read(i).body()).isEqualTo(body(i));
            }
        }
        try (var files = Files.list(capsule.directory().resolve("segments"))) {
            assertThat(files.count()).isGreaterThan(5);
        }
        try (CapsuleWriter writer =
                CapsuleWriter.open(capsule.directory(), capsule.writer(), capsule.reader(), small)) {
            writer.append(body(300));
            assertThat(writer.range(0, 301).map(CapsuleRecord::sequence).toList())
                    .isEqualTo(IntStream.range(0, 301).mapToObj(Long::valueOf).toList());
        }
        assertThat(CapsuleVerifier.verify(capsule.directory()).records()).isEqualTo(301);
    }

    @Test
    void manyThreadsShareCommitsAndEachGetsItsOwnSequences() throws Exception {
        TestCapsule capsule = TestCapsule.in(temp.resolve("c"));
        Set<Long> seen = ConcurrentHashMap.newKeySet();
        try (CapsuleWriter writer = capsule.create()) {
            try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
                for (int t = 0; t < 64; t++) {
                    int thread = t;
                    threads.submit(() -> {
                        for (int i = 0; i < 20; i++) {
                            byte[] one = body(thread * 1000L + i);
                            byte[] two = body(thread * 1000L + i + 500);
                            long first = writer.append(List.of(one, two));
                            assertThat(writer.read(first).body()).isEqualTo(one);
                            assertThat(writer.read(first + 1).body()).isEqualTo(two);
                            seen.add(first);
                            seen.add(first + 1);
                        }
                        return null;
                    });
                }
            }
            assertThat(seen).hasSize(64 * 40);
            assertThat(writer.size()).isEqualTo(64 * 40);
        }
        assertThat(CapsuleVerifier.verify(capsule.directory()).intact()).isTrue();
    }

    @Test
    void interruptedAppendersNeitherLoseTheirRecordsNorBreakTheFileForOthers() throws Exception {
        TestCapsule capsule = TestCapsule.in(temp.resolve("c"));
        try (CapsuleWriter writer = capsule.create()) {
            for (int i = 0; i < 50; i++) {
                int number = i;
                Thread thread = Thread.ofPlatform().start(() -> {
                    Thread.currentThread().interrupt();
                    writer.append(body(number));
                    writer.read(number);
                });
                thread.join();
                assertThat(writer.size()).isEqualTo(i + 1);
            }
        }
        assertThat(CapsuleVerifier.verify(capsule.directory()).records()).isEqualTo(50);
    }

    @Test
    void onlyOneWriterAtATime() {
        TestCapsule capsule = TestCapsule.in(temp.resolve("c"));
        try (CapsuleWriter writer = capsule.create()) {
            assertThatThrownBy(capsule::open).isInstanceOf(CapsuleException.Busy.class);
            writer.append(body(0));
        }
        capsule.open().close();
    }

    @Test
    void anotherKeyCannotWriteAndAnotherReaderCannotRead() {
        TestCapsule capsule = TestCapsule.in(temp.resolve("c"));
        try (CapsuleWriter writer = capsule.create()) {
            writer.append(body(0));
        }
        assertThatThrownBy(() -> CapsuleWriter.open(capsule.directory(), SigningKey.generate(), null))
                .isInstanceOf(CapsuleException.WrongKey.class);
        try (CapsuleReader reader = CapsuleReader.open(capsule.directory(), ReaderKey.generate())) {
            assertThatThrownBy(() -> reader.read(0)).isInstanceOf(CapsuleException.NotAReader.class);
            assertThat(reader.header(0).sequence()).isZero();
        }
    }

    @Test
    void limitsAreKept() {
        TestCapsule capsule = TestCapsule.in(temp.resolve("c"));
        try (CapsuleWriter writer = capsule.create()) {
            assertThatThrownBy(() -> writer.append(new byte[CapsuleOptions.MOST_RECORD_BYTES + 1]))
                    .isInstanceOf(CapsuleException.TooLarge.class);
            byte[] largest = new byte[CapsuleOptions.MOST_RECORD_BYTES];
            writer.append(largest);
            writer.append(new byte[0]);
            assertThat(writer.read(0).body()).isEqualTo(largest);
            assertThat(writer.read(1).body()).isEmpty();
        }
        assertThat(CapsuleVerifier.verify(capsule.directory()).intact()).isTrue();
    }

    @Test
    void rotatingLeavesOutAReaderAndShreddingOutlivesARestart() {
        TestCapsule capsule = TestCapsule.in(temp.resolve("c"));
        ReaderKey other = ReaderKey.generate();
        try (CapsuleWriter writer = capsule.create()) {
            writer.append(body(0));
            assertThat(writer.rotate(List.of(other.publicKey()))).isEqualTo(1);
            writer.append(body(1));
            assertThat(writer.rotate(List.of(capsule.reader().publicKey(), other.publicKey())))
                    .isEqualTo(2);
            writer.append(body(2));
            writer.shred(0);
            assertThatThrownBy(() -> writer.read(0)).isInstanceOf(CapsuleException.Shredded.class);
        }
        try (CapsuleReader reader = CapsuleReader.open(capsule.directory(), other)) {
            assertThatThrownBy(() -> reader.read(0)).isInstanceOf(CapsuleException.Shredded.class);
            assertThat(reader.read(1).body()).isEqualTo(body(1));
            assertThat(reader.read(2).body()).isEqualTo(body(2));
        }
        try (CapsuleReader reader = capsule.read()) {
            assertThatThrownBy(() -> reader.read(1)).isInstanceOf(CapsuleException.NotAReader.class);
        }
        VerificationReport report = CapsuleVerifier.verify(capsule.directory());
        assertThat(report.intact()).isTrue();
        assertThat(report.shreddedEpochs()).containsExactly(0);
    }

    @Test
    void shreddingTheCurrentEpochBeginsANewOne() {
        TestCapsule capsule = TestCapsule.in(temp.resolve("c"));
        try (CapsuleWriter writer = capsule.create()) {
            writer.append(body(0));
            writer.shred(0);
            writer.append(body(1));
            assertThat(writer.read(1).body()).isEqualTo(body(1));
            assertThat(writer.head().epoch()).isEqualTo(1);
        }
    }

    @Test
    void aWriterWithoutReaderKeyAppendsUnderAFreshEpoch() {
        TestCapsule capsule = TestCapsule.in(temp.resolve("c"));
        try (CapsuleWriter writer = capsule.create()) {
            writer.append(body(0));
        }
        try (CapsuleWriter writer = CapsuleWriter.open(capsule.directory(), capsule.writer(), null)) {
            assertThatThrownBy(() -> writer.read(0)).isInstanceOf(CapsuleException.NotAReader.class);
            writer.append(body(1));
        }
        try (CapsuleReader reader = capsule.read()) {
            assertThat(reader.read(0).body()).isEqualTo(body(0));
            assertThat(reader.read(1).body()).isEqualTo(body(1));
        }
        assertThat(CapsuleVerifier.verify(capsule.directory()).intact()).isTrue();
    }

    @Test
    void aFollowerSeesWhatAnotherThreadAppends() throws Exception {
        TestCapsule capsule = TestCapsule.in(temp.resolve("c"));
        CapsuleOptions small = CapsuleOptions.standard().withSegmentBytes(4096);
        try (CapsuleWriter writer = capsule.create(small);
                CapsuleReader reader = capsule.read()) {
            Thread appender = Thread.startVirtualThread(() -> {
                for (int i = 0; i < 200; i++) {
                    writer.append(body(i));
                }
            });
            CapsuleFollower follower = reader.follow(0);
            while (follower.position() < 200) {
                for (CapsuleRecord record : follower.poll(7, Duration.ofSeconds(20))) {
                    assertThat(record.body()).isEqualTo(body(record.sequence()));
                }
            }
            assertThat(follower.poll(1, Duration.ofMillis(5))).isEmpty();
            appender.join();
        }
    }

    @Test
    void timeNeverRunsBackwardsWhateverTheClockSays() {
        TestCapsule capsule = TestCapsule.in(temp.resolve("c"));
        Instant[] now = {Instant.parse("2026-01-02T00:00:00Z")};
        try (CapsuleWriter writer = capsule.create(CapsuleOptions.standard().withClock(() -> now[0]))) {
            writer.append(body(0));
            now[0] = Instant.parse("2026-01-01T00:00:00Z");
            writer.append(body(1));
            assertThat(writer.read(1).timestamp()).isEqualTo(writer.read(0).timestamp());
        }
        assertThat(CapsuleVerifier.verify(capsule.directory()).intact()).isTrue();
    }

    @Test
    void aPulseShowsFreshnessWithoutARecord() {
        TestCapsule capsule = TestCapsule.in(temp.resolve("c"));
        try (CapsuleWriter writer = capsule.create()) {
            writer.append(body(0));
            Heartbeat pulse = writer.pulse();
            assertThat(pulse.size()).isEqualTo(1);
            assertThat(CapsuleVerifier.verify(capsule.directory(), pulse).intact())
                    .isTrue();
        }
    }

    @Test
    void hashPointersAreKeptUnderTheHash() {
        TestCapsule capsule = TestCapsule.in(temp.resolve("c"));
        try (CapsuleWriter writer = capsule.create()) {
            writer.append(bodies(0, 3));
            HashPointer pointer = new HashPointer(1, writer.header(1).hash());
            writer.append(List.of(body(3)), List.of(pointer));
            assertThat(writer.header(3).pointers()).containsExactly(pointer);
            assertThat(writer.header(3).hash()).isEqualTo(writer.head().headHash());
            assertThat(writer.read(3).body()).isEqualTo(body(3));
        }
        assertThat(CapsuleVerifier.verify(capsule.directory()).intact()).isTrue();
    }

    @Test
    void readersAndVerifiersOfALiveCapsuleNeverSeeDamage() throws Exception {
        TestCapsule capsule = TestCapsule.in(temp.resolve("c"));
        try (CapsuleWriter writer = capsule.create(CapsuleOptions.standard().withSegmentBytes(64 << 10))) {
            Thread appender = Thread.ofPlatform().start(() -> {
                for (int i = 0; i < 150; i++) {
                    writer.append(bodies(i, 1 + i % 90));
                }
            });
            while (appender.isAlive()) {
                try (CapsuleReader reader = capsule.read()) {
                    assertThat(reader.range(0, reader.size())
                                    .filter(r -> r.body().length > 0)
                                    .count())
                            .isEqualTo(reader.size());
                }
                VerificationReport report = CapsuleVerifier.verify(capsule.directory());
                assertThat(report.intact() || report.onlyTorn())
                        .as("%s", report)
                        .isTrue();
            }
        }
        assertThat(CapsuleVerifier.verify(capsule.directory()).intact()).isTrue();
    }
}
