package dev.croft.capsule.server;

import dev.croft.capsule.CapsuleException;
import dev.croft.capsule.CapsuleMetadata;
import dev.croft.capsule.CapsuleName;
import dev.croft.capsule.CapsuleOptions;
import dev.croft.capsule.Standing;
import dev.croft.capsule.crypto.SigningKey;
import dev.croft.capsule.crypto.VerifyingKey;
import dev.croft.capsule.delegation.Delegation;
import dev.croft.capsule.delegation.Delegation.Role;
import dev.croft.capsule.delegation.Revocations;
import dev.croft.capsule.replication.Fragment;
import dev.croft.capsule.replication.ReplicationException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/**
 * The capsules that a server holds, each in a folder of its own under one root. It takes a capsule when its owner delegated serving it to
 * this server's key, and no more once that delegation has expired or was revoked. Thread-safe.
 */
public final class CapsuleShelf implements AutoCloseable {
    private final Path root;
    private final SigningKey key;
    private final Limits limits;
    private final CapsuleOptions options;
    private final InstantSource clock;
    private final Witness witness;
    private final Map<CapsuleName, HeldCapsule> held = new ConcurrentHashMap<>();
    private final Map<VerifyingKey, Long> used = new ConcurrentHashMap<>();

    /**
     * What a server takes.
     *
     * @param capsules most capsules
     * @param bytesPerOwner most bytes of frames of all capsules of one owner
     * @param bytesPerAppend most bytes of frames at once
     */
    public record Limits(int capsules, long bytesPerOwner, int bytesPerAppend) {
        /** 100,000 capsules, 100 GiB for each owner, 64 MiB at once. */
        public static Limits standard() {
            return new Limits(100_000, 100L << 30, 64 << 20);
        }
    }

    /** Opens what is under the root, taking damaged records out of what has any at its end. */
    public CapsuleShelf(Path root, SigningKey key, Limits limits, InstantSource clock) throws IOException {
        this.root = Files.createDirectories(root);
        this.key = key;
        this.limits = limits;
        this.clock = clock;
        this.witness = new Witness(
                root.resolve("witness"),
                key,
                clock,
                name -> Optional.ofNullable(held.get(name)).map(HeldCapsule::metadata));
        this.options = CapsuleOptions.standard().withSegmentBytes(16 << 20).withClock(clock);
        try (Stream<Path> folders = Files.list(root)) {
            for (Path folder : folders.filter(
                            path -> path.getFileName().toString().matches("[0-9a-f]{64}"))
                    .toList()) {
                if (Files.exists(folder.resolve(HeldCapsule.DELEGATION)) && Files.exists(folder.resolve("metadata"))) {
                    put(HeldCapsule.open(folder, options));
                }
            }
        } catch (IOException | RuntimeException e) {
            close();
            throw e;
        }
    }

    private void put(HeldCapsule capsule) throws IOException {
        held.put(capsule.metadata().name(), capsule);
        used.merge(capsule.metadata().ownerKey(), capsule.bytes(), Long::sum);
    }

    /** The server's key. */
    public VerifyingKey key() {
        return key.verifyingKey();
    }

    SigningKey signer() {
        return key;
    }

    InstantSource clock() {
        return clock;
    }

    public List<CapsuleName> names() {
        return held.keySet().stream().sorted().toList();
    }

    /**
     * Takes a capsule, or a newer delegation for one.
     *
     * @throws ReplicationException.NotAllowed when its owner did not delegate serving it to this server
     */
    public void create(CapsuleMetadata metadata, Delegation delegation) {
        HeldCapsule present = held.get(metadata.name());
        Revocations revocations = present == null ? Revocations.none(metadata.name()) : present.revocations();
        requireServing(metadata, delegation, revocations);
        synchronized (held) {
            try {
                HeldCapsule capsule = held.get(metadata.name());
                if (capsule != null) {
                    capsule.renew(delegation);
                    return;
                }
                if (held.size() >= limits.capsules()) {
                    throw new ReplicationException.NoRoom("the server takes no more capsules");
                }
                put(HeldCapsule.create(root.resolve(metadata.name().toString()), metadata, delegation, options));
            } catch (IOException | CapsuleException.DiskFailed e) {
                throw new ReplicationException.NoRoom("the disk refused: " + e.getMessage());
            }
        }
    }

    private void requireServing(CapsuleMetadata metadata, Delegation delegation, Revocations revocations) {
        try {
            // A router keeps what passes through it, too.
            Role role = delegation.role() == Role.ROUTE ? Role.ROUTE : Role.SERVE;
            delegation.require(metadata, role, key.verifyingKey(), clock.instant(), revocations);
        } catch (Delegation.Refused e) {
            throw new ReplicationException.NotAllowed("the owner did not let this server serve it: " + e.getMessage());
        }
    }

    /**
     * A capsule that this server holds and may serve now.
     *
     * @throws ReplicationException.Unknown when it does not hold it
     * @throws ReplicationException.NotAllowed when the owner's delegation no longer holds
     */
    public HeldCapsule capsule(CapsuleName name) {
        HeldCapsule capsule = held.get(name);
        if (capsule == null) {
            throw new ReplicationException.Unknown("this server does not hold capsule " + name);
        }
        requireServing(capsule.metadata(), capsule.delegation(), capsule.revocations());
        return capsule;
    }

    /** A capsule that is held, though its delegation may have ended. */
    Optional<HeldCapsule> held(CapsuleName name) {
        return Optional.ofNullable(held.get(name));
    }

    /** What owners revoked of capsules that are advertised at this server. */
    KeptRevocations keptRevocations() throws IOException {
        return new KeptRevocations(root.resolve("revoked"));
    }

    /** The witness that this server is for the capsules it holds. */
    Witness witness() {
        return witness;
    }

    /**
     * Takes frames.
     *
     * @return this server's word that they are durable
     */
    public Receipt append(CapsuleName name, byte[] encoded) {
        HeldCapsule capsule = capsule(name);
        Fragment fragment = Fragment.decode(capsule.metadata(), encoded);
        VerifyingKey owner = capsule.metadata().ownerKey();
        if (fragment.frames().length > limits.bytesPerAppend()
                || used.getOrDefault(owner, 0L) + fragment.frames().length > limits.bytesPerOwner()) {
            throw new ReplicationException.NoRoom("the owner's share of this server is used up");
        }
        Standing reached = capsule.accept(fragment);
        used.merge(owner, (long) fragment.frames().length, Long::sum);
        long from = capsule.wholeUpTo(reached) ? 0 : fragment.base().size();
        return Receipt.sign(key, name, from, reached.size(), reached.id(), clock.instant());
    }

    /** Reads everything that is held; see {@link HeldCapsule#scrub}. */
    public int scrub() {
        List<Integer> damaged = new ArrayList<>();
        held.values().forEach(capsule -> damaged.add(capsule.scrub()));
        return damaged.stream().mapToInt(Integer::intValue).sum();
    }

    @Override
    public void close() {
        held.values().forEach(HeldCapsule::close);
        held.clear();
    }
}
