package dev.croft.app.cli;

import dev.croft.capsule.CapsuleMetadata;
import dev.croft.capsule.Heartbeat;
import dev.croft.capsule.replication.ReplicationException;
import dev.croft.capsule.server.Locating;
import dev.croft.capsule.server.Reading;
import dev.croft.capsule.server.ReplicatedReader;
import dev.croft.capsule.server.ResolverClient;
import dev.croft.capsule.server.ServerAddress;
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
    CapsuleAskerOptions asker = new CapsuleAskerOptions();

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
        Reading reading = asker.reading();
        List<ServerAddress> servers = where.servers == null ? List.of() : CapsuleOwnerOptions.servers(where.servers);
        CapsuleMetadata metadata = CapsuleSources.metadata(capsule, directory, servers, reading);
        String domain = where.domain;
        if (domain == null) {
            return follow(output, new ReplicatedReader(directory, metadata, servers, reading, quorum), metadata);
        }
        try (var resolver =
                new ResolverClient(CapsuleOwnerOptions.servers(List.of(domain)).getFirst())) {
            Locating found = CapsuleSources.in(resolver, metadata, asker);
            return follow(output, new ReplicatedReader(directory, metadata, found, reading, quorum), metadata);
        }
    }

    private ExitStatus follow(Output output, ReplicatedReader opened, CapsuleMetadata metadata) throws Exception {
        try (var reader = opened) {
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
}
