package dev.croft.app.cli;

import dev.croft.app.server.PartImage;
import dev.croft.runtime.image.ImageArchive;
import dev.croft.runtime.registry.Registry;
import dev.croft.runtime.registry.RegistryName;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Images to registries and back, byte for byte: their digests stay what they were before. */
final class ImageRegistryCommands {
    private ImageRegistryCommands() {}

    /** {@code croft image push}. */
    @Command(
            name = "push",
            description =
                    "Send an image, or those of a release, to a registry as they are. What is there already is not sent again.")
    static final class Push extends Subcommand {
        @Mixin
        HomeOption home = new HomeOption();

        @ArgGroup(multiplicity = "1")
        Source source = new Source();

        static final class Source {
            @Parameters(paramLabel = "PART", description = "One of ${COMPLETION-CANDIDATES}.")
            @Nullable
            PartImage part;

            @Option(names = "--from", paramLabel = "TAR", description = "An archive that 'croft image build' wrote.")
            @Nullable
            Path from;

            @Option(
                    names = "--release",
                    paramLabel = "DIR",
                    description = "A release's folder, which is checked: each of its images, to REPOSITORY/NAME.")
            @Nullable
            Path release;
        }

        @Option(
                names = "--to",
                paramLabel = "REGISTRY/REPOSITORY[:TAG]",
                required = true,
                description = "Where to; without a tag the image can be had by its digest alone.")
        String to = "";

        @Option(names = "--replace", description = "Send it even if the tag stands for another image so far.")
        boolean replace;

        @Mixin
        RegistryOptions options = new RegistryOptions();

        @Override
        ExitStatus run(Output output) throws Exception {
            RegistryName name = RegistryOptions.name(to);
            if (name.digest().isPresent()) {
                throw new CommandException(ExitStatus.USAGE, "the image has its digest already: --to is without one");
            }
            SequencedMap<Path, ImageArchive> images = images();
            Registry registry = options.registry(name);
            List<Map<String, Object>> all = new ArrayList<>();
            for (Map.Entry<Path, ImageArchive> each : images.entrySet()) {
                ImageArchive image = each.getValue();
                RegistryName place = source.release == null ? name : name.within(last(image.reference()));
                Registry.Pushed pushed;
                try (Bar bar = new Bar(output, "pushing " + image.reference())) {
                    pushed = registry.push(image, each.getKey(), place, replace, bar);
                }
                output.line("%s", place.at(image.manifest()));
                output.line(
                        "  %s",
                        pushed.named() || !pushed.sent().isEmpty()
                                ? "%d blobs sent, %.1f MB"
                                        .formatted(pushed.sent().size(), pushed.bytes() / 1e6)
                                : "nothing sent: it is there");
                all.add(describe(place, pushed));
            }
            output.result(all);
            return ExitStatus.OK;
        }

        private SequencedMap<Path, ImageArchive> images() throws Exception {
            if (source.release != null) {
                return ImageReleaseCommands.checked(source.release);
            }
            PartImage part = source.part == null ? PartImage.HOST : source.part;
            Path archive = source.from != null ? source.from : ImageCommand.archive(part, home.home());
            return new LinkedHashMap<>(Map.of(archive, ImageArchive.read(archive)));
        }

        private static Map<String, Object> describe(RegistryName place, Registry.Pushed pushed) {
            Map<String, Object> described = ImageCommand.describe(pushed.image());
            described.put("image", place.at(pushed.image().manifest()).toString());
            place.tag().ifPresent(tag -> described.put("tag", tag));
            described.put("sent", pushed.sent().stream().map(Object::toString).toList());
            described.put("bytes", pushed.bytes());
            described.put("changed", pushed.named());
            return described;
        }

        private static String last(String reference) {
            return reference.substring(reference.lastIndexOf('/') + 1);
        }
    }

    /** {@code croft image fetch}. */
    @Command(
            name = "fetch",
            description =
                    "Fetch the image of a digest from a registry and check it; the archive is the one that was pushed.")
    static final class Fetch extends Subcommand {
        @Parameters(
                paramLabel = "REGISTRY/REPOSITORY@DIGEST",
                description = "The image, by the digest of its manifest: a tag alone may be another image tomorrow.")
        String from = "";

        @Option(names = "--out", paramLabel = "TAR", required = true, description = "The archive to write.")
        Path out = Path.of("");

        @Option(
                names = "--name",
                paramLabel = "NAME",
                description = "What an engine names it when it is loaded (default: the repository).")
        @Nullable
        String name;

        @Mixin
        RegistryOptions options = new RegistryOptions();

        @Override
        ExitStatus run(Output output) throws Exception {
            RegistryName image = RegistryOptions.name(from);
            String reference = name == null ? image.repository() : name;
            if (image.digest().isEmpty()) {
                throw new CommandException(ExitStatus.USAGE, "say which by its digest: " + from + "@sha256:…");
            }
            if (!ImageArchive.isName(reference)) {
                throw new CommandException(ExitStatus.USAGE, reference + " is no name of an image: say --name");
            }
            Path archive = out.toAbsolutePath();
            if (archive.getFileName() == null) {
                throw new CommandException(ExitStatus.USAGE, out + " is no file");
            }
            ImageArchive fetched;
            try (Bar bar = new Bar(output, "fetching " + image.repository())) {
                fetched = options.registry(image).fetch(image, reference, archive, bar);
            }
            ImageCommand.tell(fetched, Map.of("archive", out.toString()), output);
            return ExitStatus.OK;
        }
    }

    /** A bar as long as what is to be there. */
    private static final class Bar implements Registry.Watcher, AutoCloseable {
        private final Output output;
        private final String task;
        private volatile @Nullable Progress progress;

        Bar(Output output, String task) {
            this.output = output;
            this.task = task;
        }

        @Override
        public void total(long bytes) {
            progress = Progress.of(output, task, bytes);
        }

        @Override
        public void moved(long bytes) {
            Progress shown = progress;
            if (shown != null) {
                shown.step(bytes);
            }
        }

        @Override
        public void close() {
            Progress shown = progress;
            if (shown != null) {
                shown.close();
            }
        }
    }
}
