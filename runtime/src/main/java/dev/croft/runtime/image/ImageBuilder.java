package dev.croft.runtime.image;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.croft.runtime.Digest;
import dev.croft.runtime.Program;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Builds an image from directories of this host, with no engine and no registry. The same files give the same bytes,
 * so an image's digest is known wherever it is built. Layers are stored uncompressed: their digests are then their
 * diff ids, and depend on no compressor's version.
 *
 * <p>The archive it writes is an OCI image layout (image-spec 1.0) and a {@code docker load} archive at once. Not
 * thread-safe.
 */
public final class ImageBuilder {
    private static final ObjectMapper JSON = new ObjectMapper().enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS);
    private static final String CONFIG_TYPE = "application/vnd.oci.image.config.v1+json";
    private static final String LAYER_TYPE = "application/vnd.oci.image.layer.v1.tar";

    private static final String CREATED = "1970-01-01T00:00:00Z";

    private final String reference;
    private final String architecture;
    private final List<Map<String, Path>> layers = new ArrayList<>();
    private final List<String> contents = new ArrayList<>();
    private final TreeMap<String, String> environment = new TreeMap<>();
    private final TreeMap<String, String> labels = new TreeMap<>();
    private List<String> command = List.of();

    /**
     * @param reference repository and name, without a tag; the archive tags it {@code latest}
     * @param architecture in Go's words, such as {@code amd64}
     */
    public ImageBuilder(String reference, String architecture) {
        this.reference = reference;
        this.architecture = architecture;
    }

    /** For this machine's processor. */
    public ImageBuilder(String reference) {
        this(reference, System.getProperty("os.arch").equals("aarch64") ? "arm64" : "amd64");
    }

    /**
     * Adds a layer.
     *
     * @param content what is in it, in words; kept in the image's history
     * @param trees host files or directories by the absolute path they get in the image; links within them are kept
     */
    public ImageBuilder layer(String content, Map<String, Path> trees) {
        contents.add(content);
        layers.add(new TreeMap<>(trees));
        return this;
    }

    /** Sets a variable of the environment its command gets. */
    public ImageBuilder environment(String name, String value) {
        environment.put(name, value);
        return this;
    }

    /** Says something of the image, which engines tell to whoever asks. */
    public ImageBuilder label(String name, String value) {
        labels.put(name, value);
        return this;
    }

    /** What it runs when nothing else is said. */
    public ImageBuilder command(List<String> words) {
        command = List.copyOf(words);
        return this;
    }

    /**
     * Writes the image to an archive.
     *
     * @return the program that runs it: its reference, its id (the digest of its configuration) and its command
     */
    public Program.Image write(Path archive) throws IOException {
        Path work = Files.createTempDirectory("croft-image");
        try {
            List<Path> files = new ArrayList<>();
            List<Digest> digests = new ArrayList<>();
            for (Map<String, Path> trees : layers) {
                Path file = work.resolve("layer-" + files.size());
                digests.add(writeLayer(file, trees));
                files.add(file);
            }
            byte[] configuration = configuration(digests);
            Digest id = Digest.of(configuration);
            SequencedMap<Digest, Path> blobs = new LinkedHashMap<>();
            blobs.put(id, Files.write(work.resolve("configuration"), configuration));
            for (int i = 0; i < files.size(); i++) {
                blobs.putIfAbsent(digests.get(i), files.get(i));
            }
            byte[] manifest = manifest(files, digests, id, configuration.length);
            ArchiveForm.write(archive, reference, manifest, id, digests, blobs);
            return new Program.Image(reference, id, command);
        } finally {
            try (Stream<Path> all = Files.list(work)) {
                for (Path file : all.toList()) {
                    Files.delete(file);
                }
            }
            Files.delete(work);
        }
    }

    private static byte[] manifest(List<Path> files, List<Digest> digests, Digest id, long configuration)
            throws IOException {
        ObjectNode manifest =
                JSON.createObjectNode().put("schemaVersion", 2).put("mediaType", ArchiveForm.MANIFEST_TYPE);
        manifest.set("config", ArchiveForm.descriptor(CONFIG_TYPE, id, configuration));
        var layers = manifest.putArray("layers");
        for (int i = 0; i < files.size(); i++) {
            layers.add(ArchiveForm.descriptor(LAYER_TYPE, digests.get(i), Files.size(files.get(i))));
        }
        return JSON.writeValueAsBytes(manifest);
    }

    private byte[] configuration(List<Digest> layerDigests) throws IOException {
        ObjectNode root = JSON.createObjectNode()
                .put("architecture", architecture)
                .put("os", "linux")
                .put("created", CREATED);
        ObjectNode config = root.putObject("config").put("User", "10001:10001").put("WorkingDir", "/work");
        var variables = config.putArray("Env");
        environment.forEach((name, value) -> variables.add(name + "=" + value));
        var words = config.putArray("Entrypoint");
        command.forEach(words::add);
        if (!labels.isEmpty()) {
            labels.forEach(config.putObject("Labels")::put);
        }
        ObjectNode rootfs = root.putObject("rootfs").put("type", "layers");
        var ids = rootfs.putArray("diff_ids");
        layerDigests.forEach(d -> ids.add(d.toString()));
        var history = root.putArray("history");
        contents.forEach(c -> history.addObject().put("created", CREATED).put("created_by", c));
        return JSON.writeValueAsBytes(root);
    }

    private static Digest writeLayer(Path file, Map<String, Path> trees) throws IOException {
        MessageDigest hash;
        try {
            hash = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
        TreeMap<String, Path> entries = new TreeMap<>();
        for (Map.Entry<String, Path> tree : trees.entrySet()) {
            collect(entries, tree.getKey().substring(1), tree.getValue());
        }
        try (OutputStream out = Files.newOutputStream(file);
                TarWriter tar = new TarWriter(new BufferedOutputStream(new DigestOutputStream(out, hash), 1 << 16))) {
            for (Map.Entry<String, Path> entry : entries.entrySet()) {
                write(tar, entry.getKey(), entry.getValue());
            }
        }
        return new Digest(HexFormat.of().formatHex(hash.digest()));
    }

    private static void collect(TreeMap<String, Path> entries, String name, Path root) throws IOException {
        for (int slash = name.indexOf('/'); slash > 0; slash = name.indexOf('/', slash + 1)) {
            entries.putIfAbsent(name.substring(0, slash), PARENT);
        }
        if (Files.isSymbolicLink(root) || !Files.isDirectory(root)) {
            entries.put(name, root.toRealPath()); // what is named itself is meant, not the link to it
            return;
        }
        try (Stream<Path> all = Files.walk(root)) {
            for (Path path : all.toList()) {
                String relative = root.relativize(path).toString();
                entries.put(relative.isEmpty() ? name : name + "/" + relative, path);
            }
        }
    }

    /** Stands for a directory that is made only because something lies in it. */
    private static final Path PARENT = Path.of("/");

    private static void write(TarWriter tar, String name, Path path) throws IOException {
        if (Files.isSymbolicLink(path)) {
            tar.link(name, Files.readSymbolicLink(path).toString());
        } else if (Files.isDirectory(path)) {
            tar.directory(name, 0755);
        } else {
            boolean executable = Files.getPosixFilePermissions(path).contains(PosixFilePermission.OWNER_EXECUTE);
            try (InputStream in = Files.newInputStream(path)) {
                tar.file(name, executable ? 0755 : 0644, Files.size(path), in);
            }
        }
    }
}
