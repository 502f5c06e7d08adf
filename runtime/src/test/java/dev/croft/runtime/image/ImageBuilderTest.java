package dev.croft.runtime.image;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.croft.runtime.Digest;
import dev.croft.runtime.Program;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImageBuilderTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    Path dir;

    private Path tree;

    @BeforeEach
    void makeTree() throws IOException {
        tree = Files.createDirectories(dir.resolve("tree"));
        Files.createDirectories(tree.resolve("sub"));
        Files.writeString(tree.resolve("sub/b"), "bbb");
        Files.writeString(tree.resolve("a"), "#!/bin/sh\n");
        Files.setPosixFilePermissions(tree.resolve("a"), PosixFilePermissions.fromString("rwx------"));
        Files.createSymbolicLink(tree.resolve("link"), Path.of("sub/b"));
        Files.writeString(tree.resolve("long-" + "x".repeat(120) + "-ä"), "long");
    }

    private Program.Image build(Path archive) throws IOException {
        return new ImageBuilder("croft/thing", "amd64")
                .layer("thing", Map.of("/opt/thing", tree))
                .environment("LANG", "C.UTF-8")
                .command(List.of("/opt/thing/a"))
                .write(archive);
    }

    @Test
    void theSameFilesGiveTheSameBytesWhateverTheirTimesAndGroups() throws IOException {
        Program.Image first = build(dir.resolve("1.tar"));
        Files.setLastModifiedTime(tree.resolve("a"), FileTime.fromMillis(12345));
        Files.setPosixFilePermissions(tree.resolve("a"), PosixFilePermissions.fromString("rwxrwxr-x"));
        Program.Image second = build(dir.resolve("2.tar"));
        assertThat(second).isEqualTo(first);
        assertThat(dir.resolve("2.tar")).hasSameBinaryContentAs(dir.resolve("1.tar"));

        Files.writeString(tree.resolve("sub/b"), "bbc");
        assertThat(build(dir.resolve("3.tar")).digest()).isNotEqualTo(first.digest());
    }

    private Path unpack(Path archive, String name) throws IOException, InterruptedException {
        Path target = Files.createDirectory(dir.resolve(name));
        Process tar = new ProcessBuilder("tar", "-xf", archive.toString(), "-C", target.toString())
                .inheritIO()
                .start();
        assertThat(tar.waitFor()).isZero();
        return target;
    }

    @Test
    void everyBlobIsWhatItsNameSaysFromTheIndexDownToTheLayer() throws Exception {
        Path archive = dir.resolve("image.tar");
        Program.Image image = build(archive);
        Path layout = unpack(archive, "layout");
        try (var blobs = Files.list(layout.resolve("blobs/sha256"))) {
            for (Path blob : blobs.toList()) {
                assertThat(Digest.of(Files.readAllBytes(blob)).hex())
                        .isEqualTo(blob.getFileName().toString());
            }
        }
        JsonNode entry = json(layout.resolve("index.json")).path("manifests").get(0);
        JsonNode manifest = blob(layout, entry);
        assertThat(manifest.path("config").path("digest").asText())
                .isEqualTo(image.digest().toString());
        JsonNode config = blob(layout, manifest.path("config"));
        assertThat(config.path("config").path("User").asText()).isEqualTo("10001:10001");
        assertThat(config.path("config").path("Entrypoint").get(0).asText()).isEqualTo("/opt/thing/a");
        JsonNode layer = manifest.path("layers").get(0);
        assertThat(config.path("rootfs").path("diff_ids").get(0).asText())
                .isEqualTo(layer.path("digest").asText());
        JsonNode docker = json(layout.resolve("manifest.json")).get(0);
        assertThat(docker.path("Config").asText())
                .isEqualTo("blobs/sha256/" + image.digest().hex());

        Path root = unpack(layout.resolve(docker.path("Layers").get(0).asText()), "root");
        assertThat(root.resolve("opt/thing/link")).hasContent("bbb").isSymbolicLink();
        assertThat(root.resolve("opt/thing/a")).isExecutable();
        assertThat(root.resolve("opt/thing/long-" + "x".repeat(120) + "-ä")).hasContent("long");
    }

    private static JsonNode blob(Path layout, JsonNode descriptor) throws IOException {
        Path file = layout.resolve("blobs/sha256")
                .resolve(Digest.parse(descriptor.path("digest").asText()).hex());
        assertThat(Files.size(file)).isEqualTo(descriptor.path("size").asLong());
        return json(file);
    }

    private static JsonNode json(Path file) throws IOException {
        return JSON.readTree(Files.readString(file, StandardCharsets.UTF_8));
    }
}
