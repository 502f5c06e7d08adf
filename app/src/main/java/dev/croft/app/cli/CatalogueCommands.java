package dev.croft.app.cli;

import dev.croft.app.bench.Bench;
import dev.croft.router.RouterClient;
import dev.croft.router.placement.ServiceDefinition;
import dev.croft.router.registry.CatalogueEntry;
import dev.croft.runtime.Bundle;
import dev.croft.runtime.Digest;
import dev.croft.vault.api.ServiceDigest;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The parts of {@code croft service} that are about the catalogue. */
final class CatalogueCommands {
    private static final String NAME = "[a-z0-9][a-z0-9-]{0,40}";
    private static final String VERSION = "[A-Za-z0-9.-]{1,20}";

    private CatalogueCommands() {}

    /** {@code croft service list}. */
    @Command(name = "list", description = "List the catalogue.")
    static final class Show extends RouterSubcommand {
        @Option(names = "--as", paramLabel = "ACCOUNT", description = "Whose account asks (default: the operator's).")
        @Nullable
        String account;

        @Override
        RouterClient client() throws IOException {
            return account == null ? server.operator() : server.as(account);
        }

        @Override
        void ask(RouterClient router, Output output) {
            // Operators are told of withdrawn ones too; nobody can launch them.
            List<CatalogueEntry> services = router.services().stream()
                    .filter(entry -> entry.withdrawn() == null)
                    .toList();
            output.table(
                    List.of("name", "version", "digest", "added by"),
                    services.stream()
                            .map(entry -> List.of(entry.name(), entry.version(), entry.digest(), entry.addedBy()))
                            .toList());
            output.result(services);
        }
    }

    /** {@code croft service digest}. */
    @Command(
            name = "digest",
            description = "Print the digest of a bundle, a directory of plain files, or that of a service:"
                    + " the bundle with its command, which is what grants name.")
    static final class DigestOf extends Subcommand {
        @Parameters(index = "0", paramLabel = "DIR", description = "The bundle.")
        Path directory;

        @Parameters(index = "1..*", paramLabel = "COMMAND", description = "The command and its arguments.")
        List<String> command = List.of();

        @Override
        ExitStatus run(Output output) throws IOException {
            if (!Files.isDirectory(directory)) {
                throw new NoSuchFileException(directory.toString());
            }
            String program = Bundle.digest(directory).toString();
            String digest = command.isEmpty() ? program : ServiceDigest.of(program, command);
            output.line("%s", digest);
            output.result(Map.of("digest", digest));
            return ExitStatus.OK;
        }
    }

    /** {@code croft service publish}. */
    @Command(
            name = "publish",
            description = "Copy a bundle into the installation and add it to the catalogue; for the operator.")
    static final class Publish extends RouterSubcommand {
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

        @Option(
                names = "--publisher-key",
                paramLabel = "FILE",
                description = "Sign with this key (default: the installation's own).")
        @Nullable
        Path publisherKey;

        @Option(
                names = "--reads",
                paramLabel = "TEXT",
                description = "What it reads: a collection, or a collection, a colon and words; may be repeated.")
        List<String> reads = List.of();

        @Option(names = "--writes", paramLabel = "TEXT", description = "What it writes, likewise; may be repeated.")
        List<String> writes = List.of();

        @Option(names = "--emits", paramLabel = "TEXT", description = "What it lets out; may be repeated.")
        List<String> emits = List.of();

        @Option(
                names = "--output-mib",
                paramLabel = "MIB",
                description = "How much it may leave in its output (default: as for any service).")
        @Nullable
        Long outputMib;

        @Mixin
        PlacingOptions placing = new PlacingOptions();

        private ServiceDefinition signed(String program, ServiceDefinition definition) throws IOException {
            Path file =
                    publisherKey != null ? publisherKey : server.home().router().resolve("publisher/key");
            return definition.signedBy(
                    ServicePublisherCommands.key(file), name, version, program, reads, writes, emits);
        }

        @Override
        void check() throws IOException {
            if (!name.matches(NAME) || !version.matches(VERSION)) {
                throw new CommandException(
                        ExitStatus.USAGE,
                        "a name is of small letters, digits and -, a version of letters, digits, . and -");
            }
            if (!Files.isDirectory(directory)) {
                throw new NoSuchFileException(directory.toString());
            }
        }

        @Override
        void ask(RouterClient operator, Output output) throws IOException {
            String bundle = name + "-" + version.toLowerCase(Locale.ROOT);
            Path target = server.home().services().resolve(bundle);
            if (Files.exists(target)) {
                throw new FileAlreadyExistsException(target.toString());
            }
            Digest digest = Bundle.copy(directory, target);
            CatalogueEntry entry;
            try {
                entry = operator.publish(
                        name,
                        version,
                        digest.toString(),
                        signed(
                                digest.toString(),
                                new ServiceDefinition(
                                                description,
                                                bundle,
                                                null,
                                                command,
                                                null,
                                                null,
                                                null,
                                                null,
                                                outputMib,
                                                null)
                                        .withPlacing(placing.placing())));
            } catch (RuntimeException e) {
                // So that it can be tried again.
                Bench.delete(target);
                throw e;
            }
            output.line("%s %s, %s", entry.name(), entry.version(), entry.digest());
            output.result(entry);
        }
    }

    /** {@code croft service delete}. */
    @Command(
            name = "delete",
            description = "Take a service out of the catalogue, so that nobody launches it again; for the operator.")
    static final class Delete extends RouterSubcommand {
        @Parameters(paramLabel = "NAME", description = "Name in the catalogue.")
        String name;

        @Option(names = "--version", required = true, description = "Its version.")
        String version = "";

        @Override
        void check() {
            if (!name.matches(NAME) || !version.matches(VERSION)) {
                throw new CommandException(ExitStatus.NOT_FOUND, "there is no service " + name + " " + version);
            }
        }

        @Override
        void ask(RouterClient operator, Output output) {
            operator.withdrawService(name, version);
            output.line("%s %s is out of the catalogue", name, version);
            output.result(Map.of("name", name, "version", version, "state", "withdrawn"));
        }
    }
}
