package dev.croft.app.cli;

import dev.croft.capsule.replication.Durability;
import dev.croft.vault.api.Replicas;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which capsule servers hold private clouds besides their host. */
final class ReplicaOptions {
    @Option(
            names = "--replicas",
            split = ",",
            paramLabel = "SERVER",
            description = "Capsule servers, KEY@HOST:PORT, with commas between or repeated.")
    @Nullable
    List<String> servers;

    @Option(
            names = "--durability",
            defaultValue = "QUORUM",
            description =
                    "On how many of them a record is before it is acknowledged: ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
    Durability durability = Durability.QUORUM;

    Optional<Replicas> replicas() {
        try {
            return servers == null ? Optional.empty() : Optional.of(new Replicas(servers, durability));
        } catch (IllegalArgumentException e) {
            throw new CommandException(ExitStatus.USAGE, "--replicas: " + e.getMessage());
        }
    }

    Replicas required() {
        return replicas()
                .orElseThrow(() -> new CommandException(ExitStatus.USAGE, "name capsule servers with --replicas"));
    }
}
