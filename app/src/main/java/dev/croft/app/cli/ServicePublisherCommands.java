package dev.croft.app.cli;

import dev.croft.capsule.crypto.SigningKey;
import dev.croft.router.RouterClient;
import dev.croft.router.registry.CatalogueEntry;
import dev.croft.router.tls.PrivateFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The parts of {@code croft service} that are about who published a service. */
final class ServicePublisherCommands {
    private ServicePublisherCommands() {}

    static SigningKey key(Path file) throws IOException {
        if (Files.size(file) != SigningKey.LENGTH) {
            throw new CommandException(ExitStatus.INPUT, file + " is no publisher's key");
        }
        return SigningKey.ofSeed(Files.readAllBytes(file));
    }

    /** {@code croft service key}. */
    @Command(
            name = "key",
            description = "Make a publisher's key: FILE for yourself, FILE.pub for operators and owners.")
    static final class Key extends Subcommand {
        @Parameters(paramLabel = "FILE", description = "A new file for the key.")
        Path file;

        @Override
        ExitStatus run(Output output) throws IOException {
            Path published = file.resolveSibling(file.getFileName() + ".pub");
            for (Path path : List.of(file, published)) {
                if (Files.exists(path)) {
                    throw new FileAlreadyExistsException(path.toString());
                }
            }
            SigningKey key = SigningKey.generate();
            String hex = HexFormat.of().formatHex(key.verifyingKey().encoded());
            PrivateFiles.write(file, key.secretSeed());
            Files.write(published, (hex + "\n").getBytes(StandardCharsets.US_ASCII));
            output.line("%s is the publisher %s", file, hex);
            output.result(Map.of("file", file.toString(), "publisher", hex));
            return ExitStatus.OK;
        }
    }

    /** {@code croft service show}. */
    @Command(
            name = "show",
            description = {
                "Show what a service is, says of itself, and who signed that; digest and signature are checked here, not by the router.",
            })
    static final class Details extends RouterSubcommand {
        @Parameters(paramLabel = "NAME", description = "Name in the catalogue.")
        String name;

        @Option(names = "--version", description = "Its version (default: the newest).")
        @Nullable
        String version;

        @Option(names = "--as", paramLabel = "ACCOUNT", description = "Whose account asks (default: the operator's).")
        @Nullable
        String account;

        @Option(
                names = "--publisher",
                paramLabel = "FILE",
                description = "It must be signed by this publisher: FILE.pub.")
        @Nullable
        Path publisher;

        @Override
        RouterClient client() throws IOException {
            return account == null ? server.operator() : server.as(account);
        }

        @Override
        void ask(RouterClient router, Output output) throws IOException {
            CatalogueEntry entry = version == null
                    ? ServiceCommand.newest(router, name)
                    : router.services().stream()
                            .filter(known ->
                                    known.name().equals(name) && known.version().equals(version))
                            .findFirst()
                            .orElseThrow(() -> new CommandException(
                                    ExitStatus.NOT_FOUND, "there is no service " + name + " " + version));
            output.result(ShownService.of(entry, publisher).show(output));
        }
    }
}
