package dev.croft.app.cli;

import dev.croft.capsule.crypto.SigningKey;
import dev.croft.capsule.routing.Resolver;
import dev.croft.capsule.server.Advertiser;
import dev.croft.capsule.server.AntiEntropy;
import dev.croft.capsule.server.CapsuleServer;
import dev.croft.capsule.server.CapsuleShelf;
import dev.croft.capsule.server.Relay;
import dev.croft.capsule.server.ResolverClient;
import dev.croft.capsule.server.ServerAddress;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code croft capsule serve}: a capsule server, until it is stopped. */
@Command(
        name = "serve",
        description = {
            "Hold capsules of many owners and serve them over HTTPS until stopped.",
            "It takes what owners delegated to its key, which it makes on its first start (DIR/server.key)."
        })
final class CapsuleServeCommand extends Subcommand {
    @Parameters(paramLabel = "DIR", description = "Folder for the capsules and the server's key.")
    Path directory;

    @Option(names = "--listen", defaultValue = "127.0.0.1", description = "Address (default: ${DEFAULT-VALUE}).")
    String listen = "127.0.0.1";

    @Option(names = "--port", defaultValue = "7443", description = "Port; 0 picks one (default: ${DEFAULT-VALUE}).")
    int port;

    @Option(names = "--host", paramLabel = "NAME", description = "Where others find it (default: the address).")
    @Nullable
    String host;

    @Option(
            names = "--peer",
            paramLabel = "SERVER",
            description = "Another server, KEY@HOST:PORT, to repair from; may be repeated.")
    List<String> peers = List.of();

    @Option(names = "--parent", paramLabel = "SERVER", description = "The resolver of the domain above this one.")
    @Nullable
    String parent;

    @Option(
            names = "--relay",
            paramLabel = "SERVER",
            description = "A server or router to follow what owners let this one route from; may be repeated.")
    List<String> relays = List.of();

    @Option(
            names = "--repair-seconds",
            defaultValue = "10",
            description = "Time between repairs (default: ${DEFAULT-VALUE}).")
    long repairSeconds;

    @Option(
            names = "--scrub-hours",
            defaultValue = "24",
            description = "Time between readings of all that is held; 0 for never (default: ${DEFAULT-VALUE}).")
    long scrubHours;

    @Option(
            names = "--owner-bytes",
            defaultValue = "107374182400",
            description = "Most bytes for each owner (default: ${DEFAULT-VALUE}).")
    long ownerBytes;

    @Override
    ExitStatus run(Output output) throws Exception {
        if (port < 0 || port > 65_535 || repairSeconds < 1 || scrubHours < 0 || ownerBytes < 1) {
            throw new CommandException(ExitStatus.USAGE, "a number is out of range");
        }
        CapsuleShelf.Limits standard = CapsuleShelf.Limits.standard();
        InstantSource clock = InstantSource.system();
        SigningKey key = key(directory);
        var shelf = new CapsuleShelf(
                directory.resolve("capsules"),
                key,
                new CapsuleShelf.Limits(standard.capsules(), ownerBytes, standard.bytesPerAppend()),
                clock);
        ResolverClient up = parent == null
                ? null
                : new ResolverClient(
                        CapsuleOwnerOptions.servers(List.of(parent)).getFirst());
        var resolver = new Resolver(key.verifyingKey(), up, clock);
        CapsuleServer server = CapsuleServer.start(shelf, new InetSocketAddress(listen, port), resolver);
        var self = new ServerAddress(key.verifyingKey(), host == null ? listen : host, server.port());
        var repair = new AntiEntropy(
                shelf,
                CapsuleOwnerOptions.servers(peers),
                Duration.ofSeconds(repairSeconds),
                Duration.ofHours(scrubHours));
        var advertiser = new Advertiser(shelf, resolver, self, Duration.ofMinutes(2));
        var relay = new Relay(shelf, CapsuleOwnerOptions.servers(relays));
        var ended = new CountDownLatch(1);
        Runtime.getRuntime()
                .addShutdownHook(new Thread(
                        () -> {
                            advertiser.close();
                            relay.close();
                            repair.close();
                            server.close();
                            shelf.close();
                            ended.countDown();
                        },
                        "stop"));
        output.line("Serving %d capsules as %s; stop with Ctrl-C", shelf.names().size(), self);
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("server", self.toString());
        result.put("capsules", shelf.names().size());
        output.result(result);
        output.out().flush();
        ended.await();
        return ExitStatus.OK;
    }

    private static SigningKey key(Path directory) throws IOException {
        Path file = Files.createDirectories(directory).resolve("server.key");
        if (!Files.exists(file)) {
            Path made = Files.createTempFile(
                    directory,
                    "server",
                    ".new",
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            Files.write(made, SigningKey.generate().secretSeed());
            Files.move(made, file);
        }
        byte[] seed = Files.readAllBytes(file);
        if (seed.length != SigningKey.LENGTH) {
            throw new CommandException(ExitStatus.INPUT, file + ": a server's key has 32 bytes");
        }
        return SigningKey.ofSeed(seed);
    }
}
