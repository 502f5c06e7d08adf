package dev.croft.app.cli;

import dev.croft.capsule.CapsuleException;
import dev.croft.capsule.CapsuleMetadata;
import dev.croft.capsule.CapsuleName;
import dev.croft.capsule.crypto.SigningKey;
import dev.croft.capsule.crypto.VerifyingKey;
import dev.croft.capsule.delegation.Delegation;
import dev.croft.capsule.delegation.Delegation.Role;
import dev.croft.capsule.server.ServerAddress;
import dev.croft.vault.api.OwnerKey;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** A capsule's owner, who says which servers may do what with it. */
final class CapsuleOwnerOptions {
    @Mixin
    CapsuleKeys keys;

    @Option(
            names = "--days",
            defaultValue = "365",
            description = "How long they may do it (default: ${DEFAULT-VALUE}).")
    long days;

    SigningKey key() throws IOException {
        try (OwnerKey owner = keys.load()) {
            return owner.signingKey();
        }
    }

    /** The owner's word that a key may do something with a capsule from now on; kept in its directory, to be revoked some day. */
    Delegation delegate(Path capsule, SigningKey owner, CapsuleMetadata metadata, Role role, VerifyingKey to)
            throws IOException {
        if (!owner.verifyingKey().equals(metadata.ownerKey())) {
            throw new CapsuleException.WrongKey("owner's key");
        }
        CapsuleName name = metadata.name();
        // Servers' clocks may be behind ours.
        Instant from = Instant.now().minus(Duration.ofMinutes(10));
        Delegation issued = Delegation.issue(owner, name, role, to, from, from.plus(Duration.ofDays(days)));
        new IssuedDelegations(capsule).keep(issued);
        return issued;
    }

    /** A public key in hex, as servers and readers print theirs. */
    static VerifyingKey key(String hex) {
        if (!hex.matches("[0-9a-f]{64}")) {
            throw new CommandException(ExitStatus.USAGE, hex + ": a key has 64 hex digits");
        }
        return VerifyingKey.of(HexFormat.of().parseHex(hex));
    }

    static List<ServerAddress> servers(List<String> written) {
        try {
            return written.stream().map(ServerAddress::parse).toList();
        } catch (IllegalArgumentException e) {
            throw new CommandException(ExitStatus.USAGE, String.valueOf(e.getMessage()));
        }
    }
}
