package dev.croft.capsule;

import static dev.croft.capsule.TestCapsule.bodies;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.croft.capsule.proof.CapsuleTree;
import dev.croft.capsule.proof.Proof;
import dev.croft.capsule.proof.ProofChecker;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CapsuleGarbageTest {
    private static final Path CHECKER = Path.of("src/test/python/verify_capsule.py");

    @TempDir
    Path temp;

    private long bytes(TestCapsule capsule) {
        return CapsuleUsage.of(capsule.directory()).total();
    }

    private TestCapsule shredded(CapsuleOptions options) {
        TestCapsule capsule = TestCapsule.in(temp.resolve("c"));
        try (CapsuleWriter writer = capsule.create(options)) {
            for (int epoch = 0; epoch < 3; epoch++) {
                for (int i = 0; i < 5; i++) {
                    writer.append(Collections.nCopies(4, new byte[1000]), List.of());
                }
                writer.rotate(List.of(capsule.reader().publicKey()));
            }
            writer.append(bodies(0, 3));
            writer.shred(0);
            writer.shred(2);
        }
        return capsule;
    }

    @Test
    void shreddedBodiesGoAndTheCapsuleVerifiesAsBefore() throws Exception {
        for (long segmentBytes : new long[] {4096, 64 << 20}) {
            TestCapsule capsule = shredded(CapsuleOptions.standard().withSegmentBytes(segmentBytes));
            VerificationReport before = CapsuleVerifier.verify(capsule.directory());
            byte[] proof;
            try (CapsuleReader reader = CapsuleReader.open(capsule.directory(), null)) {
                proof = new CapsuleTree(reader).membership(7, 9).encoded();
            }
            long size = bytes(capsule);
            CapsuleGarbage.Collected planned = CapsuleGarbage.collect(capsule.directory(), true);
            assertThat(bytes(capsule)).isEqualTo(size);
            CapsuleGarbage.Collected collected = CapsuleGarbage.collect(capsule.directory(), false);
            assertThat(collected).isEqualTo(planned);
            assertThat(collected.bodies()).isEqualTo(40);
            assertThat(bytes(capsule)).isBetween(size - collected.bytes() - 500, size - collected.bytes() + 500);

            VerificationReport after = CapsuleVerifier.verify(capsule.directory());
            assertThat(after.intact()).as(after.toString()).isTrue();
            assertThat(after.head()).isEqualTo(before.head());
            assertThat(CapsuleGarbage.collect(capsule.directory(), false).bodies())
                    .isZero();
            try (CapsuleReader reader = capsule.read()) {
                assertThat(((Proof.Membership) ProofChecker.check(reader.name(), proof)).records())
                        .containsExactly(reader.header(7), reader.header(8));
                assertThat(new CapsuleTree(reader).membership(7, 9).encoded()).isEqualTo(proof);
                assertThatThrownBy(() -> reader.read(7)).isInstanceOf(CapsuleException.Shredded.class);
                assertThat(reader.read(25).body()).hasSize(1000);
            }
            try (CapsuleWriter writer = capsule.open()) {
                writer.append(bodies(5, 2));
            }
            assertThat(CapsuleVerifier.verify(capsule.directory()).records()).isEqualTo(65);
            python(capsule.directory());
            copies(capsule);
            delete(capsule.directory());
        }
    }

    /** Where Python is, the checker in it accepts what is left. */
    private static void python(Path directory) throws InterruptedException {
        try {
            int there = new ProcessBuilder("python3", "-c", "import cryptography")
                    .start()
                    .waitFor();
            if (there == 0) {
                Process checker = new ProcessBuilder("python3", CHECKER.toString(), directory.toString())
                        .redirectErrorStream(true)
                        .start();
                assertThat(new String(checker.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                        .startsWith("intact");
            }
        } catch (IOException e) {
            assertThat(e).hasMessageContaining("python3");
        }
    }

    private void copies(TestCapsule capsule) throws IOException {
        Path copy = temp.resolve("copy");
        try (CapsuleReader reader = capsule.read();
                CapsuleReplica replica = CapsuleReplica.open(copy, capsule.metadata(), CapsuleOptions.standard())) {
            replica.catchUp(reader);
        }
        assertThat(CapsuleVerifier.verify(copy).intact()).isTrue();
        delete(copy);
    }

    private static void delete(Path directory) throws IOException {
        try (var paths = Files.walk(directory)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }

    @Test
    void nothingIsTakenFromUnderAWriterAndAnOpenReaderGoesOn() {
        TestCapsule capsule = shredded(CapsuleOptions.standard());
        try (CapsuleReader reader = capsule.read()) {
            try (CapsuleWriter writer = capsule.open()) {
                assertThatThrownBy(() -> CapsuleGarbage.collect(capsule.directory(), false))
                        .isInstanceOf(CapsuleException.Busy.class);
                assertThat(writer.size()).isEqualTo(63);
            }
            CapsuleGarbage.collect(capsule.directory(), false);
            try (CapsuleWriter writer = capsule.open()) {
                writer.append(bodies(9, 4));
            }
            assertThat(reader.refresh().size()).isEqualTo(67);
            assertThat(reader.read(65).body()).isEqualTo(TestCapsule.body(11));
        }
    }

    @Test
    void usageCountsEveryByte() throws IOException {
        TestCapsule capsule = shredded(CapsuleOptions.standard());
        CapsuleUsage usage = CapsuleUsage.of(capsule.directory());
        long files = 0;
        try (var paths = Files.walk(capsule.directory())) {
            for (Path path : paths.filter(Files::isRegularFile).toList()) {
                files += Files.size(path);
            }
        }
        assertThat(usage.total()).isEqualTo(files);
        assertThat(usage.epochs()).extracting(CapsuleUsage.Epoch::records).containsExactly(20L, 20L, 20L, 3L);
        assertThat(usage.epochs()).extracting(CapsuleUsage.Epoch::shredded).containsExactly(true, false, true, false);
    }
}
