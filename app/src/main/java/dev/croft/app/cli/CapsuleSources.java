package dev.croft.app.cli;

import dev.croft.capsule.CapsuleMetadata;
import dev.croft.capsule.CapsuleName;
import dev.croft.capsule.CapsuleReader;
import dev.croft.capsule.replication.ReplicationException;
import dev.croft.capsule.server.Locating;
import dev.croft.capsule.server.Locator;
import dev.croft.capsule.server.Reading;
import dev.croft.capsule.server.ResolverClient;
import dev.croft.capsule.server.ServerAddress;
import dev.croft.capsule.server.ServerClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;

/** Where a command finds a capsule: on servers that were named, or by a domain's resolver. */
final class CapsuleSources {
    private CapsuleSources() {}

    /** What a capsule is: from a copy, if there is one, or from the first server that knows it by its name. */
    static CapsuleMetadata metadata(String capsule, Path copy, List<ServerAddress> servers, Reading reading)
            throws IOException {
        boolean named = capsule.matches("[0-9a-f]{64}");
        Path held = named ? copy : Path.of(capsule);
        if (Files.exists(held.resolve("metadata"))) {
            try (CapsuleReader reader = CapsuleReader.open(held, null)) {
                return reader.metadata();
            }
        }
        if (servers.isEmpty() || !named) {
            throw new CommandException(ExitStatus.INPUT, capsule + ": neither a capsule's name nor a copy of one");
        }
        CapsuleName name = CapsuleName.parse(capsule);
        ReplicationException last = new ReplicationException.Unknown("no server was named");
        for (ServerAddress address : servers) {
            try {
                return ServerClient.metadata(address, name, reading);
            } catch (ReplicationException e) {
                last = e;
            }
        }
        throw last;
    }

    /** Servers that a domain's resolver knows, asked again whenever they do not answer. */
    static Locating in(ResolverClient resolver, CapsuleMetadata metadata, CapsuleAskerOptions asker)
            throws IOException {
        var locator = new Locator(resolver, metadata, asker.routes(metadata, resolver.key()), InstantSource.system());
        return except -> {
            List<ServerAddress> found = locator.find(except);
            if (found.isEmpty() && except.isEmpty()) {
                throw new ReplicationException.Unknown("nobody who serves this capsule is known there");
            }
            return found;
        };
    }
}
