package dev.croft.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PartedUploadTest {
    @TempDir
    Path directory;

    private Path file(String name, byte[] bytes) throws IOException {
        return Files.write(directory.resolve(name), bytes);
    }

    @Test
    void aFileIsLargeByWhatItHoldsUnpacked() throws IOException {
        var packed = new ByteArrayOutputStream();
        try (var gzip = new GZIPOutputStream(packed)) {
            gzip.write(new byte[10_000]);
        }
        assertThat(packed.size()).isLessThan(1000);
        Path zeros = file("zeros.gz", packed.toByteArray());
        assertThat(PartedUpload.isLarge(zeros, 9_999)).isTrue();
        assertThat(PartedUpload.isLarge(zeros, 10_000)).isFalse();
        Path plain = file("plain", new byte[10_000]);
        assertThat(PartedUpload.isLarge(plain, 9_999)).isTrue();
        assertThat(PartedUpload.isLarge(plain, 10_000)).isFalse();
        Path cut = file("cut.gz", Arrays.copyOf(packed.toByteArray(), 20));
        assertThat(PartedUpload.isLarge(cut, 9_999)).isFalse();
        assertThat(PartedUpload.isLarge(file("empty", new byte[0]), 10)).isFalse();
    }
}
