package dev.croft.capsule.server;

import dev.croft.capsule.CapsuleMetadata;
import dev.croft.capsule.CapsuleOptions;
import dev.croft.capsule.CapsuleReplica;
import dev.croft.capsule.crypto.SigningKey;
import dev.croft.capsule.delegation.Delegation;
import dev.croft.capsule.delegation.Delegation.Role;
import dev.croft.capsule.delegation.Revocations;
import dev.croft.capsule.tlog.Checkpoint;
import dev.croft.capsule.tlog.Cosignature;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;

/** What comes over the wire to a server and to its clients, for fuzzing. The server's key is the capsule's. */
public final class ServerDecoders {
    private static final ThreadLocal<Parts> PARTS = new ThreadLocal<>();

    private ServerDecoders() {}

    private record Parts(CapsuleShelf shelf, CapsuleReplica replica, Witness witness) {
        static Parts make(SigningKey key, CapsuleMetadata metadata) {
            try {
                Path folder = Files.createTempDirectory("croft-fuzz-server");
                folder.toFile().deleteOnExit();
                var shelf = new CapsuleShelf(
                        folder.resolve("shelf"),
                        key,
                        CapsuleShelf.Limits.standard(),
                        InstantSource.fixed(Instant.EPOCH));
                shelf.create(
                        metadata,
                        Delegation.issue(
                                key,
                                metadata.name(),
                                Role.SERVE,
                                key.verifyingKey(),
                                Instant.EPOCH,
                                Instant.EPOCH.plusSeconds(1000)));
                return new Parts(
                        shelf,
                        CapsuleReplica.open(folder.resolve("copy"), metadata, CapsuleOptions.standard()),
                        new Witness(
                                folder.resolve("witness"),
                                key,
                                InstantSource.fixed(Instant.EPOCH),
                                name -> Optional.of(metadata)
                                        .filter(one -> one.name().equals(name))));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private static Parts parts(SigningKey key, CapsuleMetadata metadata) {
        Parts parts = PARTS.get();
        if (parts == null) {
            parts = Parts.make(key, metadata);
            PARTS.set(parts);
        }
        return parts;
    }

    /** Frames as a writer sends them to a server. */
    public static void append(byte[] bytes, SigningKey key, CapsuleMetadata metadata) {
        parts(key, metadata).shelf.append(metadata.name(), bytes);
    }

    /** Key files as a server takes them. */
    public static void keys(byte[] bytes, SigningKey key, CapsuleMetadata metadata) {
        KeyBundle.accept(parts(key, metadata).replica, bytes);
    }

    /** Delegations of routing as a server takes them. */
    public static void routes(byte[] bytes) {
        HeldCapsule.decodeRoutes(bytes);
    }

    /** What a resolver answered. */
    public static void found(byte[] bytes) {
        ResolverClient.decode(bytes);
    }

    /** What a server answered to who asked for records. */
    public static void records(byte[] bytes, CapsuleMetadata metadata) {
        ServerClient.records(metadata.name(), 0, 2, bytes);
    }

    /** The header by which a reader proves who it is. */
    public static void readProof(byte[] bytes, SigningKey server, CapsuleMetadata metadata) {
        ReadProof.require(
                new String(bytes, StandardCharsets.ISO_8859_1),
                server.verifyingKey(),
                "GET",
                "/",
                new byte[0],
                metadata,
                Revocations.none(metadata.name()),
                Instant.EPOCH);
    }

    /** What a witness is asked. */
    public static void witness(byte[] bytes, SigningKey key, CapsuleMetadata metadata) {
        parts(key, metadata).witness.add(new String(bytes, StandardCharsets.UTF_8));
    }

    /** What a witness answered. */
    public static void cosignature(byte[] bytes, SigningKey key, CapsuleMetadata metadata) {
        var checkpoint = new Checkpoint(
                Checkpoint.origin(metadata.name()), 1, metadata.name().hash());
        Cosignature.verify(checkpoint, new String(bytes, StandardCharsets.UTF_8), key.verifyingKey());
    }
}
