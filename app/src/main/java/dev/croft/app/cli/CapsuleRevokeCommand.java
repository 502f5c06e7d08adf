package dev.croft.app.cli;

import dev.croft.capsule.CapsuleException;
import dev.croft.capsule.CapsuleMetadata;
import dev.croft.capsule.CapsuleReader;
import dev.croft.capsule.codec.Malformed;
import dev.croft.capsule.crypto.SigningKey;
import dev.croft.capsule.delegation.Delegation;
import dev.croft.capsule.delegation.Revocations;
import dev.croft.capsule.replication.ReplicationException;
import dev.croft.capsule.server.ServerAddress;
import dev.croft.capsule.server.ServerClient;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code croft capsule revoke}: takes back what the owner let others do. */
@Command(
        name = "revoke",
        description = {
            "Take back what keys may do with a capsule, and tell servers and resolvers.",
            "Tell all that hold or advertise the capsule: one that was not told goes on until the delegation ends. Exit status 6 when one did not answer; "
                    + "run it again then."
        })
final class CapsuleRevokeCommand extends Subcommand {
    @Parameters(paramLabel = "DIR", description = "Directory of the capsule.")
    Path directory;

    @Mixin
    CapsuleKeys keys = new CapsuleKeys();

    @Option(
            names = "--of",
            paramLabel = "KEY",
            description = "Everything that was delegated to this key from here, 64 hex digits; may be repeated.")
    List<String> subjects = List.of();

    @Option(names = "--delegation", paramLabel = "FILE", description = "A delegation from a file; may be repeated.")
    List<Path> files = List.of();

    @Option(
            names = "--at",
            required = true,
            paramLabel = "SERVER",
            description = "A server or resolver to tell, KEY@HOST:PORT; may be repeated.")
    List<String> servers = List.of();

    @Override
    ExitStatus run(Output output) throws IOException {
        SigningKey key;
        try (var owner = keys.load()) {
            key = owner.signingKey();
        }
        CapsuleMetadata metadata;
        try (CapsuleReader capsule = CapsuleReader.open(CapsuleKeys.existing(directory), null)) {
            metadata = capsule.metadata();
        }
        if (!key.verifyingKey().equals(metadata.ownerKey())) {
            throw new CapsuleException.WrongKey("owner's key");
        }
        var issued = new IssuedDelegations(directory);
        List<Delegation> taken = new ArrayList<>();
        for (String subject : subjects) {
            List<Delegation> found = issued.to(CapsuleOwnerOptions.key(subject));
            if (found.isEmpty()) {
                throw new CommandException(
                        ExitStatus.NOT_FOUND,
                        "nothing was delegated to " + subject + " from here: name the file with --delegation");
            }
            taken.addAll(found);
        }
        for (Path file : files) {
            taken.add(CapsuleAskerOptions.delegation(file));
        }
        Revocations list = issued.revoked(Revocations.none(metadata.name()));
        if (!taken.isEmpty()) {
            list = list.revoke(key, taken);
            issued.keep(list);
        } else if (list.number() == 0) {
            throw new CommandException(ExitStatus.USAGE, "say what to revoke, with --of or --delegation");
        }
        output.line("%d delegations revoked, list %d", list.serials().size(), list.number());
        boolean all = tell(output, metadata, list);
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("revoked", list.serials());
        result.put("number", list.number());
        result.put("told", all);
        output.result(result);
        return all ? ExitStatus.OK : ExitStatus.UNAVAILABLE;
    }

    private boolean tell(Output output, CapsuleMetadata metadata, Revocations list) {
        boolean all = true;
        for (ServerAddress address : CapsuleOwnerOptions.servers(servers)) {
            try (var server = new ServerClient(address, metadata, null)) {
                server.revoke(list);
                output.line("%s: told", address);
            } catch (ReplicationException | Malformed e) {
                all = false;
                output.line("%s: %s", address, String.valueOf(e.getMessage()));
            }
        }
        return all;
    }
}
