package dev.croft.app.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.croft.router.RouterClient;
import dev.croft.router.placement.Outputs;
import dev.croft.router.placement.ServiceDefinition;
import dev.croft.router.registry.CatalogueEntry;
import dev.croft.router.registry.Launch;
import dev.croft.runtime.Bundle;
import dev.croft.runtime.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code croft service}: the catalogue, and launches of services in private clouds. */
@Command(
        name = "service",
        description = "The catalogue of services, and their launches in private clouds.",
        subcommands = {
            ServiceCommand.Show.class,
            ServiceCommand.DigestOf.class,
            ServiceCommand.Publish.class,
            ServiceCommand.Start.class,
            ServiceCommand.Status.class,
            ServiceCommand.Logs.class,
            ServiceCommand.Fetch.class,
            ServiceCommand.Pause.class,
            ServiceCommand.Resume.class,
            ServiceCommand.Stop.class
        })
final class ServiceCommand extends Group {
    private static final int MOST_INPUT = 64 * 1024;

    static CatalogueEntry newest(RouterClient router, String service) {
        return router.services().stream()
                .filter(entry -> entry.name().equals(service) && entry.withdrawn() == null)
                .max(Comparator.comparing(CatalogueEntry::added))
                .orElseThrow(() -> new CommandException(ExitStatus.NOT_FOUND, "there is no service " + service));
    }

    /** Waits until a launch has ended. */
    static Launch await(RouterClient router, Launch launch) throws InterruptedException {
        Launch now = launch;
        while (!now.state().isFinal()) {
            Thread.sleep(200);
            now = router.launch(launch.cloudId(), launch.id());
        }
        return now;
    }

    /** {@code croft service list}. */
    @Command(name = "list", description = "List the catalogue.")
    static final class Show extends Subcommand {
        @Mixin
        ServerOptions server = new ServerOptions();

        @Override
        ExitStatus run(Output output) throws IOException {
            try (RouterClient operator = server.operator()) {
                List<CatalogueEntry> services = operator.services();
                output.table(
                        List.of("name", "version", "digest", "added by"),
                        services.stream()
                                .map(entry -> List.of(entry.name(), entry.version(), entry.digest(), entry.addedBy()))
                                .toList());
                output.result(services);
                return ExitStatus.OK;
            }
        }
    }

    /** {@code croft service digest}. */
    @Command(name = "digest", description = "Print the digest of a bundle: a directory of plain files.")
    static final class DigestOf extends Subcommand {
        @Parameters(paramLabel = "DIR", description = "The bundle.")
        Path directory;

        @Override
        ExitStatus run(Output output) throws IOException {
            if (!Files.isDirectory(directory)) {
                throw new NoSuchFileException(directory.toString());
            }
            Digest digest = Bundle.digest(directory);
            output.line("%s", digest);
            output.result(Map.of("digest", digest.toString()));
            return ExitStatus.OK;
        }
    }

    /** {@code croft service publish}. */
    @Command(
            name = "publish",
            description = "Copy a bundle into the installation and add it to the catalogue; for the operator.")
    static final class Publish extends Subcommand {
        @Mixin
        ServerOptions server = new ServerOptions();

        @Parameters(index = "0", paramLabel = "NAME", description = "Name in the catalogue.")
        String name;

        @Parameters(index = "1", paramLabel = "DIR", description = "The bundle.")
        Path directory;

        @Parameters(
                index = "2..*",
                arity = "1..*",
                paramLabel = "COMMAND",
                description = "The command and its arguments.")
        List<String> command = List.of();

        @Option(names = "--version", defaultValue = "1", description = "Its version (default: ${DEFAULT-VALUE}).")
        String version = "1";

        @Option(names = "--description", defaultValue = "", description = "For the owner who decides.")
        String description = "";

        @Override
        ExitStatus run(Output output) throws IOException {
            if (!name.matches("[a-z0-9][a-z0-9-]{0,40}") || !version.matches("[A-Za-z0-9.-]{1,20}")) {
                throw new CommandException(
                        ExitStatus.USAGE,
                        "a name is of small letters, digits and -, a version of letters, digits, . and -");
            }
            if (!Files.isDirectory(directory)) {
                throw new NoSuchFileException(directory.toString());
            }
            try (RouterClient operator = server.operator()) {
                String bundle = name + "-" + version.toLowerCase(java.util.Locale.ROOT);
                Path target = server.home().services().resolve(bundle);
                if (Files.exists(target)) {
                    throw new FileAlreadyExistsException(target.toString());
                }
                Digest digest = Bundle.copy(directory, target);
                CatalogueEntry entry = operator.publish(
                        name,
                        version,
                        digest.toString(),
                        new ServiceDefinition(description, bundle, null, command, null, null, null, null, null, null));
                output.line("%s %s, %s", entry.name(), entry.version(), entry.digest());
                output.result(entry);
                return ExitStatus.OK;
            }
        }
    }

    /** {@code croft service launch}. */
    @Command(name = "launch", description = "Run a service in a private cloud under a grant.")
    static final class Start extends CloudCommand.Owned {
        @Parameters(paramLabel = "SERVICE", description = "Name in the catalogue.")
        String service;

        @Option(names = "--version", description = "Its version (default: the newest).")
        @Nullable
        String version;

        @Option(names = "--grant", required = true, paramLabel = "GRANT", description = "Id of the grant it uses.")
        String grant = "";

        @Option(names = "--input", paramLabel = "FILE", description = "JSON object for the service.")
        @Nullable
        Path input;

        @Option(names = "--wait", description = "Wait until it has ended; exit status 6 if it failed.")
        boolean wait;

