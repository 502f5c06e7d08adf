package dev.croft.capsule;

import dev.croft.capsule.crypto.ReaderKey;
import dev.croft.capsule.crypto.ReaderPublicKey;
import dev.croft.capsule.crypto.SigningKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The one writer of a capsule in a directory. What {@link #append} returned for is on disk, under a signed heartbeat, and
 * survives a crash at any instant. Appends of many threads share one write, one signature and one sync.
 *
 * <p>Thread-safe. The directory is locked against other writers, here and in other processes, until {@link #close}.
 */
public final class CapsuleWriter implements AutoCloseable {
    private final Path directory;
    private final CapsuleMetadata metadata;
    private final CapsuleName name;
    private final SigningKey writerKey;
    private final CapsuleOptions options;
    private final WriterLock lock;
    private final SegmentFiles files;
    private final SegmentLog log;
    private final EpochKeys keys;
    private final RecordSource source;
    private final GroupCommit group = new GroupCommit(this::commit);
    private final ReentrantLock committing = new ReentrantLock();
    private final Batch batch = new Batch();
    private final Chain chain;
    private final Chain tentative;
    private boolean closed;
    private volatile Heartbeat head;

    private CapsuleWriter(
            Path directory,
            CapsuleMetadata metadata,
            SigningKey writerKey,
            @Nullable ReaderKey readerKey,
            CapsuleOptions options,
            WriterLock lock) {
        this.directory = directory;
        this.metadata = metadata;
        this.name = metadata.name();
        this.writerKey = writerKey;
        this.options = options;
        this.lock = lock;
        this.files = new SegmentFiles(directory.resolve(CapsuleDirectory.SEGMENTS), options.disk(), true);
        this.log = new SegmentLog(directory, name, files, options.segmentBytes());
        this.keys = new EpochKeys(directory, metadata, readerKey);
        this.source = new RecordSource(files, keys);
        this.chain = new Chain(metadata);
        this.tentative = new Chain(metadata);
        this.head = Heartbeat.none(name);
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
            writer.begin(readers);
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
            writer.resume(scan);
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
        return head;
    }

    /** How many records are durable: the sequence the next one gets. */
    public long size() {
        return head.size();
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
        committing.lock();
        try {
            requireUsable();
            return rotateTo(readers);
        } catch (IOException e) {
            throw new CapsuleException.DiskFailed("rotating the data key", e);
        } finally {
            committing.unlock();
        }
    }

    /**
     * Destroys an epoch's wrapped data keys, so that nobody who does not hold the data key already can ever open its
     * records. They stay in the chain, sealed, and the capsule still verifies. Shredding the current epoch first begins a
     * new one for the same readers. Copies of the key file made elsewhere must be shredded there.
     *
     * @param epoch 0 for the first
     */
    public void shred(int epoch) {
        committing.lock();
        try {
            requireUsable();
            if (epoch < 0 || epoch > head.epoch()) {
                throw new IllegalArgumentException("no epoch " + epoch);
            }
            if (epoch == head.epoch()) {
                rotateTo(currentReaders());
            }
            keys.shred(epoch, writerKey);
        } catch (IOException e) {
            throw new CapsuleException.DiskFailed("shredding a data key", e);
        } finally {
            committing.unlock();
        }
    }

    /** Signs a fresh heartbeat although nothing was appended, so that readers see the capsule is current. */
    public Heartbeat pulse() {
        committing.lock();
        try {
            requireUsable();
            commitFrames(List.of(), head.epoch(), head.keyCommitment());
            return head;
        } catch (IOException e) {
            throw new CapsuleException.DiskFailed("signing a heartbeat", e);
        } finally {
            committing.unlock();
        }
    }

    /** Who can open what is appended now; empty when the current epoch was shredded or its key file is missing. */
    public List<ReaderPublicKey> readers() {
        return keys.find(head.epoch()).map(KeyFile::readers).orElse(List.of());
    }

    private List<ReaderPublicKey> currentReaders() {
        List<ReaderPublicKey> readers = readers();
        if (readers.isEmpty()) {
            throw new CapsuleException.Shredded(head.epoch());
        }
        return readers;
    }

    private void begin(List<ReaderPublicKey> readers) throws IOException {
        KeyFile first = keys.begin(0, readers, writerKey);
        log.begin(chain);
        commitFrames(List.of(), 0, first.commitment());
        DurableFiles.replace(directory.resolve(CapsuleDirectory.METADATA), metadata.encoded());
    }

    private void resume(LogScan scan) {
        chain.set(scan.good());
        log.resume(scan);
        Heartbeat last = chain.last();
        if (last == null) {
            throw new CapsuleException.Damaged(
                    Flaw.HEARTBEAT, new Position(files.label(0), 0, 0), "there is no heartbeat");
        }
        head = last;
    }

    private void commit(List<GroupCommit.Append> appends) {
        committing.lock();
        try {
            requireUsable();
            int epoch = head.epoch();
            if (!keys.canSeal(epoch)) {
                rotateTo(currentReaders());
            }
            commitFrames(appends, head.epoch(), head.keyCommitment());
        } catch (IOException e) {
            throw new CapsuleException.DiskFailed("appending", e);
        } finally {
            committing.unlock();
        }
    }

    private int rotateTo(List<ReaderPublicKey> readers) throws IOException {
        int epoch = head.epoch() + 1;
        KeyFile file = keys.begin(epoch, readers, writerKey);
        commitFrames(List.of(), epoch, file.commitment());
        return epoch;
    }

    private void commitFrames(List<GroupCommit.Append> appends, int epoch, Hash commitment) throws IOException {
        batch.begin(log.prepare(chain), log.end());
        tentative.set(chain);
        Heartbeat next;
        try {
            long micros =
                    Math.max(chain.lastMicros(), Times.micros(options.clock().instant()));
            for (GroupCommit.Append append : appends) {
                batch.records(tentative, epoch, micros, keys.cipher(epoch), append.bodies, append.pointers);
            }
            next = Heartbeat.sign(
                    writerKey,
                    name,
                    tentative.size(),
                    micros,
                    tentative.head(),
                    tentative.frontier().root(),
                    tentative.lastHeartbeatHash(),
                    epoch,
                    commitment);
            tentative.pulse(next);
        } catch (Chain.Broken e) {
            throw new IllegalStateException("the writer made a frame that does not follow: " + e.detail, e);
        }
        batch.heartbeat(next);
        log.commit(batch.finish());
        chain.set(tentative);
        long first = head.size();
        head = next;
        for (GroupCommit.Append append : appends) {
            append.done(first);
            first += append.bodies.size();
        }
        log.saveTailIfDue(chain);
    }

    private void requireUsable() {
        if (closed) {
            throw new CapsuleException.Closed();
        }
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
        committing.lock();
        try {
            if (!closed) {
                closed = true;
                log.saveTail(chain);
                release();
            }
        } finally {
            committing.unlock();
        }
    }
}
