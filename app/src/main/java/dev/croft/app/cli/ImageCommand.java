package dev.croft.app.cli;

import dev.croft.app.server.Home;
import dev.croft.app.server.Installation;
import dev.croft.app.server.KeptImages;
import dev.croft.app.server.PartImage;
import dev.croft.runtime.Digest;
import dev.croft.runtime.docker.DockerRuntime;
import dev.croft.runtime.docker.EngineImages;
import dev.croft.runtime.image.ImageArchive;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code croft image}: the images that private clouds, services, routers and the operator run from. */
@Command(
        name = "image",
        description =
                "Images that containers and pods run from: build them without an engine, know their digests before anything runs.",
        subcommands = {
            ImageCommand.Build.class,
            ImageCommand.Digests.class,
            ImageCommand.Load.class,
            ImageReleaseCommands.Release.class,
            ImageReleaseCommands.Check.class,
            ImageRegistryCommands.Push.class,
            ImageRegistryCommands.Fetch.class
        })
final class ImageCommand extends Group {
    /** The archive of this part's image, built once for this home. */
    static Path archive(PartImage part, Home home) throws IOException {
        return new KeptImages(home.create(), Installation.ofThisProcess())
                .of(part)
                .archive();
    }

    /** Writes the archive and tells what it holds. */
    static void write(PartImage part, Home home, Path out, Output output) throws IOException {
        Path kept = archive(part, home);
        ImageArchive image = ImageArchive.read(kept);
        Files.copy(kept, out, StandardCopyOption.REPLACE_EXISTING);
        tell(image, Map.of("archive", out.toString()), output);
    }

    static void tell(ImageArchive image, Map<String, String> more, Output output) {
        output.line("%s %s", image.reference(), image.id());
        Map<String, Object> result = describe(image);
        result.putAll(more);
        output.result(result);
    }

    static Map<String, Object> describe(ImageArchive image) {
        Map<String, Object> described = new LinkedHashMap<>();
        described.put("reference", image.reference());
        described.put("digest", image.id().toString());
        described.put("manifest", image.manifest().toString());
        described.put("reproducible", reproducible(image).toString());
        List<Map<String, Object>> layers = new ArrayList<>();
        for (ImageArchive.Layer layer : image.layers()) {
            Map<String, Object> one = new LinkedHashMap<>();
            one.put("content", layer.content());
            one.put("digest", layer.digest().toString());
            one.put("bytes", layer.size());
            layers.add(one);
        }
        described.put("layers", layers);
        return described;
    }

    static Digest reproducible(ImageArchive image) {
        return image.plain().orElse(image.id());
    }

    /** {@code croft image build}. */
    @Command(
            name = "build",
            description = "Write an image as an archive for docker load, or as an OCI image layout, without an engine.")
    static final class Build extends Subcommand {
        @Mixin
        HomeOption home = new HomeOption();

        @Parameters(paramLabel = "PART", description = "One of ${COMPLETION-CANDIDATES}.")
        PartImage part = PartImage.HOST;

        @ArgGroup(multiplicity = "1")
        Target target = new Target();

        static final class Target {
            @Option(names = "--out", paramLabel = "TAR", description = "The archive to write.")
            @Nullable
            Path out;

            @Option(names = "--layout", paramLabel = "DIR", description = "The new folder to write a layout to.")
            @Nullable
            Path layout;
        }

        @Override
        ExitStatus run(Output output) throws Exception {
            if (target.out != null) {
                write(part, home.home(), target.out, output);
            } else if (target.layout != null) {
                ImageArchive image = ImageArchive.unpack(archive(part, home.home()), target.layout);
                tell(image, Map.of("layout", target.layout.toString()), output);
            }
            return ExitStatus.OK;
        }
    }

    /** {@code croft image digest}. */
    @Command(
            name = "digest",
            description =
                    "Tell the digests of what will be launched from this home, which is built now if it was not before.")
    static final class Digests extends Subcommand {
        @Mixin
        HomeOption home = new HomeOption();

        @Parameters(
                arity = "0..*",
                paramLabel = "PART",
                description = "Any of ${COMPLETION-CANDIDATES} (default: all).")
        PartImage[] parts = {};

        @Override
        ExitStatus run(Output output) throws Exception {
            List<Map<String, Object>> all = new ArrayList<>();
            for (PartImage part : parts(parts)) {
                ImageArchive image = ImageArchive.read(archive(part, home.home()));
                all.add(describe(image));
                output.line("%s %s", image.reference(), image.id());
                output.line("  manifest       %s", image.manifest());
                output.line("  reproducible   %s", reproducible(image));
                for (ImageArchive.Layer layer : image.layers()) {
                    output.line("  %-14s %s %.1f MB", layer.content(), layer.digest(), layer.size() / 1e6);
                }
            }
            output.result(all);
            return ExitStatus.OK;
        }
    }

    /** {@code croft image load}. */
    @Command(
            name = "load",
            description = "Check an image and put it into this machine's Docker engine, as docker load does.")
    static final class Load extends Subcommand {
        @Mixin
        HomeOption home = new HomeOption();

        @ArgGroup(multiplicity = "1")
        Source source = new Source();

        static final class Source {
            @Parameters(paramLabel = "PART", description = "One of ${COMPLETION-CANDIDATES}.")
            @Nullable
            PartImage part;

            @Option(names = "--from", paramLabel = "TAR", description = "An archive, such as a release's.")
            @Nullable
            Path from;
        }

        @Option(
                names = "--expect",
                paramLabel = "DIGEST",
                description = "Load nothing unless the image's digest is this one.")
        @Nullable
        String expect;

        @Option(
                names = "--socket",
                paramLabel = "PATH",
                description = "The engine's (default: what DOCKER_HOST names, else /var/run/docker.sock).")
        Path socket = DockerRuntime.usualSocket();

        @Override
        ExitStatus run(Output output) throws Exception {
            PartImage part = source.part == null ? PartImage.HOST : source.part;
            Path archive = source.from != null ? source.from : archive(part, home.home());
            ImageArchive image = ImageArchive.read(archive);
            if (expect != null && !Digest.parse(expect).equals(image.id())) {
                throw new CommandException(ExitStatus.UNVERIFIED, "the image's digest is " + image.id());
            }
            EngineImages engine = new EngineImages(socket);
            engine.load(archive);
            Digest loaded = engine.find(image.reference())
                    .orElseThrow(() ->
                            new CommandException(ExitStatus.UNAVAILABLE, "the engine has no " + image.reference()));
            if (!loaded.equals(image.id())) {
                throw new CommandException(ExitStatus.UNVERIFIED, "the engine says that it has " + loaded);
            }
            tell(image, Map.of(), output);
            return ExitStatus.OK;
        }
    }

    /** All of them, or those that were named. */
    static List<PartImage> parts(PartImage[] named) {
        return named.length == 0
                ? List.of(PartImage.values())
                : Arrays.stream(named).distinct().toList();
    }
}
