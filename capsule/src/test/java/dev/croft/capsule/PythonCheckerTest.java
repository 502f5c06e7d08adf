package dev.croft.capsule;

import static dev.croft.capsule.TestCapsule.bodies;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.croft.capsule.kv.KeyValueStore;
import dev.croft.capsule.view.Summary;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The checker in another language, written from the format document, says the same as ours. */
class PythonCheckerTest {
    private static final Path CHECKER = Path.of("src/test/python/verify_capsule.py");

    @TempDir
    Path temp;

    @BeforeAll
    static void pythonIsThere() throws Exception {
        assumeTrue(
                run("python3", "-c", "import cryptography").status == 0, "python3 with cryptography is not installed");
    }

    record Outcome(int status, String output) {}

    private static Outcome run(String... command) throws InterruptedException {
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return new Outcome(process.waitFor(), output);
        } catch (IOException e) {
            return new Outcome(127, String.valueOf(e.getMessage()));
        }
    }

    @Test
    void itAcceptsWhatWeWriteAndRefusesWhatWeRefuse() throws Exception {
        TestCapsule capsule = TestCapsule.in(temp.resolve("c"));
        try (CapsuleWriter writer = capsule.create(CapsuleOptions.standard().withSegmentBytes(4096))) {
            for (int i = 0; i < 15; i++) {
                writer.append(bodies(i * 10, 1 + i % 5));
            }
            writer.rotate(List.of(capsule.reader().publicKey()));
            writer.append(
                    bodies(900, 2), List.of(new HashPointer(1, writer.header(1).hash())));
            writer.shred(0);
        }
        Outcome good = check(capsule.directory());
        assertThat(good.output())
                .contains("intact: capsule " + capsule.metadata().name() + ", ");
        assertThat(good.status()).isZero();

        SplittableRandom random = new SplittableRandom(3);
        List<Path> files;
        try (var walk = Files.walk(capsule.directory())) {
            files = walk.filter(file -> file.toString().matches(".*(\\.seg|\\.keys|/metadata)"))
                    .sorted()
                    .toList();
        }
        assertThat(files).hasSizeGreaterThan(4);
        for (Path file : files) {
            byte[] content = Files.readAllBytes(file);
            for (int i = 0; i < 5; i++) {
                byte[] bad = content.clone();
                bad[random.nextInt(bad.length)] ^= (byte) (1 << random.nextInt(8));
                Files.write(file, bad);
                Outcome outcome = check(capsule.directory());
                assertThat(outcome.status())
                        .as("%s: %s", file, outcome.output())
                        .isEqualTo(1);
                assertThat(CapsuleVerifier.verify(capsule.directory()).intact()).isFalse();
            }
            Files.write(file, content);
        }
    }

    @Test
    void itAcceptsPointersToCheckpointsAndSummariesAndRefusesOthers() throws Exception {
        TestCapsule capsule = TestCapsule.in(temp.resolve("c"));
        try (CapsuleWriter writer = capsule.create()) {
            try (KeyValueStore store = new KeyValueStore(writer, 10)) {
                for (int i = 0; i < 25; i++) {
                    store.put(("key" + i).getBytes(StandardCharsets.US_ASCII), new byte[10]);
                }
            }
            Summary.append(writer);
            writer.append(bodies(7, 3));
            Summary.append(writer);
            assertThat(writer.pointers(writer.size() - 1)).hasSize(1);
        }
        assertThat(check(capsule.directory()).status()).isZero();
        Path segment = capsule.directory().resolve("segments/00000000000000000000.seg");
        byte[] content = Files.readAllBytes(segment);
        // The last frame is the heartbeat; before it stands the summary: 5 + 54 bytes, then its pointer.
        int frame = content.length - (4 + 1 + Heartbeat.LENGTH) - (5 + 54 + 40 + 4 + BodyCipher.OVERHEAD + 58);
        content[frame + 5 + 54 + 20] ^= 1;
        Files.write(segment, content);
        assertThat(check(capsule.directory()).status()).isEqualTo(1);
        assertThat(CapsuleVerifier.verify(capsule.directory()).intact()).isFalse();
    }

    private static Outcome check(Path directory) throws InterruptedException {
        return run("python3", CHECKER.toString(), directory.toString());
    }
}
