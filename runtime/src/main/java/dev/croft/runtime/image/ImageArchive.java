package dev.croft.runtime.image;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.croft.runtime.Digest;
import dev.croft.runtime.WorkloadException;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.CharConversionException;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What an archive holds that {@link ImageBuilder} wrote, after every digest in it was found right: from the index by way of the manifest and
 * the configuration to each layer, and that {@code docker load} takes the same ones.
 *
 * @param reference the name that an engine gives it
 * @param id digest of the configuration, by which engines know an image
 * @param manifest digest of the manifest, by which registries know it
 * @param layers from the lowest on
 * @param plain the id of the same image without its layer {@link JavaImage#CACHE}, which comes out the same wherever it is built; empty if
 *     there is no such layer, when {@link #id} itself does
 */
public record ImageArchive(String reference, Digest id, Digest manifest, List<Layer> layers, Optional<Digest> plain) {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int LONGEST_DOCUMENT = 1 << 20;
    private static final int MOST_BLOBS = 256;
    private static final String BLOBS = "blobs/sha256/";

    public ImageArchive {
        layers = List.copyOf(layers);
    }

    /** One layer: what is in it, in words, and the digest and length of its tar. */
    public record Layer(String content, Digest digest, long size) {}

    /** Whether an archive can give an image this name. */
    public static boolean isName(String name) {
        return name.matches("[a-z0-9][a-z0-9._/-]{0,200}");
    }

    /** Reads and checks an archive; {@link WorkloadException.BadImage} if it is none or any byte of it is another. */
    public static ImageArchive read(Path archive) throws IOException {
        return new Reading(null).read(archive);
    }

    /** Reads and checks an archive that is called so in refusals; the caller closes the stream. */
    static ImageArchive read(InputStream archive, String name) throws IOException {
        return new Reading(null).read(archive, name);
    }

    /** Reads and checks an archive and writes it as an OCI image layout (image-spec 1.0) into a new directory. */
    public static ImageArchive unpack(Path archive, Path layout) throws IOException {
        Files.createDirectory(layout);
        return new Reading(layout).read(archive);
    }

    private static final class Reading {
        private final @Nullable Path layout;
        private final Map<String, byte[]> documents = new HashMap<>();
        private final Map<Digest, Long> blobs = new HashMap<>();

        Reading(@Nullable Path layout) {
            this.layout = layout;
        }

        ImageArchive read(Path archive) throws IOException {
            try (InputStream in = new BufferedInputStream(Files.newInputStream(archive), 1 << 16)) {
                return read(in, String.valueOf(archive.getFileName()));
            }
        }

        ImageArchive read(InputStream in, String name) throws IOException {
            try {
                TarReader tar = new TarReader(in);
                for (TarReader.Entry entry = tar.next(); entry != null; entry = tar.next()) {
                    take(tar, entry);
                }
                return image();
            } catch (WorkloadException.InvalidSpec
                    | WorkloadException.BadImage
                    | JsonProcessingException
                    | CharConversionException e) {
                throw new WorkloadException.BadImage(name + " is no image of ours: " + e.getMessage());
            } catch (EOFException e) {
                throw new WorkloadException.BadImage(name + " is cut off");
            }
        }

        private void take(TarReader tar, TarReader.Entry entry) throws IOException {
            String name = entry.name();
            boolean blob = name.startsWith(BLOBS);
            if (entry.directory()) {
                if (!name.equals("blobs") && !name.equals("blobs/sha256")) {
                    throw new WorkloadException.BadImage("it has a directory that no image has");
                }
                if (layout != null) {
                    Files.createDirectories(layout.resolve(name));
                }
                return;
            }
            Digest named = blob ? new Digest(name.substring(BLOBS.length())) : null;
            if (!blob && !List.of("index.json", "manifest.json", "oci-layout").contains(name)
                    || documents.containsKey(name)
                    || named != null && blobs.containsKey(named)
                    || blobs.size() == MOST_BLOBS
                    || !blob && entry.size() > LONGEST_DOCUMENT) {
                throw new WorkloadException.BadImage("it has a file that no image has, or one twice");
            }
            try (OutputStream out = output(name)) {
                Digest actual = copy(tar, entry, out);
                if (named != null && !actual.equals(named)) {
                    throw new WorkloadException.BadImage("the bytes of " + named + " have the digest " + actual);
                }
                blobs.put(actual, entry.size());
            }
        }

        private OutputStream output(String name) throws IOException {
            // Docker's own list is no part of a layout.
            return layout == null || name.equals("manifest.json")
                    ? OutputStream.nullOutputStream()
                    : Files.newOutputStream(layout.resolve(name));
        }

        private Digest copy(TarReader tar, TarReader.Entry entry, OutputStream out) throws IOException {
            MessageDigest hash = sha256();
            ByteArrayOutputStream document = new ByteArrayOutputStream();
            byte[] buffer = new byte[1 << 16];
            for (int n = tar.read(buffer); n >= 0; n = tar.read(buffer)) {
                hash.update(buffer, 0, n);
                out.write(buffer, 0, n);
                if (entry.size() <= LONGEST_DOCUMENT) {
                    document.write(buffer, 0, n);
                }
            }
            documents.put(entry.name(), document.toByteArray());
            return new Digest(HexFormat.of().formatHex(hash.digest()));
        }

        private ImageArchive image() throws IOException {
            JsonNode manifests = document("index.json").path("manifests");
            must(manifests.size() == 1, "one manifest is expected");
            Digest manifest = blob(manifests.path(0));
            JsonNode named = document(BLOBS + manifest.hex());
            Digest id = blob(named.path("config"));
            JsonNode configuration = document(BLOBS + id.hex());

            List<Layer> layers = new ArrayList<>();
            JsonNode ids = configuration.path("rootfs").path("diff_ids");
            must(ids.size() == named.path("layers").size(), "manifest and configuration name other layers");
            for (JsonNode layer : named.path("layers")) {
                Digest digest = blob(layer);
                must(ids.path(layers.size()).asText().equals(digest.toString()), "a layer is another");
                String content = configuration
                        .path("history")
                        .path(layers.size())
                        .path("created_by")
                        .asText();
                layers.add(new Layer(content, digest, layer.path("size").asLong()));
            }

            JsonNode docker = document("manifest.json");
            must(docker.size() == 1, "one image is expected");
            must(docker.path(0).path("Config").asText().equals(BLOBS + id.hex()), "Docker's list names another");
            List<String> loaded = new ArrayList<>();
            docker.path(0).path("Layers").forEach(layer -> loaded.add(layer.asText()));
            must(
                    loaded.equals(
                            layers.stream().map(l -> BLOBS + l.digest().hex()).toList()),
                    "Docker's list names other layers");
            String tag = docker.path(0).path("RepoTags").path(0).asText();
            must(
                    docker.path(0).path("RepoTags").size() == 1
                            && tag.endsWith(":latest")
                            && isName(tag.substring(0, tag.length() - ":latest".length())),
                    "one name is expected");
            return new ImageArchive(
                    tag.substring(0, tag.length() - ":latest".length()),
                    id,
                    manifest,
                    layers,
                    plain(configuration, layers));
        }

        private static Optional<Digest> plain(JsonNode configuration, List<Layer> layers) throws IOException {
            if (layers.isEmpty() || !layers.getLast().content().equals(JavaImage.CACHE)) {
                return Optional.empty();
            }
            ObjectNode without = configuration.deepCopy();
            ((ArrayNode) without.path("rootfs").path("diff_ids")).remove(layers.size() - 1);
            ((ArrayNode) without.path("history")).remove(layers.size() - 1);
            return Optional.of(Digest.of(JSON.writeValueAsBytes(without)));
        }

        private Digest blob(JsonNode descriptor) {
            Digest digest = Digest.parse(descriptor.path("digest").asText());
            must(descriptor.path("size").asLong(-1) == blobs.getOrDefault(digest, -2L), "it lacks " + digest);
            return digest;
        }

        private JsonNode document(String name) throws IOException {
            byte[] bytes = documents.get(name);
            if (bytes == null) {
                throw new WorkloadException.BadImage("it lacks " + name);
            }
            return JSON.readTree(bytes);
        }

        private static void must(boolean so, String otherwise) {
            if (!so) {
                throw new WorkloadException.BadImage(otherwise);
            }
        }

        private static MessageDigest sha256() {
            try {
                return MessageDigest.getInstance("SHA-256");
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException("every JDK has SHA-256", e);
            }
        }
    }
}
