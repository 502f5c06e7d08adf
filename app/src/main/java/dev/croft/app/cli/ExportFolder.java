package dev.croft.app.cli;

import dev.croft.capsule.crypto.SigningKey;
import dev.croft.capsule.crypto.VerifyingKey;
import dev.croft.vault.api.Base64Url;
import dev.croft.vault.api.Json;
import dev.croft.vault.api.OwnerKey;
import dev.croft.vault.api.RequestProof;
import dev.croft.vault.api.VaultException;
import dev.croft.vault.store.DurableFile;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A private cloud as plain files: {@code manifest.json} names each file with its SHA-256, and {@code manifest.sig} is the owner's Ed25519
 * signature over it. The manifest comes last, so a folder without one is not whole.
 */
public final class ExportFolder {
    /** The file that makes a folder an export. */
    static final String MANIFEST = "manifest.json";

    /** What was spent: nothing is taken without it. */
    static final String BUDGET = "budget.json";

    private static final String SIGNATURE = "manifest.sig";
    /** Says of which private cloud, until there is a manifest. */
    private static final String BEGUN = "export.begun";

    private static final String PART = ".part";
    private static final String FORMAT = "croft-export v1";
    private static final int MOST_BYTES = 4 << 20;
    private static final String NAME = "collections/[A-Za-z0-9][A-Za-z0-9_.-]{0,63}[.]jsonl|[a-z][a-z-]{1,40}[.]jsonl?";

    private ExportFolder() {}

    /**
     * What the files are.
     *
     * @param format {@code croft-export v1}
     * @param cloud the private cloud's id
     * @param ownerKey its owner's Ed25519 public key, base64url
     */
    public record Manifest(String format, String cloud, String ownerKey, Instant exported, List<Entry> files) {
        public Manifest {
            Objects.requireNonNull(format);
            Objects.requireNonNull(cloud);
            Objects.requireNonNull(ownerKey);
            files = List.copyOf(files);
        }
    }

    /**
     * One file.
     *
     * @param records lines, or items of the array that it is
     */
    public record Entry(String name, long bytes, String sha256, long records) {
        public Entry {
            Objects.requireNonNull(name);
            Objects.requireNonNull(sha256);
        }
    }

    /** Writes an export; for one thread. */
    static final class Writer {
        private final Path folder;
        private final String cloud;
        private final List<Entry> entries = new ArrayList<>();

        /**
         * Begins one; what a folder held of an earlier one is no export any more.
         *
         * @param cloud the private cloud's id
         * @throws CommandException if the folder holds something else than an export of that one, whole or begun
         */
        Writer(Path folder, String cloud) throws IOException {
            if (Files.exists(folder) && !isEmpty(folder) && !isOf(folder, cloud)) {
                throw new CommandException(
                        ExitStatus.INPUT, folder + " is not empty and holds no export of private cloud " + cloud);
            }
            this.cloud = cloud;
            this.folder = DurableFile.directory(folder);
            DurableFile.write(folder.resolve(BEGUN), (cloud + "\n").getBytes(StandardCharsets.US_ASCII));
            Files.deleteIfExists(folder.resolve(MANIFEST));
            Files.deleteIfExists(folder.resolve(SIGNATURE));
            DurableFile.directory(folder.resolve("collections"));
        }

        /** What fills a file, line by line. */
        interface Lines {
            long to(OutputStream out) throws IOException;
        }

