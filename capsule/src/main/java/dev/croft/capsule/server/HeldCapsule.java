package dev.croft.capsule.server;

import dev.croft.capsule.CapsuleMetadata;
import dev.croft.capsule.CapsuleOptions;
import dev.croft.capsule.CapsuleReplica;
import dev.croft.capsule.DurableFiles;
import dev.croft.capsule.Standing;
import dev.croft.capsule.codec.ByteReader;
import dev.croft.capsule.delegation.Delegation;
import dev.croft.capsule.delegation.Revocations;
import dev.croft.capsule.replication.Fragment;
import dev.croft.capsule.replication.Peer;
import dev.croft.capsule.replication.Piece;
import dev.croft.capsule.replication.Replica;
import dev.croft.capsule.replication.ReplicationException;
import dev.croft.capsule.replication.Summary;
import dev.croft.capsule.replication.Want;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;

/** One capsule that a server holds: its pieces, its owner's delegation, and who waits for more of it. Thread-safe. */
public final class HeldCapsule implements Peer, AutoCloseable {
    static final String DELEGATION = "delegation";
    private static final String REVOCATIONS = "revocations";
    private static final String ROUTES = "routes";

    private final Path directory;
    private final CapsuleMetadata metadata;
    private final DiskPieces pieces;
    private final Replica replica;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition grown = lock.newCondition();
    private long changes;
    private volatile Delegation delegation;
    private volatile Revocations revocations;
    private volatile List<Delegation> routes;
    private final ProvenRecords proven;

    private HeldCapsule(
            Path directory,
            CapsuleMetadata metadata,
            Delegation delegation,
            Revocations revocations,
            CapsuleOptions options)
            throws IOException {
        this.directory = directory;
        this.metadata = metadata;
        this.delegation = delegation;
        this.revocations = revocations;
        Path kept = directory.resolve(ROUTES);
        this.routes = Files.exists(kept) ? decodeRoutes(Files.readAllBytes(kept)) : List.of();
        this.pieces = new DiskPieces(directory, metadata, options);
        this.replica = new Replica(metadata, pieces);
        this.proven = new ProvenRecords(directory);
    }

    static HeldCapsule create(Path directory, CapsuleMetadata metadata, Delegation delegation, CapsuleOptions options)
            throws IOException {
        var capsule = new HeldCapsule(directory, metadata, delegation, Revocations.none(metadata.name()), options);
        // Last, as it is what makes the folder one that is held.
        DurableFiles.replace(directory.resolve(DELEGATION), delegation.encoded());
        return capsule;
    }

    static HeldCapsule open(Path directory, CapsuleOptions options) throws IOException {
        CapsuleMetadata metadata = CapsuleMetadata.decode(Files.readAllBytes(directory.resolve("metadata")));
        Path revoked = directory.resolve(REVOCATIONS);
        return new HeldCapsule(
                directory,
                metadata,
                Delegation.decode(Files.readAllBytes(directory.resolve(DELEGATION))),
                Files.exists(revoked)
                        ? Revocations.decode(Files.readAllBytes(revoked))
                        : Revocations.none(metadata.name()),
                options);
    }

    public CapsuleMetadata metadata() {
        return metadata;
    }

    public Delegation delegation() {
        return delegation;
    }

    public Revocations revocations() {
        return revocations;
    }

    /** The owner's delegations to resolvers that may know of the capsule. */
    public List<Delegation> routes() {
        return routes;
    }

    /** Takes the owner's delegations to resolvers in place of those it had: {@code count (1) || count × framed delegation}. */
    void route(byte[] encoded) {
        List<Delegation> newer = decodeRoutes(encoded);
        for (Delegation route : newer) {
            try {
                route.require(metadata, Delegation.Role.ROUTE, route.subject(), route.from(), revocations);
            } catch (Delegation.Refused e) {
                throw new ReplicationException.NotAllowed("that is no delegation of routing: " + e.getMessage());
            }
        }
        try {
            DurableFiles.replace(directory.resolve(ROUTES), encoded);
            routes = newer;
        } catch (IOException e) {
            throw new ReplicationException.NoRoom("the disk refused: " + e.getMessage());
        }
    }

