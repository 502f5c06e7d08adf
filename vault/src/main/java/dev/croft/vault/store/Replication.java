package dev.croft.vault.store;

import dev.croft.capsule.CapsuleMetadata;
import dev.croft.capsule.CapsuleWriter;
import dev.croft.capsule.crypto.SigningKey;
import dev.croft.capsule.delegation.Delegation;
import dev.croft.capsule.delegation.Delegation.Role;
import dev.croft.capsule.replication.ReplicationException;
import dev.croft.capsule.server.Reading;
import dev.croft.capsule.server.ReplicatedReader;
import dev.croft.capsule.server.ReplicatedWriter;
import dev.croft.capsule.server.ServerAddress;
import dev.croft.capsule.server.ServerClient;
import dev.croft.capsule.server.ServerConnections;
import dev.croft.vault.api.OwnerKey;
import dev.croft.vault.api.ProblemCode;
import dev.croft.vault.api.ProblemException;
import dev.croft.vault.api.Replicas;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A private cloud's capsules on their servers. The host's disk is a cache: {@link #catchUp} brings it up to the newest heads, from nothing if
 * need be, before anything is opened, so an old copy of a disk refunds no budget and revives no grant. The newest heads are known when so many
 * servers answered that one of them must have every acknowledged record; with fewer, nothing is opened.
 *
 * @param connections shared by the private clouds of a host
 * @param patience how long an append waits for servers
 */
public record Replication(ServerConnections connections, Duration patience) {
    private static final Logger LOG = LoggerFactory.getLogger(Replication.class);
    private static final String VIEW = "view.db";
    private static final long MEMORY = 2 << 20;
    /** Longer than any private cloud sleeps; one that comes back later renews them when servers refuse. */
    private static final Duration DELEGATED = Duration.ofDays(400);

    private static final Duration CLOCKS = Duration.ofMinutes(10);
    private static final Duration SETTLED_WITHIN = Duration.ofSeconds(20);

    static ProblemException unavailable(String detail) {
        return new ProblemException(ProblemCode.REPLICAS_UNAVAILABLE, detail, 2);
    }

    static ProblemException problem(ReplicationException failure) {
        return failure instanceof ReplicationException.Forked
                ? new ProblemException(
                        ProblemCode.SUPERSEDED, "another host has gone on with this private cloud from an older copy")
                : unavailable("too few of the private cloud's replicas answer: " + failure.getMessage());
    }

    static void settle(ReplicatedWriter writer) {
        try {
            if (!writer.settleDurably(SETTLED_WITHIN)) {
                throw unavailable("too few of the private cloud's replicas take what is here");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw unavailable("the host is stopping");
        } catch (ReplicationException e) {
            throw problem(e);
        }
    }

    private static Delegation delegate(OwnerKey key, CapsuleMetadata metadata, ServerAddress server) {
        Instant from = Instant.now().minus(CLOCKS);
        SigningKey owner = key.signingKey();
        return Delegation.issue(owner, metadata.name(), Role.SERVE, server.key(), from, from.plus(DELEGATED));
    }

    /** Begins to keep servers up to a writer. */
    ReplicatedWriter writer(CapsuleWriter local, Path directory, OwnerKey key, Replicas replicas) {
        return new ReplicatedWriter(
                local,
                directory,
                replicas.addresses().stream()
                        .map(server -> new ReplicatedWriter.Target(server, delegate(key, local.metadata(), server)))
                        .toList(),
                new Reading(key.signingKey(), null),
                replicas.durability(),
                patience,
                connections,
                MEMORY);
    }

    /**
     * Brings the capsules in a private cloud's directory up to the newest heads that their servers have. What is not here is fetched whole; what
     * is nowhere stays away.
     *
     * @return those that the servers had
     * @throws ProblemException {@link ProblemCode#REPLICAS_UNAVAILABLE} when the newest heads cannot be known or fetched, and
     *     {@link ProblemCode#SUPERSEDED} when servers have evidence of two histories
     */
    public Set<OwnerCapsule> catchUp(Path directory, OwnerKey key, Replicas replicas) {
        Set<OwnerCapsule> found = EnumSet.noneOf(OwnerCapsule.class);
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Boolean>> pulls = Arrays.stream(OwnerCapsule.values())
                    .map(capsule -> threads.submit(() -> catchUp(directory, capsule, key, replicas)))
                    .toList();
            for (OwnerCapsule capsule : OwnerCapsule.values()) {
                if (pulls.get(capsule.ordinal()).get()) {
                    found.add(capsule);
                }
            }
            return found;
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case ProblemException problem -> throw problem;
                case ReplicationException replication -> throw problem(replication);
                case IOException io -> throw new UncheckedIOException(io);
                case RuntimeException other -> throw other;
                case null, default -> throw new IllegalStateException(e.getCause());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw unavailable("the host is stopping");
        }
    }

    /**
     * Whether the servers hold a private cloud of this key.
     *
     * @throws ProblemException {@link ProblemCode#REPLICAS_UNAVAILABLE} when too few answer to say that they do not
     */
    public static boolean holds(OwnerKey key, Replicas replicas) {
        var reading = new Reading(key.signingKey(), null);
        CapsuleMetadata metadata = Capsules.metadata(key, OwnerCapsule.AUDIT);
        int without = 0;
        for (ServerAddress address : replicas.addresses()) {
            try (var server = new ServerClient(address, metadata, reading)) {
                server.summary();
                return true;
            } catch (ReplicationException.Unknown e) {
                without++;
            } catch (ReplicationException e) {
                LOG.debug("{} does not say whether it holds {}", address, metadata.name(), e);
            }
        }
        if (without < replicas.readers()) {
            throw unavailable("too few of the capsule servers answer");
        }
        return false;
    }

    private boolean catchUp(Path directory, OwnerCapsule capsule, OwnerKey key, Replicas replicas)
            throws IOException, InterruptedException {
        Path here = directory.resolve(capsule.id());
        Path file = here.resolve("metadata");
        boolean wasHere = Files.exists(file);
        CapsuleMetadata metadata =
                wasHere ? CapsuleMetadata.decode(Files.readAllBytes(file)) : Capsules.metadata(key, capsule);
        switch (pull(here, metadata, key, replicas)) {
            case NOTHING -> {
                if (!wasHere) {
                    DurableFile.deleteTree(here);
                }
                return false;
            }
            case WHOLE -> {
                return true;
            }
            default -> {
                // What is here was never acknowledged, or a read quorum would have shown it.
                Path fresh = directory.resolve(".fresh-" + capsule.id());
                DurableFile.deleteTree(fresh);
                if (!wasHere || pull(fresh, metadata, key, replicas) != Pulled.WHOLE) {
                    throw unavailable("the private cloud's replicas lack some of its records");
                }
                Path aside = directory.resolve(
                        ".superseded-" + capsule.id() + "-" + Instant.now().toEpochMilli());
                Files.move(here, aside, StandardCopyOption.ATOMIC_MOVE);
                Files.move(fresh, here, StandardCopyOption.ATOMIC_MOVE);
                Files.deleteIfExists(directory.resolve(VIEW));
                DurableFile.syncDirectory(directory);
                LOG.warn("The capsule {} here was another than the acknowledged one and is set aside", capsule.id());
                return true;
            }
        }
    }

    private enum Pulled {
        NOTHING,
        WHOLE,
        PARTLY
    }

    private Pulled pull(Path directory, CapsuleMetadata metadata, OwnerKey key, Replicas replicas)
            throws IOException, InterruptedException {
        DurableFile.directory(directory);
        try (var reader = new ReplicatedReader(
                directory,
                metadata,
                replicas.addresses(),
                new Reading(key.signingKey(), null),
                replicas.readers(),
                connections)) {
            ReplicatedReader.View view = reader.refresh(Instant.EPOCH);
            if (!view.evidence().isEmpty()) {
                throw new ReplicationException.Forked(view.evidence().getFirst());
            }
            return reader.isWhole(view.head()) && reader.isMain(view.head()) ? Pulled.WHOLE : Pulled.PARTLY;
        } catch (ReplicationException.Unknown e) {
            return Pulled.NOTHING;
        }
    }
}