        /** Writes a file; {@code lines} says how many records it wrote. */
        void file(String name, Lines lines) throws IOException {
            MessageDigest digest = RequestProof.sha256();
            Path part = folder.resolve(name + PART);
            Files.deleteIfExists(part);
            Files.createFile(part, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            long records;
            try (OutputStream out =
                    new DigestOutputStream(new BufferedOutputStream(Files.newOutputStream(part), 1 << 16), digest)) {
                records = lines.to(out);
            }
            long bytes = Files.size(part);
            Files.move(part, folder.resolve(name), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            entries.add(new Entry(name, bytes, HexFormat.of().formatHex(digest.digest()), records));
        }

        private static boolean isEmpty(Path folder) throws IOException {
            try (Stream<Path> files = Files.list(folder)) {
                return files.findAny().isEmpty();
            }
        }

        private static boolean isOf(Path folder, String cloud) throws IOException {
            Optional<byte[]> begun = DurableFile.read(folder.resolve(BEGUN), MOST_BYTES);
            if (begun.isPresent()) {
                return new String(begun.get(), StandardCharsets.US_ASCII)
                        .strip()
                        .equals(cloud);
            }
            try {
                return DurableFile.read(folder.resolve(MANIFEST), MOST_BYTES)
                        .map(json -> Json.read(json, Manifest.class).cloud().equals(cloud))
                        .orElse(false);
            } catch (VaultException e) {
                return false;
            }
        }

        /** Of an earlier export, what this one does not name, such as collections that are gone since: it is in plain text. */
        private void removeOthers() throws IOException {
            Set<String> named = entries.stream().map(Entry::name).collect(Collectors.toSet());
            for (Path directory : List.of(folder, folder.resolve("collections"))) {
                List<Path> files;
                try (Stream<Path> listed = Files.list(directory)) {
                    files = listed.toList();
                }
                for (Path file : files) {
                    String name = folder.relativize(file).toString();
                    String whole = name.endsWith(PART) ? name.substring(0, name.length() - PART.length()) : name;
                    if (whole.matches(NAME) && !named.contains(name)) {
                        Files.delete(file);
                    }
                }
            }
        }

        /** Makes it whole. */
        Manifest sign(OwnerKey key) throws IOException {
            if (!key.cloudId().equals(cloud)) {
                throw new IllegalArgumentException("the key of another private cloud");
            }
            removeOthers();
            Manifest manifest = new Manifest(
                    FORMAT,
                    key.cloudId(),
                    Base64Url.encode(key.publicKey().encoded()),
                    Instant.now(),
                    List.copyOf(entries));
            byte[] json = Json.write(manifest);
            SigningKey owner = key.signingKey();
            String signature = Base64Url.encode(owner.sign(signed(json))) + "\n";
            DurableFile.write(folder.resolve(SIGNATURE), signature.getBytes(StandardCharsets.US_ASCII));
            DurableFile.write(folder.resolve(MANIFEST), json);
            Files.delete(folder.resolve(BEGUN));
            return manifest;
        }
    }

    /**
     * The manifest of an export after every file was found to be as it says.
     *
     * @throws CommandException naming the file that is missing, cut or changed
     */
    static Manifest checked(Path folder) throws IOException {
        byte[] json = DurableFile.read(folder.resolve(MANIFEST), MOST_BYTES)
                .orElseThrow(() -> new CommandException(ExitStatus.INPUT, folder + " holds no whole export"));
        Manifest manifest;
        try {
            manifest = Json.read(json, Manifest.class);
            VerifyingKey owner = VerifyingKey.of(Base64Url.decode(manifest.ownerKey()));
            byte[] signature = Base64Url.decode(new String(
                            DurableFile.read(folder.resolve(SIGNATURE), 200).orElse(new byte[0]),
                            StandardCharsets.US_ASCII)
                    .strip());
            if (!manifest.format().equals(FORMAT)
                    || !OwnerKey.cloudId(owner).equals(manifest.cloud())
                    || !owner.verify(signed(json), signature)) {
                throw broken(MANIFEST, "is not signed by its owner");
            }
        } catch (VaultException | IllegalArgumentException e) {
            throw broken(MANIFEST, "is no manifest that its owner signed");
        }
        Set<String> names = new HashSet<>();
        for (Entry entry : manifest.files()) {
            if (!entry.name().matches(NAME) || !names.add(entry.name())) {
                throw broken(MANIFEST, "names a file that no export has");
            }
            check(folder.resolve(entry.name()), entry);
        }
        if (!names.contains(BUDGET)) {
            throw broken(MANIFEST, "does not name " + BUDGET);
        }
        return manifest;
    }

    private static void check(Path file, Entry entry) throws IOException {
        if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
            throw broken(entry.name(), "is missing");
        }
        if (Files.size(file) != entry.bytes()) {
            throw broken(entry.name(), "has " + Files.size(file) + " bytes, not " + entry.bytes());
        }
        MessageDigest digest = RequestProof.sha256();
        try (InputStream in = Files.newInputStream(file);
                var out = new DigestOutputStream(OutputStream.nullOutputStream(), digest)) {
            in.transferTo(out);
        }
        if (!HexFormat.of().formatHex(digest.digest()).equals(entry.sha256())) {
            throw broken(entry.name(), "is not as it was exported");
        }
    }

    private static CommandException broken(String file, String what) {
        return new CommandException(ExitStatus.UNVERIFIED, file + " " + what);
    }

    private static byte[] signed(byte[] manifest) {
        MessageDigest digest = RequestProof.sha256();
        digest.update((FORMAT + "\n").getBytes(StandardCharsets.US_ASCII));
        return digest.digest(manifest);
    }
}
