package dev.croft.runtime.image;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.croft.runtime.Digest;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/** How an archive is laid out: always the same bytes for the same image and name. */
final class ArchiveForm {
    static final String MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json";

    private static final ObjectMapper JSON = new ObjectMapper();

    private ArchiveForm() {}

    /**
     * Writes an archive.
     *
     * @param reference what {@code docker load} names it
     * @param manifest its bytes
     * @param configuration its digest
     * @param layers of which there may be one twice, from the lowest on
     * @param blobs each blob's file; the configuration first, then layers
     */
    static void write(
            Path archive,
            String reference,
            byte[] manifest,
            Digest configuration,
            List<Digest> layers,
            SequencedMap<Digest, Path> blobs)
            throws IOException {
        ObjectNode docker = JSON.createObjectNode().put("Config", name(configuration));
        docker.putArray("RepoTags").add(reference + ":latest");
        var dockerLayers = docker.putArray("Layers");
        layers.forEach(layer -> dockerLayers.add(name(layer)));
        ObjectNode index = JSON.createObjectNode().put("schemaVersion", 2);
        ObjectNode entry = descriptor(MANIFEST_TYPE, Digest.of(manifest), manifest.length);
        entry.putObject("annotations").put("org.opencontainers.image.ref.name", "latest");
        index.putArray("manifests").add(entry);
        try (TarWriter tar = new TarWriter(new BufferedOutputStream(Files.newOutputStream(archive)))) {
            tar.directory("blobs", 0755);
            tar.directory("blobs/sha256", 0755);
            for (Map.Entry<Digest, Path> blob : blobs.entrySet()) {
                try (InputStream in = Files.newInputStream(blob.getValue())) {
                    tar.file(name(blob.getKey()), 0644, Files.size(blob.getValue()), in);
                }
            }
            tar.file(name(Digest.of(manifest)), manifest);
            tar.file("index.json", JSON.writeValueAsBytes(index));
            tar.file(
                    "manifest.json",
                    JSON.writeValueAsBytes(JSON.createArrayNode().add(docker)));
            tar.file("oci-layout", JSON.writeValueAsBytes(Map.of("imageLayoutVersion", "1.0.0")));
        }
    }

    static String name(Digest blob) {
        return "blobs/sha256/" + blob.hex();
    }

    static ObjectNode descriptor(String type, Digest digest, long size) {
        return JSON.createObjectNode()
                .put("mediaType", type)
                .put("digest", digest.toString())
                .put("size", size);
    }
}
