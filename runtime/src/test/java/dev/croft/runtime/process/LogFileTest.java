package dev.croft.runtime.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LogFileTest {
    @TempDir
    Path dir;

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void whatIsKeptIsTheEndOfWhatWasWrittenAndNeverOverTheBound(long seed) throws IOException {
        Random random = new Random(seed);
        int bound = 8 + 2 * random.nextInt(500);
        StringBuilder all = new StringBuilder();
        LogFile log = new LogFile(dir, bound);
        for (int i = 0; i < 200; i++) {
            String text = "x".repeat(random.nextInt(bound)) + i + "\n";
            all.append(text);
            log.append(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
            long onDisk = Files.size(dir.resolve("log.0"))
                    + (Files.exists(dir.resolve("log.1")) ? Files.size(dir.resolve("log.1")) : 0);
            assertThat(onDisk).as("seed %d", seed).isLessThanOrEqualTo(bound);
            if (random.nextInt(20) == 0) {
                log = new LogFile(dir, bound);
            }
        }
        try (InputStream in = log.reader(false, () -> false)) {
            String kept = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            assertThat(all.toString()).as("seed %d", seed).endsWith(kept);
            assertThat(kept.length()).isGreaterThanOrEqualTo(Math.min(all.length(), bound / 2));
        }
    }

    @Test
    void aSlowFollowerSkipsWhatWasDropped() throws IOException {
        LogFile log = new LogFile(dir, 20);
        InputStream follower = log.reader(true, () -> false);
        log.append(ByteBuffer.wrap("0123456789".getBytes(StandardCharsets.US_ASCII)));
        assertThat(follower.read()).isEqualTo('0');
        log.append(ByteBuffer.wrap("abcdefghijABCDEFGHIJ".getBytes(StandardCharsets.US_ASCII)));
        log.complete();
        assertThat(follower.readAllBytes()).asString().isEqualTo("abcdefghijABCDEFGHIJ");
    }
}
