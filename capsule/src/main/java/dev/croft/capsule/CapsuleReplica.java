package dev.croft.capsule;

import dev.croft.capsule.codec.Malformed;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A copy of a capsule that others send frames to: a server's, which holds no key of the capsule at all. It stores only what
 * verifies and goes on from what it has, so neither a writer, nor another server, nor the network can make it store a lie, and
 * what {@link #accept} returned for is durable. Read it with {@link CapsuleReader}.
 *
 * <p>Thread-safe. The directory is locked until {@link #close}.
 */
public final class CapsuleReplica implements AutoCloseable {
    /** Most bytes of frames taken at once: two of the largest appends. */
    public static final int MOST_BYTES = 2 * CapsuleOptions.MOST_APPEND_BYTES;

    private final CapsuleMetadata metadata;
    private final WriterLock lock;
    private final SegmentFiles files;
    private final SegmentLog log;
    private final EpochKeys keys;
    private final Chain chain;
    private final Chain tentative;
    private final ReentrantLock receiving = new ReentrantLock();
    private boolean closed;

    private CapsuleReplica(Path directory, CapsuleMetadata metadata, CapsuleOptions options, WriterLock lock) {
        this.metadata = metadata;
        this.lock = lock;
        this.files = new SegmentFiles(directory.resolve(CapsuleDirectory.SEGMENTS), options.disk(), true);
        this.log = new SegmentLog(directory, metadata.name(), files, options.segmentBytes());
        this.keys = new EpochKeys(directory, metadata, null);
        this.chain = new Chain(metadata);
        this.tentative = new Chain(metadata);
    }

    /** Frames that do not go on from what the replica has, or that its writer did not sign; nothing was stored. */
    public static final class Refused extends RuntimeException {
        private static final long serialVersionUID = 1;

        Refused(String reason) {
            super(reason);
        }
    }

    /**
     * Opens the replica in a directory, or begins an empty one of the capsule with this metadata.
     *
     * @throws CapsuleException.WrongDirectory when the directory holds another capsule
     */
    public static CapsuleReplica open(Path directory, CapsuleMetadata metadata, CapsuleOptions options) {
        WriterLock lock = WriterLock.take(directory, true);
        var replica = new CapsuleReplica(directory, metadata, options, lock);
        try {
            if (!Files.exists(directory.resolve(CapsuleDirectory.METADATA))) {
                replica.log.begin(replica.chain);
                DurableFiles.replace(directory.resolve(CapsuleDirectory.METADATA), metadata.encoded());
            } else if (!CapsuleDirectory.metadata(directory).equals(metadata)) {
                throw new CapsuleException.WrongDirectory(directory, "another capsule is here");
            } else {
                LogScan scan = Recovery.open(directory, replica.files, metadata);
                Recovery.cut(scan, replica.files);
                replica.chain.set(scan.good());
                replica.log.resume(scan);
            }
            return replica;
        } catch (IOException e) {
            replica.close();
            throw new CapsuleException.DiskFailed("opening a replica", e);
        } catch (RuntimeException e) {
            replica.close();
            throw e;
        }
    }

    public CapsuleMetadata metadata() {
        return metadata;
    }

    /** The last durable heartbeat; none while the replica is empty. */
    public Optional<Heartbeat> head() {
        receiving.lock();
        try {
            return Optional.ofNullable(chain.last());
        } finally {
            receiving.unlock();
        }
    }

    /**
     * Takes frames that go on from the head, as {@link CapsuleReader#framesAfter} gives them.
     *
     * @return the new head, once it is durable
     * @throws Refused when any frame does not fit, or the last is no heartbeat by the writer
     * @throws CapsuleException.TooLarge over {@link #MOST_BYTES}
     * @throws CapsuleException.DiskFailed when the disk refused; nothing was stored
     */
    public Heartbeat accept(byte[] frames) {
        if (frames.length > MOST_BYTES) {
            throw new CapsuleException.TooLarge(frames.length, MOST_BYTES);
        }
        receiving.lock();
        try {
            if (closed) {
                throw new CapsuleException.Closed();
            }
            Heartbeat head = check(frames);
            Disk.File file = log.prepare(chain);
            file.write(ByteBuffer.wrap(frames), log.end());
            log.commit(log.end() + frames.length);
            chain.set(tentative);
            log.saveTailIfDue(chain);
            return head;
        } catch (IOException e) {
            throw new CapsuleException.DiskFailed("storing frames", e);
        } finally {
            receiving.unlock();
        }
    }

    private Heartbeat check(byte[] frames) throws IOException {
        tentative.set(chain);
        FrameCursor cursor = new FrameCursor(new MemoryFile(frames), 0, 64 << 10);
        FrameCursor.Step step = cursor.next(frames.length);
        while (step == FrameCursor.Step.FRAME) {
            try {
                tentative.accept(cursor);
            } catch (Chain.Broken e) {
                throw new Refused(e.detail);
            }
            step = cursor.next(frames.length);
        }
        Heartbeat head = tentative.last();
        if (step != FrameCursor.Step.END || head == null || !tentative.atHeartbeat() || !tentative.signed()) {
            throw new Refused("the frames do not end with a heartbeat that the writer signed");
        }
        return head;
    }

    /**
     * Takes an epoch's key file. One that says the epoch was shredded replaces what the replica has, for good.
     *
     * @throws Refused when the writer did not sign it for this capsule and epoch
     */
    public void acceptKeys(int epoch, byte[] keyFile) {
        receiving.lock();
        try {
            if (closed) {
                throw new CapsuleException.Closed();
            }
            keys.accept(epoch, keyFile);
        } catch (Malformed e) {
            throw new Refused(e.getMessage());
        } catch (IOException e) {
            throw new CapsuleException.DiskFailed("storing data keys", e);
        } finally {
            receiving.unlock();
        }
    }

    /**
     * Brings this replica up to what a reader of another copy sees.
     *
     * @return the bytes of frames taken
     * @throws Refused when the other copy is another history
     */
    public long catchUp(CapsuleReader other) {
        long taken = 0;
        while (true) {
            byte[] frames = other.framesAfter(head().orElse(null), 4 << 20)
                    .orElseThrow(() -> new Refused("the other copy does not go on from this one"));
            if (frames.length == 0) {
                break;
            }
            accept(frames);
            taken += frames.length;
        }
        other.keyFiles().forEach(this::acceptKeys);
        return taken;
    }

    /** Lets go of the directory. */
    @Override
    public void close() {
        receiving.lock();
        try (lock) {
            if (!closed) {
                closed = true;
                log.saveTail(chain);
                files.close();
            }
        } catch (IOException e) {
            // Everything accepted was made durable before.
        } finally {
            receiving.unlock();
        }
    }
}
