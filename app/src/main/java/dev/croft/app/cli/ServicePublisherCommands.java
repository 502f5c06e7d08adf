package dev.croft.app.cli;

import dev.croft.capsule.crypto.SigningKey;
import dev.croft.capsule.crypto.VerifyingKey;
import dev.croft.router.Json;
import dev.croft.router.RouterClient;
import dev.croft.router.RouterException;
import dev.croft.router.placement.ServiceDefinition;
import dev.croft.router.placement.ServiceSignature;
import dev.croft.router.placement.ServiceStatement;
import dev.croft.router.registry.CatalogueEntry;
import dev.croft.router.tls.PrivateFiles;
import dev.croft.vault.api.ServiceDigest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
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
    static final class Details extends Subcommand {
        @Mixin
        ServerOptions server = new ServerOptions();

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
        ExitStatus run(Output output) throws IOException {
            try (RouterClient router = account == null ? server.operator() : server.as(account)) {
                CatalogueEntry entry = version == null
                        ? ServiceCommand.newest(router, name)
                        : router.services().stream()
                                .filter(known -> known.name().equals(name)
                                        && known.version().equals(version))
                                .findFirst()
                                .orElseThrow(() -> new CommandException(
                                        ExitStatus.NOT_FOUND, "there is no service " + name + " " + version));
                ServiceDefinition definition =
                        Json.read(entry.definition().getBytes(StandardCharsets.UTF_8), ServiceDefinition.class);
                if (!ServiceDigest.of(entry.program(), definition.command()).equals(entry.digest())) {
                    throw new CommandException(
                            ExitStatus.UNVERIFIED, "the digest is not that of the program and command");
                }
                show(output, entry, definition, signer(entry, definition));
                return ExitStatus.OK;
            }
        }

        private @Nullable String signer(CatalogueEntry entry, ServiceDefinition definition) throws IOException {
            if (definition.statement() == null && publisher == null) {
                return null;
            }
            VerifyingKey signer;
            try {
                signer = ServiceSignature.signer(entry.name(), entry.version(), entry.program(), definition);
            } catch (RouterException.Forbidden e) {
                throw new CommandException(ExitStatus.UNVERIFIED, String.valueOf(e.getMessage()));
            }
            String hex = HexFormat.of().formatHex(signer.encoded());
            if (publisher != null
                    && (Files.size(publisher) > 1024
                            || !Files.readString(publisher).strip().equals(hex))) {
                throw new CommandException(ExitStatus.UNVERIFIED, "the service is signed by another publisher, " + hex);
            }
            return hex;
        }

        private static void show(
                Output output, CatalogueEntry entry, ServiceDefinition definition, @Nullable String signer) {
            ServiceStatement statement = definition.statement();
            Map<String, Object> shown = new LinkedHashMap<>();
            shown.put("name", entry.name());
            shown.put("version", entry.version());
            shown.put("digest", entry.digest());
            shown.put("program", entry.program());
            shown.put("command", definition.command());
            shown.put("description", definition.description());
            shown.put("reads", statement == null ? List.of() : statement.reads());
            shown.put("writes", statement == null ? List.of() : statement.writes());
            shown.put("emits", statement == null ? List.of() : statement.emits());
            shown.put("publisher", signer == null ? "not signed" : signer);
            shown.forEach((field, value) -> output.line(
                    "%-12s %s", field, value instanceof List<?> list ? String.join(", ", words(list)) : value));
            output.result(shown);
        }

        private static List<String> words(List<?> list) {
            return list.stream().map(String::valueOf).toList();
        }
    }
}
