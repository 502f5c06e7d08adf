package dev.croft.runtime.watch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OutputAndLinesTest {
    @Test
    void outputIsMeasuredWithoutFollowingLinks(@TempDir Path dir) throws IOException {
        Files.createSymbolicLink(dir.resolve("up"), dir.getParent());
        Files.write(dir.resolve("a"), new byte[10_000]);
        assertThat(OutputMeter.exceeds(dir, 20_000)).isFalse();
        assertThat(OutputMeter.exceeds(dir, 13_000)).isTrue();
        assertThat(OutputMeter.exceeds(dir.resolve("absent"), 0)).isFalse();
    }

    @Test
    void aPatternSeesLinesHoweverTheyAreCutAndIsNotHeldUpByHostileOnes() {
        LineWatch watch = new LineWatch(Pattern.compile("^(a+)+b$"));
        watch.accept(ByteBuffer.wrap(("a".repeat(4000) + "\n").getBytes(StandardCharsets.US_ASCII)));
        assertThat(watch.seen()).isFalse();
        for (byte b : "xxx\naaab\nyyy\n".getBytes(StandardCharsets.US_ASCII)) {
            watch.accept(ByteBuffer.wrap(new byte[] {b}));
        }
        assertThat(watch.seen()).isTrue();
    }
}
