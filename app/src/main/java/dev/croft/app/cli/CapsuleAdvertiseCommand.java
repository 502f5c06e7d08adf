package dev.croft.app.cli;

import dev.croft.capsule.CapsuleMetadata;
import dev.croft.capsule.CapsuleReader;
import dev.croft.capsule.crypto.SigningKey;
import dev.croft.capsule.delegation.Delegation;
import dev.croft.capsule.delegation.Delegation.Role;
import dev.croft.capsule.server.Reading;
import dev.croft.capsule.server.ServerAddress;
import dev.croft.capsule.server.ServerClient;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code croft capsule advertise}: lets a capsule be found by its name. */
@Command(
        name = "advertise",
        description = {
            "Let servers of a capsule be found by its name, in the domains named and in no other.",
            "The servers begin to advertise within half a minute."
        })
final class CapsuleAdvertiseCommand extends Subcommand {
    @Parameters(paramLabel = "DIR", description = "Directory of the capsule.")
    Path directory;

    @Mixin
    CapsuleOwnerOptions owner = new CapsuleOwnerOptions();

    @Option(
            names = "--server",
            required = true,
            paramLabel = "SERVER",
            description = "A server that serves it, KEY@HOST:PORT; may be repeated.")
    List<String> servers = List.of();

    @Option(
            names = "--in",
            required = true,
            paramLabel = "SERVER",
            description = "The resolver of a domain that may know of it; may be repeated.")
    List<String> domains = List.of();

    @Override
    ExitStatus run(Output output) throws Exception {
        SigningKey key = owner.key();
        CapsuleMetadata metadata;
        try (CapsuleReader capsule = CapsuleReader.open(directory, null)) {
            metadata = capsule.metadata();
        }
        List<Delegation> routes = new ArrayList<>();
        for (ServerAddress domain : CapsuleOwnerOptions.servers(domains)) {
            routes.add(owner.delegate(directory, key, metadata, Role.ROUTE, domain.key()));
        }
        for (ServerAddress address : CapsuleOwnerOptions.servers(servers)) {
            try (var server = new ServerClient(address, metadata, new Reading(key, null))) {
                server.route(routes);
            }
            output.line("%s: may be found in %d domains", address, routes.size());
        }
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("name", metadata.name().toString());
        result.put("domains", domains);
        output.result(result);
        return ExitStatus.OK;
    }
}
