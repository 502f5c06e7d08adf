package dev.croft.capsule;

import dev.croft.capsule.codec.Malformed;
import dev.croft.capsule.crypto.ReaderKey;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.ObjIntConsumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Reads a capsule in a directory, also while a writer of any process appends to it. It shows records up to the last
 * heartbeat it saw, whose signature it checked; {@link #refresh} looks for newer ones. It changes no file.
 *
 * <p>Opening checks what stands behind the newest trusted heartbeat, not the whole capsule: see {@link CapsuleVerifier}.
 * Thread-safe.
 */
public final class CapsuleReader implements AutoCloseable {
    private final Path directory;
    private final CapsuleMetadata metadata;
    private final SegmentFiles files;
    private final RecordSource source;
    private LogScan scan;
    private volatile Heartbeat head;
    private volatile boolean closed;

    private CapsuleReader(Path directory, CapsuleMetadata metadata, @Nullable ReaderKey readerKey, Disk disk)
            throws IOException {
        this.directory = directory;
        this.metadata = metadata;
        this.files = new SegmentFiles(directory.resolve(CapsuleDirectory.SEGMENTS), disk, false);
        this.source = new RecordSource(files, new EpochKeys(directory, metadata, readerKey));
        this.scan = Recovery.open(directory, files, metadata);
        this.head = signedHead();
    }

    /**
     * Opens a capsule to read.
     *
     * @param readerKey opens the bodies; without it only headers and heads can be had
     * @throws CapsuleException.WrongDirectory when there is no capsule
     * @throws CapsuleException.Damaged when the files are damaged behind the newest trusted heartbeat
     */
    public static CapsuleReader open(Path directory, @Nullable ReaderKey readerKey) {
        return open(directory, readerKey, Disk.system());
    }

    /** As {@link #open(Path, ReaderKey)}, on this disk. */
    public static CapsuleReader open(Path directory, @Nullable ReaderKey readerKey, Disk disk) {
        CapsuleMetadata metadata = CapsuleDirectory.metadata(directory);
        try {
            return new CapsuleReader(directory, metadata, readerKey, disk);
        } catch (IOException e) {
            throw new CapsuleException.DiskFailed("opening a capsule", e);
        }
    }

    public CapsuleName name() {
        return metadata.name();
    }

    public CapsuleMetadata metadata() {
        return metadata;
    }

    /** The capsule's directory. */
    public Path directory() {
        return directory;
    }

    /** The newest heartbeat seen; its timestamp says how fresh the view is. */
    public Heartbeat head() {
        return head;
    }

    /** How many records are to be seen. */
    public long size() {
        return head.size();
    }

    /**
     * The record with this sequence.
     *
     * @throws CapsuleException.NoSuchRecord when it is negative or not under the newest heartbeat seen
     * @throws CapsuleException.Shredded when its data key was destroyed
     * @throws CapsuleException.NotAReader when the data key was not wrapped for this reader
     * @throws CapsuleException.Damaged when its body was changed
     */
    public CapsuleRecord read(long sequence) {
        requireOpen();
        return source.read(sequence, size());
    }

    /** Records {@code from} up to but not including {@code to} (at most the size), read as the stream is consumed. */
    public Stream<CapsuleRecord> range(long from, long to) {
        requireOpen();
        return RecordSource.stream(source, from, to, size());
    }

    /**
     * The sealed body of a record, whose SHA-256 is in its header; needs no reader key.
     *
     * @throws CapsuleException.Shredded when it was dropped after its data key was destroyed
     */
    public byte[] sealed(long sequence) {
        requireOpen();
        return source.sealed(sequence, size());
    }

    /** Where the history stands at a heartbeat of this capsule, for a replica that lacks what comes before. */
    public Standing standing(Heartbeat at) {
        requireOpen();
        try {
            return new PieceFiles(metadata, files, source)
                    .standing(Standing.beginning(metadata), size(), at.hash(), at.size());
        } catch (IOException e) {
            throw new CapsuleException.DiskFailed("reading frames", e);
        }
    }

    /** The writer's extra hash pointers of a record, as {@link #header} has them, without hashing its body. */
    public List<HashPointer> pointers(long sequence) {
        requireOpen();
        return source.pointers(sequence, size());
    }

    /** The header of a record, whose hash is under every later heartbeat; needs no reader key. */
    public RecordHeader header(long sequence) {
        requireOpen();
        return source.header(sequence, size());
    }

    /**
     * The hashes of records {@code from} up to but not including {@code to}, 32 bytes each, as the files have them: they are right when they
     * lead to a heartbeat's Merkle root. Needs no reader key.
     *
     * @param sink given an array and where in it the next hash begins; the array is used again
     * @throws CapsuleException.NoSuchRecord when {@code to} is over the head's size
     */
    public void recordHashes(long from, long to, Heartbeat head, ObjIntConsumer<byte[]> sink) {
        requireOpen();
        if (from < 0 || from > to || to > head.size() || head.size() > size()) {
            throw new CapsuleException.NoSuchRecord(to, head.size());
        }
        source.hashes(from, to, head, sink);
    }

    /** The hash of one record, as {@link #recordHashes} finds it. */
    public Hash recordHash(long sequence, Heartbeat head) {
        byte[] hash = new byte[Hash.LENGTH];
        recordHashes(sequence, sequence + 1, head, (buffer, at) -> System.arraycopy(buffer, at, hash, 0, Hash.LENGTH));
        return Hash.of(hash);
    }

    /**
     * What a replica lacks that has this heartbeat: whole frames, ending with a heartbeat.
     *
     * @param replicaHead the replica's last heartbeat, or null when it has none
     * @param enough once this many bytes are gathered, the next heartbeat ends them
     * @return no bytes when the replica has everything, nothing when its heartbeat is not in this capsule: two histories, see
     *     {@code CapsuleTree.equivocation}
     */
    public Optional<byte[]> framesAfter(@Nullable Heartbeat replicaHead, int enough) {
        requireOpen();
        Heartbeat until = head;
        if (until.equals(replicaHead)) {
            return Optional.of(new byte[0]);
        }
        try {
            return replicaHead == null
                    ? source.framesAfter(name().hash(), 0, until, enough)
                    : source.framesAfter(replicaHead.hash(), replicaHead.size(), until, enough);
        } catch (IOException e) {
            throw new CapsuleException.DiskFailed("reading frames", e);
        }
    }

    /** The key files of all epochs up to the head's that are there, as the writer signed them, by epoch. */
    public SortedMap<Integer, byte[]> keyFiles() {
        requireOpen();
        SortedMap<Integer, byte[]> files = new TreeMap<>();
        for (int epoch = 0; epoch <= head.epoch(); epoch++) {
            int number = epoch;
            source.keys().find(epoch).ifPresent(file -> files.put(number, file.encoded()));
        }
        return files;
    }

    /** Starts to follow the capsule at this sequence, which may be one that is still to come. */
    public CapsuleFollower follow(long from) {
        requireOpen();
        return new CapsuleFollower(this, from);
    }

    /**
     * Looks for records appended since.
     *
     * @return the newest heartbeat, checked against everything between it and the one before
     * @throws CapsuleException.Damaged when a heartbeat that the writer signed stands behind records that do not fit
     */
    public synchronized Heartbeat refresh() {
        requireOpen();
        try {
            LogScan.Stop stop = scan.advance();
            if (stop == LogScan.Stop.FAULT) {
                // A writer may have cut back and gone on while its bytes were in our buffer.
                scan.rewind();
                stop = scan.advance();
            }
            if (stop == LogScan.Stop.FAULT || !scan.good().signed()) {
                scan = Recovery.open(directory, files, metadata);
            } else if (stop == LogScan.Stop.IN_TAIL) {
                scan.rewind();
            }
            head = signedHead();
            return head;
        } catch (IOException e) {
            throw new CapsuleException.DiskFailed("reading newer records", e);
        } catch (Malformed e) {
            throw new CapsuleException.Damaged(
                    Flaw.FRAME, new Position(CapsuleDirectory.SEGMENTS, 0, size()), e.getMessage());
        }
    }

    private Heartbeat signedHead() {
        Heartbeat last = scan.good().last();
        if (last == null || !scan.good().signed()) {
            throw new CapsuleException.Damaged(
                    Flaw.HEARTBEAT, new Position(CapsuleDirectory.SEGMENTS, 0, 0), "there is no signed heartbeat");
        }
        return last;
    }

    boolean isClosed() {
        return closed;
    }

    private void requireOpen() {
        if (closed) {
            throw new CapsuleException.Closed();
        }
    }

    @Override
    public synchronized void close() {
        closed = true;
        try {
            files.close();
        } catch (IOException e) {
            // Opened for reading only.
        }
    }
}
