package dev.croft.runtime.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.croft.runtime.Digest;
import dev.croft.runtime.Program;
import dev.croft.runtime.WorkloadException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImageArchiveTest {
    @TempDir
    Path dir;

    private Path file;

    @BeforeEach
    void makeFile() throws IOException {
        file = Files.writeString(dir.resolve("file"), "content");
    }

    private ImageBuilder builder() {
        return new ImageBuilder("croft/thing", "amd64")
                .layer("thing", Map.of("/thing", file))
                .command(List.of("/thing"));
    }

    @Test
    void whatWasWrittenIsRead() throws IOException {
        Program.Image written = builder().write(dir.resolve("image.tar"));
        ImageArchive read = ImageArchive.read(dir.resolve("image.tar"));
        assertThat(read.reference()).isEqualTo("croft/thing");
        assertThat(read.id()).isEqualTo(written.digest());
        assertThat(read.layers()).hasSize(1);
        assertThat(read.layers().getFirst().content()).isEqualTo("thing");
        assertThat(read.plain()).isEmpty();
    }

    @Test
    void withoutItsCacheItIsTheImageThatNeverHadOne() throws IOException {
        Digest plain = builder().write(dir.resolve("plain.tar")).digest();
        Path cache = Files.writeString(dir.resolve("cache"), "other each time");
        builder().layer(JavaImage.CACHE, Map.of(JavaImage.CACHE_FILE, cache)).write(dir.resolve("image.tar"));
        ImageArchive image = ImageArchive.read(dir.resolve("image.tar"));
        assertThat(image.id()).isNotEqualTo(plain);
        assertThat(image.plain()).hasValue(plain);
    }

    @Test
    void aLayoutHasTheSameBlobsAndNothingOfDockers() throws IOException {
        Path archive = dir.resolve("image.tar");
        builder().write(archive);
        ImageArchive image = ImageArchive.unpack(archive, dir.resolve("layout"));
        assertThat(image).isEqualTo(ImageArchive.read(archive));
        Path layout = dir.resolve("layout");
        assertThat(layout.resolve("oci-layout")).hasContent("{\"imageLayoutVersion\":\"1.0.0\"}");
        assertThat(layout.resolve("manifest.json")).doesNotExist();
        for (Digest digest :
                List.of(image.id(), image.manifest(), image.layers().getFirst().digest())) {
            Path blob = layout.resolve("blobs/sha256").resolve(digest.hex());
            assertThat(Digest.of(Files.readAllBytes(blob))).isEqualTo(digest);
        }
    }

    /** Every byte counts, but for the padding between files, how an archive's files would be unpacked, and the name. */
    @Test
    void anArchiveThatIsChangedAnywhereIsRefusedOrHoldsTheSame() throws IOException {
        Path archive = dir.resolve("image.tar");
        builder().write(archive);
        ImageArchive honest = ImageArchive.read(archive);
        byte[] bytes = Files.readAllBytes(archive);
        Random random = new Random(7);
        int refused = 0;
        for (int i = 0; i < 2000; i++) {
            byte[] changed = bytes.clone();
            changed[random.nextInt(changed.length)] ^= (byte) (1 << random.nextInt(8));
            Path other = Files.write(dir.resolve("changed.tar"), changed);
            try {
                ImageArchive read = ImageArchive.read(other);
                assertThat(read.id()).isEqualTo(honest.id());
                assertThat(read.manifest()).isEqualTo(honest.manifest());
                assertThat(read.layers()).isEqualTo(honest.layers());
            } catch (WorkloadException.BadImage e) {
                refused++;
            }
        }
        assertThat(refused).isGreaterThan(100);
    }

    @Test
    void anArchiveThatIsCutOffOrNoneIsRefused() throws IOException {
        Path archive = dir.resolve("image.tar");
        builder().write(archive);
        byte[] bytes = Files.readAllBytes(archive);
        // The last kilobyte only says that nothing follows.
        for (int length = 0; length < bytes.length - 1024; length += 100) {
            Path cut = Files.write(dir.resolve("cut.tar"), Arrays.copyOf(bytes, length));
            assertThatThrownBy(() -> ImageArchive.read(cut)).isInstanceOf(WorkloadException.BadImage.class);
        }
    }

    @Test
    void whatDockerWouldLoadIsWhatTheIndexNames() throws Exception {
        builder().write(dir.resolve("1.tar"));
        Path one = dir.resolve("one");
        Files.createDirectory(one);
        Files.writeString(file, "other content");
        builder().write(dir.resolve("2.tar"));
        tar("-xf", dir.resolve("1.tar").toString(), "-C", one.toString());
        // The blobs of both, the index of the first, Docker's list of the second.
        tar("-xf", dir.resolve("2.tar").toString(), "-C", one.toString(), "--exclude=index.json");
        tar("--format=ustar", "-cf", dir.resolve("mixed.tar").toString(), "-C", one.toString(), "blobs", "index.json");
        tar("--format=ustar", "-rf", dir.resolve("mixed.tar").toString(), "-C", one.toString(), "manifest.json");
        assertThatThrownBy(() -> ImageArchive.read(dir.resolve("mixed.tar")))
                .isInstanceOf(WorkloadException.BadImage.class)
                .hasMessageContaining("Docker's list");
    }

    private static void tar(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("tar"));
        command.addAll(List.of(arguments));
        assertThat(new ProcessBuilder(command).inheritIO().start().waitFor()).isZero();
    }
}
