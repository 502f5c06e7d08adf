package dev.croft.capsule;

import static org.assertj.core.api.Assertions.assertThat;

import dev.croft.capsule.crypto.ReaderKey;
import dev.croft.capsule.crypto.SigningKey;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A child process appends from several threads and prints what was acknowledged; it is killed at random moments. */
class CrashIT {
    private static final int KILLS = Integer.getInteger("croft.kills", 12);

    @TempDir
    Path temp;

    /** The child. Its keys are derived from a fixed seed so that none is handed over. */
    static final class Appender {
        public static void main(String[] arguments) throws Exception {
            try (CapsuleWriter writer = CapsuleWriter.open(
                    Path.of(arguments[0]),
                    writerKey(),
                    readerKey(),
                    CapsuleOptions.standard().withSegmentBytes(64 << 10))) {
                Object output = new Object();
                for (int t = 0; t < 4; t++) {
                    int thread = t;
                    Thread.ofPlatform().start(() -> {
                        for (int i = 0; ; i++) {
                            byte[] body = ("thread " + thread + " item " + i).getBytes(StandardCharsets.UTF_8);
                            long sequence = writer.append(List.of(body, new byte[i * 37 % 900]));
                            synchronized (output) {
                                System.out.println(sequence + " " + new String(body, StandardCharsets.UTF_8));
                                System.out.flush();
                            }
                        }
                    });
                }
                Thread.currentThread().join();
            }
        }
    }

    private static SigningKey writerKey() {
        return SigningKey.ofSeed(new byte[32]);
    }

    private static ReaderKey readerKey() {
        byte[] scalar = new byte[32];
        scalar[0] = 8;
        return ReaderKey.of(scalar);
    }

    @Test
    void nothingAcknowledgedIsLostWhenTheWriterIsKilledAtRandomMoments() throws Exception {
        long seed = Long.getLong("croft.seed", System.nanoTime());
        SplittableRandom random = new SplittableRandom(seed);
        Path directory = temp.resolve("c");
        var metadata = CapsuleMetadata.create(
                SigningKey.generate().verifyingKey(), writerKey().verifyingKey(), "crash");
        CapsuleWriter.create(
                        directory, metadata, writerKey(), List.of(readerKey().publicKey()))
                .close();
        long before = 0;
        for (int kill = 0; kill < KILLS; kill++) {
            List<String> acknowledged = runAndKill(directory, 1 + random.nextInt(150), random.nextInt(4_000_000));
            try (CapsuleWriter writer = CapsuleWriter.open(directory, writerKey(), readerKey())) {
                for (String line : acknowledged) {
                    int space = line.indexOf(' ');
                    long sequence = Long.parseLong(line.substring(0, space));
                    assertThat(sequence).as("seed %d", seed).isGreaterThanOrEqualTo(before);
                    assertThat(new String(writer.read(sequence).body(), StandardCharsets.UTF_8))
                            .as("seed %d", seed)
                            .isEqualTo(line.substring(space + 1));
                }
                before = writer.size();
                VerificationReport report = CapsuleVerifier.verify(directory, writer.head());
                assertThat(report.intact()).as("seed %d: %s", seed, report).isTrue();
            }
        }
        assertThat(before).isPositive();
    }

    private List<String> runAndKill(Path directory, int afterLines, int nanos)
            throws IOException, InterruptedException {
        Process child = new ProcessBuilder(
                        ProcessHandle.current().info().command().orElseThrow(),
                        "-Xmx128m",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Appender.class.getName(),
                        directory.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        var lines = new ArrayList<String>();
        try (var out = new BufferedReader(new InputStreamReader(child.getInputStream(), StandardCharsets.UTF_8))) {
            String line = out.readLine();
            while (line != null) {
                lines.add(line);
                if (lines.size() == afterLines) {
                    long until = System.nanoTime() + nanos;
                    while (System.nanoTime() < until) {
                        Thread.onSpinWait();
                    }
                    // Through the handle: Process.destroyForcibly would close our end of the pipe too.
                    child.toHandle().destroyForcibly();
                }
                line = out.readLine();
            }
        } finally {
            child.destroyForcibly().waitFor();
        }
        if (!lines.isEmpty() && !lines.getLast().matches("\\d+ thread \\d+ item \\d+")) {
            lines.removeLast();
        }
        return lines;
    }
}
