package dev.croft.vault.store;

import dev.croft.capsule.CapsuleException;
import dev.croft.capsule.CapsuleMetadata;
import dev.croft.capsule.CapsuleWriter;
import dev.croft.vault.api.OwnerKey;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** The open capsules of one private cloud. Thread-safe. */
public final class Capsules implements AutoCloseable {
    private final Map<OwnerCapsule, CapsuleWriter> writers;

    private Capsules(Map<OwnerCapsule, CapsuleWriter> writers) {
        this.writers = writers;
    }

    /** Makes the four capsules of a new private cloud in {@code directory}. */
    public static Capsules create(Path directory, OwnerKey key) {
        return with(capsule -> CapsuleWriter.create(
                directory.resolve(capsule.id()),
                CapsuleMetadata.create(
                        key.publicKey(), key.writerKey(capsule.id()).verifyingKey(), capsule.kind()),
                key.writerKey(capsule.id()),
                List.of(key.readerKey().publicKey())));
    }

    /** Opens the four capsules in {@code directory}. */
    public static Capsules open(Path directory, OwnerKey key) {
        return with(capsule ->
                CapsuleWriter.open(directory.resolve(capsule.id()), key.writerKey(capsule.id()), key.readerKey()));
    }

    private interface Opening {
        CapsuleWriter open(OwnerCapsule capsule);
    }

    private static Capsules with(Opening opening) {
        var writers = new EnumMap<OwnerCapsule, CapsuleWriter>(OwnerCapsule.class);
        try {
            for (OwnerCapsule capsule : OwnerCapsule.values()) {
                writers.put(capsule, opening.open(capsule));
            }
            return new Capsules(writers);
        } catch (CapsuleException e) {
            writers.values().forEach(CapsuleWriter::close);
            throw e;
        }
    }

    /** The writer of one of them. */
    public CapsuleWriter writer(OwnerCapsule capsule) {
        CapsuleWriter writer = writers.get(capsule);
        if (writer == null) {
            throw new IllegalStateException("all four are open");
        }
        return writer;
    }

    @Override
    public void close() {
        writers.values().forEach(CapsuleWriter::close);
    }
}
