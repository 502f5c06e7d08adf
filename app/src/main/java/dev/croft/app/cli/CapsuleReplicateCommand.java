package dev.croft.app.cli;

import dev.croft.capsule.CapsuleReader;
import dev.croft.capsule.crypto.SigningKey;
import dev.croft.capsule.delegation.Delegation.Role;
import dev.croft.capsule.replication.Durability;
import dev.croft.capsule.replication.ReplicationException;
import dev.croft.capsule.server.Push;
import dev.croft.capsule.server.Reading;
import dev.croft.capsule.server.Receipt;
import dev.croft.capsule.server.ServerAddress;
import dev.croft.capsule.server.ServerClient;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code croft capsule replicate}: brings servers up to a capsule in a directory. */
@Command(
        name = "replicate",
        description = {
            "Send a capsule, or what was appended since, to servers, and let them serve it.",
            "Exit status 6 when fewer than --durability servers have made all of it durable."
        })
final class CapsuleReplicateCommand extends Subcommand {
    @Parameters(paramLabel = "DIR", description = "Directory of the capsule.")
    Path directory;

    @Mixin
    CapsuleOwnerOptions owner = new CapsuleOwnerOptions();

    @Option(
            names = "--to",
            required = true,
            paramLabel = "SERVER",
            description = "A server, KEY@HOST:PORT; may be repeated.")
    List<String> servers = List.of();

    @Option(
            names = "--durability",
            defaultValue = "ALL",
            description = "How many servers must have it: ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
    Durability durability = Durability.ALL;

    @Option(names = "--route", description = "Let them only carry it, as routers that keep a cache, and not serve it.")
    boolean route;

    @Override
    ExitStatus run(Output output) throws Exception {
        SigningKey key = owner.key();
        List<ServerAddress> addresses = CapsuleOwnerOptions.servers(servers);
        List<Map<String, Object>> results = new ArrayList<>();
        int durable = 0;
        try (CapsuleReader capsule = CapsuleReader.open(directory, null)) {
            for (ServerAddress address : addresses) {
                Map<String, Object> result = new LinkedHashMap<>();
                result.put("server", address.toString());
                try (var server = new ServerClient(address, capsule.metadata(), new Reading(key, null))) {
                    Optional<Receipt> receipt = Push.to(
                            server,
                            capsule,
                            owner.delegate(
                                    directory,
                                    key,
                                    capsule.metadata(),
                                    route ? Role.ROUTE : Role.SERVE,
                                    address.key()));
                    durable++;
                    result.put("records", capsule.size());
                    result.put("sent", receipt.isPresent());
                    output.line("%s: durable, %d records", address, capsule.size());
                } catch (ReplicationException e) {
                    result.put("problem", e.getMessage());
                    output.line("%s: %s", address, String.valueOf(e.getMessage()));
                }
                results.add(result);
            }
        }
        output.result(results);
        return durable >= durability.of(addresses.size()) ? ExitStatus.OK : ExitStatus.UNAVAILABLE;
    }
}
