package dev.croft.capsule;

import dev.croft.capsule.crypto.ReaderKey;
import dev.croft.capsule.crypto.ReaderPublicKey;
import dev.croft.capsule.crypto.SigningKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The one writer of a capsule in a directory. What {@link #append} returned for is on disk, under a signed heartbeat, and
 * survives a crash at any instant. Appends of many threads share one write, one signature and one sync.
 *
 * <p>Thread-safe. The directory is locked against other writers, here and in other processes, until {@link #close}.
 */
public final class CapsuleWriter implements AutoCloseable {
    private final CapsuleMetadata metadata;
    private final CapsuleName name;
    private final WriterLock lock;
    private final SegmentFiles files;
    private final RecordSource source;
    private final Commits commits;
    private final GroupCommit group;

    private CapsuleWriter(
            Path directory,
            CapsuleMetadata metadata,
            SigningKey writerKey,
            @Nullable ReaderKey readerKey,
            CapsuleOptions options,
            WriterLock lock) {
        this.metadata = metadata;
        this.name = metadata.name();
        this.lock = lock;
        this.files = new SegmentFiles(directory.resolve(CapsuleDirectory.SEGMENTS), options.disk(), true);
        EpochKeys keys = new EpochKeys(directory, metadata, readerKey);
        this.source = new RecordSource(files, keys);
        this.commits = new Commits(directory, metadata, writerKey, options, files, keys);
        this.group = new GroupCommit(commits::commit);
    }

    /**
     * Creates a capsule in an empty or missing directory, with {@link CapsuleOptions#standard()}.
     *
     * @param readers who can open what is appended; at least one
     * @throws CapsuleException.WrongDirectory when there is a capsule already
     * @throws CapsuleException.WrongKey when {@code writerKey} is not the one in the metadata
     */
    public static CapsuleWriter create(
            Path directory, CapsuleMetadata metadata, SigningKey writerKey, List<ReaderPublicKey> readers) {
        return create(directory, metadata, writerKey, readers, CapsuleOptions.standard());
    }

    /** As {@link #create(Path, CapsuleMetadata, SigningKey, List)}, with these options. */
    public static CapsuleWriter create(
            Path directory,
            CapsuleMetadata metadata,
            SigningKey writerKey,
            List<ReaderPublicKey> readers,
            CapsuleOptions options) {
        requireWriter(metadata, writerKey);
        WriterLock lock = WriterLock.take(directory, true);
        var writer = new CapsuleWriter(directory, metadata, writerKey, null, options, lock);
        try {
            if (Files.exists(directory.resolve(CapsuleDirectory.METADATA))) {
                throw new CapsuleException.WrongDirectory(directory, "there is a capsule already");
            }
            writer.commits.begin(readers);
            return writer;
        } catch (IOException e) {
            writer.release();
            throw new CapsuleException.DiskFailed("creating a capsule", e);
        } catch (RuntimeException e) {
            writer.release();
            throw e;
        }
    }

    /**
     * Opens a capsule to append to it, with {@link CapsuleOptions#standard()}. A tail that a crash left behind the last
     * heartbeat is cut off; nothing that was acknowledged is in it.
     *
     * @param readerKey opens the current data key; without it, or when it is not a reader's, the first append begins a new
     *     epoch for the same readers and older records cannot be read here
     * @throws CapsuleException.WrongKey when {@code writerKey} is not the one in the metadata
     * @throws CapsuleException.Damaged when the files are damaged where the capsule goes on
     * @throws CapsuleException.Busy when another writer holds the directory
     */
    public static CapsuleWriter open(Path directory, SigningKey writerKey, @Nullable ReaderKey readerKey) {
        return open(directory, writerKey, readerKey, CapsuleOptions.standard());
    }

    /** As {@link #open(Path, SigningKey, ReaderKey)}, with these options. */
    public static CapsuleWriter open(
            Path directory, SigningKey writerKey, @Nullable ReaderKey readerKey, CapsuleOptions options) {
        CapsuleMetadata metadata = CapsuleDirectory.metadata(directory);
        requireWriter(metadata, writerKey);
        var writer = new CapsuleWriter(
                directory, metadata, writerKey, readerKey, options, WriterLock.take(directory, false));
        try {
            LogScan scan = Recovery.open(directory, writer.files, metadata);
            Recovery.cut(scan, writer.files);
            writer.commits.resume(scan);
            return writer;
        } catch (IOException e) {
            writer.release();
            throw new CapsuleException.DiskFailed("opening a capsule", e);
        } catch (RuntimeException e) {
            writer.release();
            throw e;
        }
    }

    public CapsuleName name() {
        return name;
    }

    public CapsuleMetadata metadata() {
        return metadata;
    }

    /** The last durable heartbeat. */
    public Heartbeat head() {
        return commits.head();
    }

    /** How many records are durable: the sequence the next one gets. */
    public long size() {
        return commits.head().size();
    }

    /**
     * Appends one record.
     *
     * @return its sequence, once it is durable
     */
    public long append(byte[] body) {
        return append(List.of(body));
    }

    /** As {@link #append(List, List)}, without hash pointers. */
    public long append(List<byte[]> bodies) {
        return append(bodies, List.of());
    }

    /**
     * Appends records one after the other, all or none. The bodies must not be changed before this returns.
     *
     * @param bodies 1 to {@link CapsuleOptions#MOST_APPEND_RECORDS}
     * @param pointers extra hash pointers of the first record
     * @return the sequence of the first one, once all are durable
     * @throws CapsuleException.TooLarge when a body is over {@link CapsuleOptions#MOST_RECORD_BYTES}, or all together over
     *     {@link CapsuleOptions#MOST_APPEND_BYTES}
     * @throws CapsuleException.DiskFailed when the disk refused; none was appended, and later appends may succeed
     */
    public long append(List<byte[]> bodies, List<HashPointer> pointers) {
        if (bodies.isEmpty()) {
            throw new IllegalArgumentException("nothing to append");
        }
        if (bodies.size() > CapsuleOptions.MOST_APPEND_RECORDS) {
            throw new CapsuleException.TooLarge(bodies.size(), CapsuleOptions.MOST_APPEND_RECORDS);
        }
        if (pointers.size() > RecordHeader.MOST_POINTERS) {
            throw new CapsuleException.TooLarge(pointers.size(), RecordHeader.MOST_POINTERS);
        }
        long bytes = 0;
        for (byte[] body : bodies) {
            if (body.length > CapsuleOptions.MOST_RECORD_BYTES) {
                throw new CapsuleException.TooLarge(body.length, CapsuleOptions.MOST_RECORD_BYTES);
            }
            bytes += body.length;
        }
        if (bytes > CapsuleOptions.MOST_APPEND_BYTES) {
            throw new CapsuleException.TooLarge(bytes, CapsuleOptions.MOST_APPEND_BYTES);
        }
        return group.append(new GroupCommit.Append(bodies, pointers, bytes));
    }

    /**
     * The record with this sequence.
     *
     * @throws CapsuleException.NoSuchRecord when it is not durable yet, or negative
     * @throws CapsuleException.Shredded when its data key was destroyed
     * @throws CapsuleException.NotAReader when this writer was opened without a key for its epoch
     */
    public CapsuleRecord read(long sequence) {
        return source.read(sequence, size());
    }

    /** Records {@code from} up to but not including {@code to} (at most the size), read as the stream is consumed. */
    public Stream<CapsuleRecord> range(long from, long to) {
        return RecordSource.stream(source, from, to, size());
    }

    /** The writer's extra hash pointers of a record, as {@link #header} has them, without hashing its body. */
    public List<HashPointer> pointers(long sequence) {
        return source.pointers(sequence, size());
    }

    /** The header of a record, whose hash is under every later heartbeat; needs no reader key. */
    public RecordHeader header(long sequence) {
        return source.header(sequence, size());
    }

    /**
     * Begins a new epoch: what is appended from now on is sealed with a fresh data key, wrapped for these readers only. A
     * reader left out cannot open it; what it could open before, it still can.
     *
     * @return the new epoch
     */
    public int rotate(List<ReaderPublicKey> readers) {
        return commits.rotate(readers);
    }

    /**
     * Destroys an epoch's wrapped data keys, so that nobody who does not hold the data key already can ever open its
     * records. They stay in the chain, sealed, and the capsule still verifies. Shredding the current epoch first begins a
     * new one for the same readers. Copies of the key file made elsewhere must be shredded there.
     *
     * @param epoch 0 for the first
     */
    public void shred(int epoch) {
        commits.shred(epoch);
    }

    /** Signs a fresh heartbeat although nothing was appended, so that readers see the capsule is current. */
    public Heartbeat pulse() {
        return commits.pulse();
    }

    /** Who can open what is appended now; empty when the current epoch was shredded or its key file is missing. */
    public List<ReaderPublicKey> readers() {
        return commits.readers();
    }

    private static void requireWriter(CapsuleMetadata metadata, SigningKey writerKey) {
        if (!metadata.writerKey().equals(writerKey.verifyingKey())) {
            throw new CapsuleException.WrongKey("writer key");
        }
    }

    private void release() {
        try (lock) {
            files.close();
        } catch (IOException e) {
            // Everything acknowledged was made durable before.
        }
    }

    /** Waits for a commit under way and lets go of the directory. Further calls throw {@link CapsuleException.Closed}. */
    @Override
    public void close() {
        if (commits.close()) {
            release();
        }
    }
}