    static List<Delegation> decodeRoutes(byte[] encoded) {
        ByteReader in = new ByteReader(encoded);
        List<Delegation> found = new ArrayList<>();
        int count = in.u8();
        for (int i = 0; i < count; i++) {
            found.add(Delegation.decode(in.framed(1024)));
        }
        in.expectEnd();
        return List.copyOf(found);
    }

    /** The capsule's folder, which is that of its main history. */
    public Path directory() {
        return directory;
    }

    long bytes() throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            long bytes = 0;
            for (Path file :
                    files.filter(path -> path.toString().endsWith(".seg")).toList()) {
                bytes += Files.size(file);
            }
            return bytes;
        }
    }

    void renew(Delegation newer) throws IOException {
        if (newer.until().isAfter(delegation.until())) {
            DurableFiles.replace(directory.resolve(DELEGATION), newer.encoded());
            delegation = newer;
        }
    }

    /**
     * Takes a newer list of what the owner revoked.
     *
     * @throws ReplicationException.NotAllowed when it is not the owner's
     */
    public synchronized void revoke(Revocations list) {
        try {
            Revocations newer = revocations.newer(list, metadata);
            if (newer != revocations) {
                DurableFiles.replace(directory.resolve(REVOCATIONS), newer.encoded());
                revocations = newer;
            }
        } catch (Delegation.Refused e) {
            throw new ReplicationException.NotAllowed(String.valueOf(e.getMessage()));
        } catch (IOException e) {
            throw new ReplicationException.NoRoom("the disk refused: " + e.getMessage());
        }
    }

    Standing accept(Fragment fragment) {
        Standing reached = replica.accept(fragment);
        changed();
        return reached;
    }

    private void changed() {
        lock.lock();
        try {
            changes++;
            grown.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Whether all records up to this place are held, from the first on, in the main piece. */
    boolean wholeUpTo(Standing place) {
        return replica.pieces().stream()
                .anyMatch(piece -> piece.number() == Piece.MAIN
                        && (piece.tip().equals(place) || pieces.main().holds(place.id(), place.size())));
    }

    long changes() {
        lock.lock();
        try {
            return changes;
        } finally {
            lock.unlock();
        }
    }

    /** Waits until there is something newer than {@code seen}; the count of changes then. */
    long awaitChange(long seen, long millis) throws InterruptedException {
        lock.lock();
        try {
            long left = TimeUnit.MILLISECONDS.toNanos(millis);
            while (changes == seen && left > 0) {
                left = grown.awaitNanos(left);
            }
            return changes;
        } finally {
            lock.unlock();
        }
    }

    /** The replica, for repair. */
    public Replica replica() {
        return replica;
    }

    /** The main piece, where key files are kept. */
    CapsuleReplica main() {
        return pieces.main();
    }

    /** Says that repair brought something. */
    void repaired() {
        changed();
    }

    @Override
    public Summary summary() {
        return replica.summary();
    }

    @Override
    public Optional<Fragment> fetch(Want want) {
        return replica.fetch(want);
    }

    /** Takes damaged records out, so that they are fetched again: how many damaged places there were. */
    public int scrub() {
        int damaged = replica.scrub();
        if (damaged > 0) {
            proven.close();
        }
        return damaged;
    }

    byte[] keyFiles() {
        int epochs = summary().parts().stream()
                .mapToInt(part -> part.tip().epoch())
                .max()
                .orElse(-1);
        Map<Integer, byte[]> files = pieces.main().keyFiles(epochs);
        return KeyBundle.encode(files);
    }

    /** Takes key files that the writer signed. */
    void acceptKeys(byte[] encoded) {
        KeyBundle.accept(pieces.main(), encoded);
    }

    /** Records of the main history under its head, with their proof: {@code framed proof || count × framed sealed body}. */
    byte[] records(long from, long to) {
        return proven.records(from, to);
    }

    @Override
    public void close() {
        proven.close();
        replica.whileIdle(pieces::close);
    }
}
