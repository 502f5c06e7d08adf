package dev.croft.app.cli;

import dev.croft.capsule.CapsuleException;
import dev.croft.capsule.CapsuleMetadata;
import dev.croft.capsule.codec.Malformed;
import dev.croft.capsule.crypto.SigningKey;
import dev.croft.capsule.crypto.VerifyingKey;
import dev.croft.capsule.delegation.Delegation;
import dev.croft.capsule.delegation.Delegation.Role;
import dev.croft.capsule.server.Reading;
import dev.croft.vault.api.OwnerKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Who asks servers for a capsule: its owner, or a reader to whom the owner delegated reading. */
final class CapsuleAskerOptions {
    private static final int MOST_DELEGATION_BYTES = 1024;

    @Mixin
    CapsuleReading whose = new CapsuleReading();

    @Option(
            names = "--delegation",
            paramLabel = "FILE",
            description =
                    "What the owner lets the reader or a resolver do, from 'croft capsule delegate'; may be repeated.")
    List<Path> delegations = List.of();

    /** A delegation from its file. */
    static Delegation delegation(Path file) throws IOException {
        if (!Files.isRegularFile(file)) {
            throw new NoSuchFileException(file.toString());
        }
        try {
            if (Files.size(file) > MOST_DELEGATION_BYTES) {
                throw new Malformed("too long");
            }
            return Delegation.decode(Files.readAllBytes(file));
        } catch (Malformed e) {
            throw new CommandException(ExitStatus.INPUT, file + ": not a delegation: " + e.getMessage());
        }
    }

    private List<Delegation> given() throws IOException {
        List<Delegation> given = new ArrayList<>();
        for (Path file : delegations) {
            given.add(delegation(file));
        }
        return given;
    }

    /** By what right servers are asked. */
    Reading reading() throws IOException {
        if (whose.keys.owner != null) {
            try (OwnerKey owner = OwnerOptions.load(whose.keys.owner, whose.passphrase)) {
                return new Reading(owner.signingKey(), null);
            }
        }
        SigningKey key = whose.key().askingKey();
        Delegation read = given().stream()
                .filter(one -> one.role() != Role.WRITE && one.subject().equals(key.verifyingKey()))
                .findFirst()
                .orElseThrow(() -> new CommandException(
                        ExitStatus.REFUSED,
                        "none of the delegations lets this reader read: the owner makes one with 'croft capsule delegate --to "
                                + key.verifyingKey() + "'"));
        return new Reading(key, read);
    }

    /** Delegations to this resolver: the owner makes one, a reader has been given some. */
    List<Delegation> routes(CapsuleMetadata metadata, VerifyingKey resolver) throws IOException {
        if (whose.keys.owner == null) {
            return given().stream().filter(one -> one.role() == Role.ROUTE).toList();
        }
        try (OwnerKey owner = OwnerOptions.load(whose.keys.owner, whose.passphrase)) {
            SigningKey key = owner.signingKey();
            if (!key.verifyingKey().equals(metadata.ownerKey())) {
                throw new CapsuleException.WrongKey("owner's key");
            }
            Instant now = Instant.now();
            return List.of(Delegation.issue(
                    key,
                    metadata.name(),
                    Role.ROUTE,
                    resolver,
                    now.minus(Duration.ofMinutes(10)),
                    now.plus(Duration.ofDays(1))));
        }
    }
}
