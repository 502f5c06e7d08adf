package dev.croft.vault.store;

import dev.croft.capsule.CapsuleMetadata;
import dev.croft.capsule.CapsuleWriter;
import dev.croft.capsule.WriterMode;
import dev.croft.vault.api.OwnerKey;
import dev.croft.vault.api.Replicas;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** The open capsules of one private cloud. Thread-safe. */
public final class Capsules implements AutoCloseable {
    private final Map<OwnerCapsule, OpenCapsule> open;

    private Capsules(Map<OwnerCapsule, OpenCapsule> open) {
        this.open = open;
    }

    /**
     * What a private cloud's capsule is, and so its name: all of it follows from the owner's key, so that whoever has nothing but the key
     * finds the capsules again, and so that there is no second private cloud of the same owner with a budget of its own.
     */
    static CapsuleMetadata metadata(OwnerKey key, OwnerCapsule capsule) {
        return new CapsuleMetadata(
                key.publicKey(),
                key.writerKey(capsule.id()).verifyingKey(),
                Instant.EPOCH,
                capsule.kind(),
                key.capsuleNonce(capsule.id()),
                WriterMode.STRICT);
    }

    /** Makes the four capsules of a new private cloud in {@code directory}. */
    public static Capsules create(Path directory, OwnerKey key) {
        return with(capsule -> OpenCapsule.alone(directory.resolve(capsule.id()), make(directory, key, capsule)));
    }

    private static CapsuleWriter make(Path directory, OwnerKey key, OwnerCapsule capsule) {
        return CapsuleWriter.create(
                directory.resolve(capsule.id()),
                metadata(key, capsule),
                key.writerKey(capsule.id()),
                List.of(key.readerKey().publicKey()));
    }

    /** Makes those that are not in {@code directory} yet, and opens all. */
    public static Capsules complete(Path directory, OwnerKey key) {
        return with(capsule -> OpenCapsule.alone(
                directory.resolve(capsule.id()),
                Files.exists(directory.resolve(capsule.id()).resolve("metadata"))
                        ? local(directory, key, capsule)
                        : make(directory, key, capsule)));
    }

    /** Opens the four capsules in {@code directory}. */
    public static Capsules open(Path directory, OwnerKey key) {
        return with(capsule -> OpenCapsule.alone(directory.resolve(capsule.id()), local(directory, key, capsule)));
    }

    /**
     * Opens the four capsules in {@code directory} after bringing them up to the newest heads of their servers, and keeps the servers up to them.
     * All that is here is on enough servers when this returns.
     *
     * @throws dev.croft.vault.api.ProblemException {@code REPLICAS_UNAVAILABLE} or {@code SUPERSEDED}
     */
    public static Capsules open(Path directory, OwnerKey key, Replicas replicas, Replication replication) {
        replication.catchUp(directory, key, replicas);
        Capsules capsules = with(capsule -> {
            Path place = directory.resolve(capsule.id());
            CapsuleWriter writer = local(directory, key, capsule);
            try {
                return new OpenCapsule(place, writer, replication.writer(writer, place, key, replicas));
            } catch (RuntimeException e) {
                writer.close();
                throw e;
            }
        });
        try {
            capsules.open.values().forEach(OpenCapsule::settle);
            return capsules;
        } catch (RuntimeException e) {
            capsules.close();
            throw e;
        }
    }

    private static CapsuleWriter local(Path directory, OwnerKey key, OwnerCapsule capsule) {
        return CapsuleWriter.open(directory.resolve(capsule.id()), key.writerKey(capsule.id()), key.readerKey());
    }

    private interface Opening {
        OpenCapsule open(OwnerCapsule capsule);
    }

    private static Capsules with(Opening opening) {
        var capsules = new EnumMap<OwnerCapsule, OpenCapsule>(OwnerCapsule.class);
        try {
            for (OwnerCapsule capsule : OwnerCapsule.values()) {
                capsules.put(capsule, opening.open(capsule));
            }
            return new Capsules(capsules);
        } catch (RuntimeException e) {
            capsules.values().forEach(OpenCapsule::close);
            throw e;
        }
    }

    /** One of them. */
    public OpenCapsule get(OwnerCapsule capsule) {
        OpenCapsule found = open.get(capsule);
        if (found == null) {
            throw new IllegalStateException("all four are open");
        }
        return found;
    }

    /** Whether one of them takes nothing more, so that all must be opened anew. */
    public boolean isLost() {
        return open.values().stream().anyMatch(OpenCapsule::isLost);
    }

    @Override
    public void close() {
        open.values().forEach(OpenCapsule::close);
    }
}
