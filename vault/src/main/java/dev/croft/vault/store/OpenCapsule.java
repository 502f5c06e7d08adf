package dev.croft.vault.store;

import dev.croft.capsule.CapsuleException;
import dev.croft.capsule.CapsuleName;
import dev.croft.capsule.CapsuleRecord;
import dev.croft.capsule.CapsuleWriter;
import dev.croft.capsule.RecordHeader;
import dev.croft.capsule.replication.ReplicationException;
import dev.croft.capsule.server.ReplicatedWriter;
import dev.croft.vault.api.ProblemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One open capsule of a private cloud. What {@link #append} returned for is on this host's disk and, if the capsule is replicated, on as many
 * servers as the owner wants.
 *
 * <p>When too few servers answer, or the disk is gone, what was to be appended may be in the capsule or not, and whoever keeps a state beside it
 * can no longer know: the capsule is {@linkplain #isLost lost}, takes nothing more, and the private cloud must be opened anew. Thread-safe.
 */
public final class OpenCapsule implements AutoCloseable {
    private final Path directory;
    private final CapsuleWriter writer;
    private final @Nullable ReplicatedWriter replicas;
    private volatile boolean lost;

    OpenCapsule(Path directory, CapsuleWriter writer, @Nullable ReplicatedWriter replicas) {
        this.directory = directory;
        this.writer = writer;
        this.replicas = replicas;
    }

    /** A capsule on this host alone; closing it closes the writer. */
    public static OpenCapsule alone(Path directory, CapsuleWriter writer) {
        return new OpenCapsule(directory, writer, null);
    }

    public CapsuleName name() {
        return writer.name();
    }

    /** How many records it has. */
    public long size() {
        return writer.size();
    }

    /** The epoch of what is appended now. */
    public int epoch() {
        return writer.head().epoch();
    }

    /** How many servers have everything, as far as is known. */
    public int settled() {
        return replicas == null ? 0 : replicas.settled();
    }

    /** Whether it takes nothing more until the private cloud is opened anew. */
    public boolean isLost() {
        return lost;
    }

    /**
     * Appends records one after the other, all or none.
     *
     * @return the sequence of the first, once all are durable
     * @throws ProblemException {@code REPLICAS_UNAVAILABLE} or {@code SUPERSEDED}; then the capsule is lost
     */
    public long append(List<byte[]> bodies) {
        return changing(() -> replicas == null ? writer.append(bodies) : replicas.append(bodies));
    }

    /** Records {@code from} up to but not including {@code to}, read as the stream is consumed. */
    public Stream<CapsuleRecord> range(long from, long to) {
        return writer.range(from, to);
    }

    /** The header of a record. */
    public RecordHeader header(long sequence) {
        return writer.header(sequence);
    }

    /** Begins a new epoch for the same readers. */
    public void rotate() {
        changing(() -> {
            writer.rotate(writer.readers());
            return replicas == null ? 0L : replicas.pulse().size();
        });
    }

    /** Destroys the data keys of epochs up to this one, here and on enough servers. */
    public void shredUpTo(int epoch) {
        changing(() -> {
            for (int each = 0; each <= epoch; each++) {
                writer.shred(each);
            }
            if (replicas != null) {
                replicas.keysChanged();
                Replication.settle(replicas);
            }
            return 0L;
        });
    }

    /** Waits until as many servers as make a record durable have all that is here. */
    void settle() {
        if (replicas != null) {
            Replication.settle(replicas);
        }
    }

    @FunctionalInterface
    private interface Change {
        long make();
    }

    private long changing(Change change) {
        if (lost) {
            throw Replication.unavailable("the private cloud must be opened anew");
        }
        try {
            return change.make();
        } catch (ReplicationException e) {
            lost = true;
            throw Replication.problem(e);
        } catch (ProblemException e) {
            lost = true;
            throw e;
        } catch (CapsuleException e) {
            // A volume that was taken away comes back empty, if at all.
            if (replicas != null && !Files.exists(directory)) {
                lost = true;
                throw Replication.unavailable("the private cloud's volume is gone and is filled from its replicas");
            }
            throw e;
        }
    }

    @Override
    public void close() {
        try {
            if (replicas != null) {
                replicas.close();
            }
        } finally {
            writer.close();
        }
    }
}
