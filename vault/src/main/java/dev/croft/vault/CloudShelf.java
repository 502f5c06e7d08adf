package dev.croft.vault;

import dev.croft.capsule.crypto.ReaderKey;
import dev.croft.capsule.server.ServerConnections;
import dev.croft.vault.api.BudgetPolicy;
import dev.croft.vault.api.CloudState;
import dev.croft.vault.api.CreateCloud;
import dev.croft.vault.api.OwnerKey;
import dev.croft.vault.api.ProblemCode;
import dev.croft.vault.api.ProblemException;
import dev.croft.vault.store.CloudFile;
import dev.croft.vault.store.DurableFile;
import dev.croft.vault.store.OwnerCapsule;
import dev.croft.vault.store.Replication;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The private clouds of a host by their ids, which of them are awake, and the host's own key. A private cloud is made in a directory with a
 * hidden name and renamed when it is whole; it is renamed back before it is deleted. Thread-safe.
 */
final class CloudShelf implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(CloudShelf.class);
    private static final Pattern ID = Pattern.compile("[0-9a-f]{32}");
    private static final String HOST_KEY = "host.key";
    /** A router says within seconds what becomes of a key that it had put aside; one that was lost meanwhile, when it is back. */
    private static final Duration ASIDE = Duration.ofHours(1);
    /** Of the heap in use, above which idle private clouds are put to sleep whatever their number. */
    private static final double FULL = 0.8;

    private final HostSettings host;
    private final VaultSettings vault;
    private final HostMetrics metrics;
    private final BooleanSupplier full;
    private final ServerConnections connections = new ServerConnections();
    private final Replication replication;
    private final ReaderKey hostKey;
    private final Map<String, CloudSlot> slots = new ConcurrentHashMap<>();

    CloudShelf(HostSettings host, VaultSettings vault, HostMetrics metrics, BooleanSupplier full, Duration patience) {
        this.replication = new Replication(connections, patience);
        this.host = host;
        this.vault = vault;
        this.metrics = metrics;
        this.full = full;
        try {
            DurableFile.directory(host.directory());
            DurableFile.directory(host.clouds());
            this.hostKey = hostKey(host.directory().resolve(HOST_KEY));
            if (host.only().isPresent()) {
                load(host.only().get());
            } else {
                loadAll();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Whether so much of the heap is in use that idle private clouds should sleep. */
    static boolean heapIsFull() {
        Runtime heap = Runtime.getRuntime();
        return heap.totalMemory() - heap.freeMemory() > FULL * heap.maxMemory();
    }

    private static ReaderKey hostKey(Path file) throws IOException {
        Optional<byte[]> known = DurableFile.read(file, ReaderKey.LENGTH);
        if (known.isPresent()) {
            return ReaderKey.of(known.get());
        }
        ReaderKey made = ReaderKey.generate();
        DurableFile.write(file, made.secretScalar());
        return made;
    }

    private void loadAll() throws IOException {
        try (var directories = Files.newDirectoryStream(host.clouds())) {
            for (Path directory : directories) {
                String name = directory.getFileName().toString();
                if (name.startsWith(".new-") || name.startsWith(".gone-")) {
                    DurableFile.deleteTree(directory);
                } else if (ID.matcher(name).matches()) {
                    try {
                        load(name);
                    } catch (IOException e) {
                        LOG.error("A private cloud cannot be hosted: {}", e.getMessage());
                    }
                }
            }
        }
    }

    private CloudSlot load(String id) throws IOException {
        var slot = new CloudSlot(id, host.clouds().resolve(id), vault, replication, hostKey);
        slots.put(id, slot);
        return slot;
    }

    ReaderKey hostKey() {
        return hostKey;
    }

    /** Makes a private cloud, or brings one back from its replicas; it has no key yet. */
    CloudSlot create(OwnerKey key, CreateCloud wanted) {
        String id = key.cloudId();
        Path made = host.clouds().resolve(".new-" + id + "-" + CloudSlot.randomText());
        synchronized (this) {
            if (slots.containsKey(id)) {
                throw new ProblemException(ProblemCode.ALREADY_EXISTS, "the owner has a private cloud here");
            }
            try {
                DurableFile.directory(made);
                BudgetPolicy budget = wanted.budget() == null ? BudgetPolicy.DEFAULT : wanted.budget();
                if (isAtReplicas(made, key, wanted)) {
                    budget = Founding.policy(made, key);
                }
                PermissionManager.create(made, key, budget);
                CloudFile.of(key, budget, wanted.passphrase(), vault.clock().instant(), wanted.replicas())
                        .write(made);
                Files.move(made, host.clouds().resolve(id), StandardCopyOption.ATOMIC_MOVE);
                DurableFile.syncDirectory(host.clouds());
                return load(id);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private boolean isAtReplicas(Path made, OwnerKey key, CreateCloud wanted) {
        Set<OwnerCapsule> found =
                wanted.replicas() == null ? Set.of() : replication.catchUp(made, key, wanted.replicas());
        if (found.isEmpty() && Boolean.TRUE.equals(wanted.restore())) {
            throw new ProblemException(ProblemCode.NOT_FOUND, "the replicas hold nothing of this private cloud");
        }
        return found.contains(OwnerCapsule.AUDIT);
    }

    /** Deletes a private cloud with everything it holds. */
    void delete(CloudSlot slot) {
        slot.delete();
        slots.remove(slot.id());
        Path gone = host.clouds().resolve(".gone-" + slot.id() + "-" + CloudSlot.randomText());
        try {
            if (host.only().isPresent()) {
                // Its directory is mounted here by itself: what it holds can go, the directory cannot be renamed.
                DurableFile.deleteContents(slot.directory());
                return;
            }
            Files.move(slot.directory(), gone, StandardCopyOption.ATOMIC_MOVE);
            DurableFile.syncDirectory(host.clouds());
            DurableFile.deleteTree(gone);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Optional<CloudSlot> find(String id) {
        return Optional.ofNullable(slots.get(id));
    }

    CloudSlot get(String id) {
        return find(id).orElseThrow(
                        () -> new ProblemException(ProblemCode.UNKNOWN_CLOUD, "there is no such private cloud here"));
    }

    /** The ids of those whose keys are put aside. */
    List<String> aside() {
        return slots.values().stream()
                .filter(CloudSlot::hasAside)
                .map(CloudSlot::id)
                .toList();
    }

    /** Forgets keys that were put aside so long ago that nobody can be on the way to say what becomes of them. */
    void dropOld() {
        Instant before = vault.clock().instant().minus(ASIDE);
        slots.values().forEach(slot -> slot.drop(before));
    }

    int count(CloudState state) {
        return (int)
                slots.values().stream().filter(slot -> slot.state() == state).count();
    }

    /** Puts the longest unused to sleep until one more may be awake. */
    void makeRoomFor(CloudSlot wanted) {
        if (wanted.state() == CloudState.AWAKE) {
            return;
        }
        if (wanted.state() == CloudState.ASLEEP) {
            metrics.woke();
        }
        int awake = count(CloudState.AWAKE);
        if (awake < host.mostAwake()) {
            return;
        }
        for (CloudSlot slot : slots.values().stream()
                .filter(other -> other.state() == CloudState.AWAKE)
                .sorted(Comparator.comparing(CloudSlot::lastUsed))
                .toList()) {
            if (awake < host.mostAwake()) {
                return;
            }
            if (slot.hibernateIfIdle()) {
                metrics.hibernated();
                awake--;
            }
        }
    }

    /** Puts to sleep what was idle for long; under memory pressure, the longest unused too. Also writes refusals that wait. */
    void hibernateIdle() {
        Instant idleSince = vault.clock().instant().minus(host.idleAfter());
        slots.values().stream()
                .filter(slot -> slot.state() == CloudState.AWAKE)
                .sorted(Comparator.comparing(CloudSlot::lastUsed))
                .forEachOrdered(slot -> {
                    if (slot.lastUsed().isBefore(idleSince) && slot.hibernateIfIdle()) {
                        metrics.hibernated();
                    } else {
                        slot.flushRefusals();
                    }
                });
        if (full.getAsBoolean()) {
            slots.values().stream()
                    .filter(slot -> slot.state() == CloudState.AWAKE)
                    .min(Comparator.comparing(CloudSlot::lastUsed))
                    .filter(CloudSlot::hibernateIfIdle)
                    .ifPresent(slot -> metrics.hibernated());
        }
    }

    /** Closes every private cloud and forgets every key. */
    @Override
    public void close() {
        for (CloudSlot slot : slots.values()) {
            try {
                slot.lock();
            } catch (RuntimeException e) {
                LOG.error("A private cloud did not close: {}", e.getClass().getName());
            }
        }
        connections.close();
    }
}