        @Override
        ExitStatus run(Output output) throws IOException, InterruptedException {
            JsonNode json = input == null ? JsonNodeFactory.instance.objectNode() : read(input);
            try (RouterClient router = owner.router()) {
                Launch launch = router.launch(owner.cloudId(), service, version, grant, json);
                launch = wait ? await(router, launch) : launch;
                tell(launch, output);
                return wait && launch.state() != Launch.State.DONE ? ExitStatus.UNAVAILABLE : ExitStatus.OK;
            }
        }

        private static JsonNode read(Path file) throws IOException {
            if (Files.size(file) > MOST_INPUT) {
                throw new CommandException(ExitStatus.INPUT, file + " is longer than " + MOST_INPUT + " bytes");
            }
            try {
                JsonNode node = new JsonMapper().readTree(Files.readAllBytes(file));
                if (node.isObject()) {
                    return node;
                }
            } catch (JsonProcessingException e) {
                throw new CommandException(ExitStatus.INPUT, file + " is not JSON", e);
            }
            throw new CommandException(ExitStatus.INPUT, file + " is no JSON object");
        }
    }

    private static void tell(Launch launch, Output output) {
        output.line(
                "launch %s of %s is %s%s",
                launch.id(),
                launch.service(),
                launch.state().name().toLowerCase(java.util.Locale.ROOT),
                launch.reason() == null ? "" : ": " + launch.reason());
        output.result(launch);
    }

    /** {@code croft service status}. */
    @Command(name = "status", description = "List launches in a private cloud.")
    static final class Status extends CloudCommand.Owned {
        @Override
        ExitStatus run(Output output) throws IOException {
            try (RouterClient router = owner.router()) {
                List<Launch> launches = router.launches(owner.cloudId());
                output.table(
                        List.of("launch", "service", "version", "state", "reason"),
                        launches.stream()
                                .map(launch -> List.of(
                                        launch.id(),
                                        launch.service(),
                                        launch.version(),
                                        launch.state().name(),
                                        launch.reason() == null ? "" : launch.reason()))
                                .toList());
                output.result(launches);
                return ExitStatus.OK;
            }
        }
    }

    /** A command about one launch. */
    abstract static class OfLaunch extends CloudCommand.Owned {
        @Parameters(paramLabel = "LAUNCH", description = "Id of the launch.")
        String launch;

        @Override
        ExitStatus run(Output output) throws IOException {
            try (RouterClient router = owner.router()) {
                tell(change(router, owner.cloudId()), output);
                return ExitStatus.OK;
            }
        }

        abstract Launch change(RouterClient router, String cloud);
    }

    /** {@code croft service logs}. */
    @Command(name = "logs", description = "Print what a launch printed.")
    static final class Logs extends CloudCommand.Owned {
        @Parameters(paramLabel = "LAUNCH", description = "Id of the launch.")
        String launch;

        @Option(names = "--follow", description = "Go on until it ends.")
        boolean follow;

        @Override
        ExitStatus run(Output output) throws IOException {
            try (RouterClient router = owner.router();
                    InputStream logs = router.logs(owner.cloudId(), launch, follow)) {
                output.out().flush();
                logs.transferTo(System.out);
                System.out.flush();
                return ExitStatus.OK;
            }
        }
    }

    /** {@code croft service output}. */
    @Command(
            name = "output",
            description = "List or fetch what a launch that has ended left in its output; kept for an hour.")
    static final class Fetch extends CloudCommand.Owned {
        @Parameters(index = "0", paramLabel = "LAUNCH", description = "Id of the launch.")
        String launch;

        @Parameters(index = "1", arity = "0..1", paramLabel = "NAME", description = "A file (default: list them).")
        @Nullable
        String name;

        @Option(
                names = "--out",
                paramLabel = "FILE",
                description = "Where to write it; it must not exist (default: standard output).")
        @Nullable
        Path out;

        @Override
        ExitStatus run(Output output) throws IOException {
            try (RouterClient router = owner.router()) {
                if (name == null) {
                    List<Outputs.OutputFile> files = router.outputs(owner.cloudId(), launch);
                    output.table(
                            List.of("name", "bytes", "modified"),
                            files.stream()
                                    .map(file -> List.of(
                                            file.name(),
                                            Long.toString(file.size()),
                                            file.modified().toString()))
                                    .toList());
                    output.result(files);
                    return ExitStatus.OK;
                }
                try (InputStream content = router.output(owner.cloudId(), launch, name)) {
                    if (out == null) {
                        output.out().flush();
                        content.transferTo(System.out);
                        System.out.flush();
                    } else {
                        long bytes = Files.copy(content, out);
                        output.line("%s: %d bytes", out, bytes);
                        output.result(Map.of("file", out.toString(), "bytes", bytes));
                    }
                }
                return ExitStatus.OK;
            }
        }
    }

    /** {@code croft service pause}. */
    @Command(name = "pause", description = "Pause a launch.")
    static final class Pause extends OfLaunch {
        @Override
        Launch change(RouterClient router, String cloud) {
            return router.pause(cloud, launch);
        }
    }

    /** {@code croft service resume}. */
    @Command(name = "resume", description = "Let a paused launch go on.")
    static final class Resume extends OfLaunch {
        @Override
        Launch change(RouterClient router, String cloud) {
            return router.resume(cloud, launch);
        }
    }

    /** {@code croft service stop}. */
    @Command(name = "stop", description = "Stop a launch, with grace and then by force.")
    static final class Stop extends OfLaunch {
        @Override
        Launch change(RouterClient router, String cloud) {
            return router.stop(cloud, launch);
        }
    }
}
