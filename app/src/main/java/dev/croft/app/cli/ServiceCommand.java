package dev.croft.app.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.croft.router.RouterClient;
import dev.croft.router.placement.Outputs;
import dev.croft.router.registry.CatalogueEntry;
import dev.croft.router.registry.Launch;
import dev.croft.vault.api.Grant;
import dev.croft.vault.api.GrantStatus;
import dev.croft.vault.api.Holder;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code croft service}: the catalogue, and launches of services in private clouds. */
@Command(
        name = "service",
        description = "The catalogue of services, and their launches in private clouds.",
        subcommands = {
            CatalogueCommands.Show.class,
            CatalogueCommands.DigestOf.class,
            CatalogueCommands.Publish.class,
            CatalogueCommands.Delete.class,
            ServicePublisherCommands.Key.class,
            ServicePublisherCommands.Details.class,
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

    /** {@code croft service launch}. */
    @Command(name = "launch", description = "Run a service in a private cloud under a grant.")
    static final class Start extends CloudCommand.Owned {
        @Parameters(paramLabel = "SERVICE", description = "Name in the catalogue.")
        String service;

        @Option(names = "--version", description = "Its version (default: the newest).")
        @Nullable
        String version;

        @Option(
                names = "--grant",
                paramLabel = "GRANT",
                description = "Id of the grant it uses (default: the newest in force for this very service).")
        @Nullable
        String grant;

        @Option(names = "--input", paramLabel = "FILE", description = "JSON object for the service.")
        @Nullable
        Path input;

        @Option(names = "--wait", description = "Wait until it has ended; exit status 6 if it failed.")
        boolean wait;

        @Override
        ExitStatus run(Output output) throws IOException, InterruptedException {
            JsonNode json = input == null ? JsonNodeFactory.instance.objectNode() : read(input);
            try (RouterClient router = owner.router()) {
                String used = grant == null ? newestGrant(router) : grant;
                Launch launch = router.launch(owner.cloudId(), service, version, used, json);
                launch = wait ? await(router, launch) : launch;
                tell(launch, output);
                return wait && launch.state() != Launch.State.DONE ? ExitStatus.UNAVAILABLE : ExitStatus.OK;
            }
        }

        private String newestGrant(RouterClient router) throws IOException {
            CatalogueEntry entry = version == null ? newest(router, service) : router.service(service, version);
            String publisher = ShownService.of(entry, null).publisher();
            return owner.cloud().grants().stream()
                    .filter(GrantStatus::inForce)
                    .map(GrantStatus::grant)
                    .filter(known -> known.holder() instanceof Holder.ServiceHolder held
                            && held.means(service, entry.digest(), publisher))
                    .max(Comparator.comparing(Grant::notBefore))
                    .map(Grant::id)
                    .orElseThrow(() -> new CommandException(
                            ExitStatus.REFUSED,
                            "no grant lets " + service + " " + entry.version() + " run: 'croft grant create --service "
                                    + service + "' makes one"));
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
                launch.state().name().toLowerCase(Locale.ROOT),
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
        @Parameters(arity = "0..1", paramLabel = "LAUNCH", description = "Id of the launch (default: the last one).")
        @Nullable
        String launch;

        @Option(names = "--follow", description = "Go on until it ends.")
        boolean follow;

        @Override
        ExitStatus run(Output output) throws IOException {
            if (json && follow) {
                throw new CommandException(ExitStatus.USAGE, "--follow and --json do not go together");
            }
            try (RouterClient router = owner.router()) {
                String id = launch == null ? last(router) : launch;
                try (InputStream logs = router.logs(owner.cloudId(), id, follow)) {
                    if (json) {
                        output.result(Map.of("launch", id, "log", new String(logs.readAllBytes(), UTF_8)));
                    } else {
                        output.out().flush();
                        logs.transferTo(System.out);
                        System.out.flush();
                    }
                    return ExitStatus.OK;
                }
            }
        }

        private String last(RouterClient router) throws IOException {
            return router.launches(owner.cloudId()).stream()
                    .max(Comparator.comparing(Launch::created))
                    .map(Launch::id)
                    .orElseThrow(() -> new CommandException(ExitStatus.NOT_FOUND, "nothing was launched there"));
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
                description =
                        "Where to write it; it must not exist (default: standard output). What broke off goes on where it ended, by itself and with the same command again.")
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
                if (out == null) {
                    try (InputStream content = router.output(owner.cloudId(), launch, name)) {
                        output.out().flush();
                        content.transferTo(System.out);
                        System.out.flush();
                    }
                } else {
                    long bytes = new OutputFetch(router, owner.cloudId(), launch, name).to(out, output);
                    output.line("%s: %d bytes", out, bytes);
                    output.result(Map.of("file", out.toString(), "bytes", bytes));
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
