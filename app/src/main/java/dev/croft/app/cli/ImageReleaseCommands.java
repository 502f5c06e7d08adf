package dev.croft.app.cli;

import dev.croft.app.server.PartImage;
import dev.croft.runtime.Digest;
import dev.croft.runtime.image.ImageArchive;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The images of a release: archives, the digests of what is in them, and the checksums of all that. */
final class ImageReleaseCommands {
    private static final String CHECKSUMS = "SHA256SUMS";
    private static final String DIGESTS = "digests";
    private static final int LONGEST_LIST = 1 << 20;

    private ImageReleaseCommands() {}

    /** {@code croft image release}. */
    @Command(
            name = "release",
            description =
                    "Write images as OCI layouts in archives into a new folder, with their digests and checksums.")
    static final class Release extends Subcommand {
        @Mixin
        HomeOption home = new HomeOption();

        @Option(names = "--out", paramLabel = "DIR", required = true, description = "The new folder to write.")
        Path out = Path.of("");

        @Parameters(
                arity = "0..*",
                paramLabel = "PART",
                description = "Any of ${COMPLETION-CANDIDATES} (default: all).")
        PartImage[] parts = {};

        @Override
        ExitStatus run(Output output) throws Exception {
            Files.createDirectory(out);
            StringBuilder digests = new StringBuilder();
            StringBuilder sums = new StringBuilder();
            List<Map<String, Object>> all = new ArrayList<>();
            for (PartImage part : ImageCommand.parts(parts)) {
                Path archive = out.resolve("croft-" + part.word() + ".oci.tar");
                Files.copy(ImageCommand.archive(part, home.home()), archive);
                ImageArchive image = ImageArchive.read(archive);
                digests.append(line(archive, image)).append('\n');
                sums.append(sum(archive))
                        .append("  ")
                        .append(archive.getFileName())
                        .append('\n');
                output.line("%s %s", image.reference(), image.id());
                all.add(ImageCommand.describe(image));
            }
            Files.writeString(out.resolve(DIGESTS), digests);
            sums.append(sum(out.resolve(DIGESTS))).append("  ").append(DIGESTS).append('\n');
            Files.writeString(out.resolve(CHECKSUMS), sums);
            output.result(all);
            return ExitStatus.OK;
        }
    }

    /** {@code croft image check}. */
    @Command(
            name = "check",
            description =
                    "Check a release's folder: every checksum, every digest within the images, and that they are those listed.")
    static final class Check extends Subcommand {
        @Parameters(paramLabel = "DIR", description = "The folder.")
        Path folder = Path.of("");

        @Override
        ExitStatus run(Output output) throws Exception {
            List<Map<String, Object>> all = new ArrayList<>();
            for (ImageArchive image : checked(folder).values()) {
                output.line("%s %s", image.reference(), image.id());
                all.add(ImageCommand.describe(image));
            }
            output.result(all);
            return ExitStatus.OK;
        }
    }

    /** The images of a release's folder by their archives, after all of it was found right. */
    static SequencedMap<Path, ImageArchive> checked(Path folder) throws Exception {
        Map<String, String> sums = new LinkedHashMap<>();
        for (String line : list(folder, CHECKSUMS)) {
            String[] words = line.split("  ", 2);
            if (words.length != 2 || !words[1].matches("[a-z][a-z0-9.-]{0,99}")) {
                throw unverified(CHECKSUMS + " has a line that is none");
            }
            sums.put(words[1], words[0]);
        }
        for (Map.Entry<String, String> each : sums.entrySet()) {
            if (!sum(folder.resolve(each.getKey())).equals(each.getValue())) {
                throw unverified(each.getKey() + " is not what " + CHECKSUMS + " says");
            }
        }
        if (sums.remove(DIGESTS) == null) {
            throw unverified(CHECKSUMS + " leaves out " + DIGESTS);
        }
        List<String> digests = list(folder, DIGESTS);
        List<String> found = new ArrayList<>();
        SequencedMap<Path, ImageArchive> all = new LinkedHashMap<>();
        for (String name : sums.keySet()) {
            Path archive = folder.resolve(name);
            ImageArchive image = ImageArchive.read(archive);
            found.add(line(archive, image));
            all.put(archive, image);
        }
        if (!found.equals(digests)) {
            throw unverified("the images are not those that " + DIGESTS + " lists");
        }
        return all;
    }

    private static List<String> list(Path folder, String name) throws IOException {
        try (InputStream in = Files.newInputStream(folder.resolve(name))) {
            return new String(in.readNBytes(LONGEST_LIST), StandardCharsets.UTF_8)
                    .lines()
                    .toList();
        }
    }

    private static CommandException unverified(String message) {
        return new CommandException(ExitStatus.UNVERIFIED, message);
    }

    /** File, name, id, manifest, and the id without the cache. */
    private static String line(Path archive, ImageArchive image) {
        Digest plain = ImageCommand.reproducible(image);
        return String.join(
                " ",
                archive.getFileName().toString(),
                image.reference(),
                image.id().toString(),
                image.manifest().toString(),
                plain.toString());
    }

    private static String sum(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            return Digest.of(in).hex();
        }
    }
}
