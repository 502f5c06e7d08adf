package dev.croft.app.cli;

import dev.croft.capsule.CapsuleMetadata;
import dev.croft.capsule.CapsuleName;
import dev.croft.capsule.CapsuleReader;
import dev.croft.capsule.Heartbeat;
import dev.croft.capsule.crypto.SigningKey;
import dev.croft.capsule.delegation.Delegation;
import dev.croft.capsule.delegation.Delegation.Role;
import dev.croft.capsule.delegation.Revocations;
import dev.croft.capsule.replication.ReplicationException;
import dev.croft.capsule.routing.Query;
import dev.croft.capsule.routing.Resolving;
import dev.croft.capsule.server.Reading;
import dev.croft.capsule.server.ReplicatedReader;
import dev.croft.capsule.server.ResolverClient;
import dev.croft.capsule.server.ServerAddress;
import dev.croft.capsule.server.ServerClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code croft capsule follow}: keeps a copy of a capsule that is on servers. */
@Command(
        name = "follow",
        description = {
            "Keep a verified copy of a capsule that is on servers, and say how it grows.",
            "What is copied stays sealed; read it with 'croft capsule cat'."
        })
final class CapsuleFollowCommand extends Subcommand {
    @Parameters(index = "0", paramLabel = "CAPSULE", description = "Its name, or the directory of a copy.")
    String capsule = "";

    @Parameters(
            index = "1",
            paramLabel = "DIR",
            description = "Directory of the copy to keep; made if it is not there.")
    Path directory;

    @Mixin
    CapsuleOwnerOptions owner = new CapsuleOwnerOptions();

    @ArgGroup(multiplicity = "1")
    Where where = new Where();

    /** Which servers are asked. */
    static final class Where {
        @Option(names = "--from", paramLabel = "SERVER", description = "A server, KEY@HOST:PORT; may be repeated.")
        @Nullable
        List<String> servers;

        @Option(
                names = "--in",
                paramLabel = "SERVER",
                description = "The resolver of a domain, which finds servers; CAPSULE is a copy's directory then.")
        @Nullable
        String domain;
    }

    @Option(
            names = "--quorum",
            defaultValue = "1",
            description = "How many servers must answer with --once (default: ${DEFAULT-VALUE}).")
    int quorum;

    @Option(names = "--once", description = "Fetch what there is and end.")
    boolean once;

    @Option(
            names = "--max-age-seconds",
            defaultValue = "0",
            description = "With --once, refuse a head older than this; 0 for any age (default: ${DEFAULT-VALUE}).")
    long maxAge;

    @Option(names = "--until", description = "End once there are this many records.")
    long until = Long.MAX_VALUE;

    @Override
    ExitStatus run(Output output) throws Exception {
        SigningKey key = owner.key();
        Reading reading = new Reading(key, null);
        CapsuleMetadata metadata = metadata(reading);
        List<ServerAddress> servers = servers(key, metadata);
        try (var reader = new ReplicatedReader(directory, metadata, servers, reading, quorum)) {
            if (once) {
                Instant notOlder = maxAge == 0 ? Instant.EPOCH : Instant.now().minus(Duration.ofSeconds(maxAge));
                ReplicatedReader.View view = reader.refresh(notOlder);
                tell(output, view.head());
                boolean whole = reader.isWhole(view.head()) && reader.isMain(view.head());
                if (!whole) {
                    output.warn("there is a hole in the copy's main history, or the newest head is on a branch");
                }
                if (!view.evidence().isEmpty()) {
                    throw new ReplicationException.Forked(view.evidence().getFirst());
                }
                Map<String, Object> result = new LinkedHashMap<>();
                result.put("name", metadata.name().toString());
                result.put("records", view.head().size());
                result.put("timestamp", view.head().timestamp().toString());
                result.put("whole", whole);
                output.result(result);
                return whole ? ExitStatus.OK : ExitStatus.UNAVAILABLE;
            }
            reader.follow(head -> {
                tell(output, head);
                return head.size() < until;
            });
        }
        return ExitStatus.OK;
    }

    private static void tell(Output output, Heartbeat head) {
        output.line("%d records, %s", head.size(), head.timestamp());
        output.out().flush();
    }

    private CapsuleMetadata metadata(Reading reading) throws IOException {
        Path copy = capsule.matches("[0-9a-f]{64}") ? directory : Path.of(capsule);
        if (Files.exists(copy.resolve("metadata"))) {
            try (CapsuleReader held = CapsuleReader.open(copy, null)) {
                return held.metadata();
            }
        }
        List<String> named = where.servers;
        if (named == null || !capsule.matches("[0-9a-f]{64}")) {
            throw new CommandException(ExitStatus.INPUT, capsule + ": neither a capsule's name nor a copy of one");
        }
        CapsuleName name = CapsuleName.parse(capsule);
        ReplicationException last = new ReplicationException.Unknown("no server was named");
        for (ServerAddress address : CapsuleOwnerOptions.servers(named)) {
            try {
                return ServerClient.metadata(address, name, reading);
            } catch (ReplicationException e) {
                last = e;
            }
        }
        throw last;
    }

    private List<ServerAddress> servers(SigningKey key, CapsuleMetadata metadata) {
        List<String> named = where.servers;
        if (named != null) {
            return CapsuleOwnerOptions.servers(named);
        }
        String domain = where.domain == null ? "" : where.domain;
        ServerAddress address = CapsuleOwnerOptions.servers(List.of(domain)).getFirst();
        Delegation route = owner.delegate(key, metadata, Role.ROUTE, address.key());
        try (var resolver = new ResolverClient(address)) {
            List<ServerAddress> found = resolver.resolve(new Query(metadata, List.of(route), Query.MOST_HOPS)).stream()
                    .map(Resolving.Found::advertisement)
                    .filter(one -> one.name().equals(metadata.name()))
                    .peek(one -> one.require(Instant.now(), Revocations.none(metadata.name())))
                    .map(one -> new ServerAddress(one.server(), one.host(), one.port()))
                    .toList();
            if (found.isEmpty()) {
                throw new ReplicationException.Unknown("nobody who serves this capsule is known there");
            }
            return found;
        }
    }
}
