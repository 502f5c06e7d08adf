package dev.croft.capsule;

import dev.croft.capsule.codec.Malformed;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/**
 * A copy of a capsule, or of a piece of its history, that others send frames to: a server's, which holds no key of the capsule at all. It
 * stores only what verifies and goes on from what it has, so neither a writer, nor another server, nor the network can make it store a lie,
 * and what {@link #accept} returned for is durable. Read a whole one with {@link CapsuleReader}.
 *
 * <p>Thread-safe. The directory is locked until {@link #close}.
 */
public final class CapsuleReplica implements AutoCloseable {
    /** Most bytes of frames taken at once: two of the largest appends. */
    public static final int MOST_BYTES = 2 * CapsuleOptions.MOST_APPEND_BYTES;

    private static final int RECENT = 64;

    private final CapsuleMetadata metadata;
    private final WriterLock lock;
    private final SegmentFiles files;
    private final SegmentLog log;
    private final EpochKeys keys;
    private final Chain chain;
    private final Map<Hash, Standing> recent = new LinkedHashMap<>() {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Hash, Standing> eldest) {
            return size() > RECENT;
        }
    };
    private final ReentrantLock receiving = new ReentrantLock();
    private PieceFiles pieces;
    private Standing base;
    private boolean damaged;
    private boolean closed;

    private CapsuleReplica(Path directory, CapsuleMetadata metadata, CapsuleOptions options, WriterLock lock) {
        this.metadata = metadata;
        this.lock = lock;
        this.files = new SegmentFiles(directory.resolve(CapsuleDirectory.SEGMENTS), options.disk(), true);
        this.log = new SegmentLog(directory, metadata.name(), files, options.segmentBytes());
        this.keys = new EpochKeys(directory, metadata, null);
        this.pieces = new PieceFiles(metadata, files, new RecordSource(files, keys));
        this.chain = new Chain(metadata);
        this.base = Standing.beginning(metadata);
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
     * @throws CapsuleException.Damaged when its end is damaged
     */
    public static CapsuleReplica open(Path directory, CapsuleMetadata metadata, CapsuleOptions options) {
        CapsuleReplica replica = open(directory, Standing.beginning(metadata), options);
        if (replica.damaged) {
            replica.close();
            throw new CapsuleException.Damaged(
                    Flaw.FRAME,
                    new Position(CapsuleDirectory.SEGMENTS, 0, replica.chain.size()),
                    "the replica's end is damaged");
        }
        return replica;
    }

    /**
     * As {@link #open(Path, CapsuleMetadata, CapsuleOptions)}; a new one begins at this place. One whose end is damaged opens too: see {@link
     * #check}.
     */
    public static CapsuleReplica open(Path directory, Standing base, CapsuleOptions options) {
        CapsuleMetadata metadata = base.metadata();
        WriterLock lock = WriterLock.take(directory, true);
        var replica = new CapsuleReplica(directory, metadata, options, lock);
        try {
            if (!Files.exists(directory.resolve(CapsuleDirectory.METADATA))) {
                replica.base = base;
                replica.chain.set(base.chain());
                replica.log.begin(replica.chain);
                DurableFiles.replace(directory.resolve(CapsuleDirectory.METADATA), metadata.encoded());
                Path parent = directory.toAbsolutePath().getParent();
                if (parent != null) {
                    options.disk().syncDirectory(parent);
                }
            } else if (!CapsuleDirectory.metadata(directory).equals(metadata)) {
                throw new CapsuleException.WrongDirectory(directory, "another capsule is here");
            } else {
                replica.resume(directory);
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

    private void resume(Path directory) throws IOException {
        try {
            base = pieces.base();
            LogScan scan = Recovery.open(directory, files, metadata);
            Recovery.cut(scan, files);
            chain.set(scan.good());
            log.resume(scan);
        } catch (CapsuleException.Damaged | Malformed e) {
            damaged = true;
            LogScan scan = pieces.scan();
            chain.set(scan == null ? base.chain() : scan.good());
        }
    }

    public CapsuleMetadata metadata() {
        return metadata;
    }

    /** Where the replica begins. */
    public Standing base() {
        return locked(() -> base);
    }

    /** Where it ends. */
    public Standing tip() {
        return locked(this::here);
    }

    private Standing here() {
        return Standing.of(metadata, chain);
    }

    /** The last durable heartbeat; none while the replica is empty and begins at the beginning. */
    public Optional<Heartbeat> head() {
        return locked(() -> Optional.ofNullable(chain.last()));
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
        return reading("storing frames", () -> {
            if (damaged) {
                throw new Refused("the replica's end is damaged");
            }
            Standing before = here();
            List<Standing.Run> runs = before.follow(frames);
            Standing after = runs.getLast().after();
            Disk.File file = log.prepare(chain);
            file.write(ByteBuffer.wrap(frames), log.end());
            log.commit(log.end() + frames.length);
            chain.set(after.chain());
            recent.put(after.id(), after);
            log.saveTailIfDue(chain);
            return after.heartbeat().orElseThrow();
        });
    }

    /**
     * Takes an epoch's key file. One that says the epoch was shredded replaces what the replica has, for good.
     *
     * @throws Refused when the writer did not sign it for this capsule and epoch
     */
    public void acceptKeys(int epoch, byte[] keyFile) {
        reading("storing data keys", () -> {
            try {
                keys.accept(epoch, keyFile);
                return epoch;
            } catch (Malformed e) {
                throw new Refused(e.getMessage());
            }
        });
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

    /** The key files of epochs up to this one that are here, by epoch. */
    public SortedMap<Integer, byte[]> keyFiles(int upTo) {
        return reading("reading data keys", () -> {
            SortedMap<Integer, byte[]> found = new TreeMap<>();
            for (int epoch = 0; epoch <= upTo; epoch++) {
                int number = epoch;
                keys.find(epoch).ifPresent(file -> found.put(number, file.encoded()));
            }
            return found;
        });
    }

    /** Whether a heartbeat is here; the base is not. */
    public boolean holds(Hash id, long size) {
        return reading(
                "looking for a heartbeat",
                () -> !damaged && (recent.containsKey(id) || pieces.holds(base, chain.size(), id, size)));
    }

    /** The heartbeat that follows one that is here, or the base. */
    public Heartbeat after(Hash id, long size) {
        return reading("looking for a heartbeat", () -> pieces.after(base, chain.size(), id, size));
    }

    /** Where the history stands at a heartbeat that is here, or at the base. */
    public Standing standing(Hash id, long size) {
        return reading("looking for a heartbeat", () -> {
            if (base.id().equals(id)) {
                return base;
            }
            Standing known = recent.get(id);
            if (known == null) {
                known = chain.lastHeartbeatHash().equals(id) ? here() : pieces.standing(base, chain.size(), id, size);
                recent.put(id, known);
            }
            return known;
        });
    }

    /** Frames behind a heartbeat or the base, up to a later one; once there are {@code enough} bytes, the next heartbeat ends them. */
    public byte[] frames(Hash after, long size, Hash until, int enough) {
        return reading("reading frames", () -> pieces.frames(base, chain.size(), after, size, until, enough));
    }

    /** Some heartbeats that are here, the newest first: recent ones, and those at which segments begin. */
    public List<Heartbeat> landmarks() {
        return reading("reading segments", () -> {
            List<Heartbeat> all = new ArrayList<>();
            here().heartbeat()
                    .filter(head -> !base.heartbeat().equals(Optional.of(head)))
                    .ifPresent(all::add);
            for (Standing standing : List.copyOf(recent.values()).reversed()) {
                standing.heartbeat().filter(head -> !all.contains(head)).ifPresent(all::add);
            }
            all.addAll(pieces.segmentBases());
            return all;
        });
    }

    /** Whether the end was found damaged at opening; then nothing is taken or found here until {@link #cut}. */
    public boolean isDamaged() {
        return locked(() -> damaged);
    }

    /**
     * Reads everything and checks it, each signature too.
     *
     * @return where the sound part ends, when anything is damaged
     */
    public Optional<Standing> check() {
        return reading("checking a replica", () -> {
            LogScan scan = pieces.scan();
            if (scan == null) {
                return Optional.of(base);
            }
            Standing sound = Standing.of(metadata, scan.good());
            return !damaged && sound.equals(here()) ? Optional.empty() : Optional.of(sound);
        });
    }

    /** What is sound behind the damage that {@link #check} found, in order. */
    public Iterator<Salvage.Part> salvage() {
        return reading("reading damaged segments", () -> {
            LogScan scan = pieces.scan();
            return scan == null
                    ? pieces.salvage(base, files.list().first(), 0)
                    : pieces.salvage(Standing.of(metadata, scan.good()), scan.goodSegment(), scan.goodOffset());
        });
    }

    /** Removes what lies behind the sound part. */
    public void cut() {
        reading("cutting a replica", () -> {
            LogScan scan = pieces.scan();
            if (scan == null) {
                chain.set(base.chain());
                log.begin(chain);
            } else {
                Recovery.cut(scan, files);
                chain.set(scan.good());
                log.resume(scan);
            }
            recent.clear();
            // What is known of places in the files may no longer be so.
            pieces = new PieceFiles(metadata, files, new RecordSource(files, keys));
            damaged = false;
            return chain;
        });
    }

    @FunctionalInterface
    private interface Operation<T> {
        T run() throws IOException;
    }

    private <T> T reading(String action, Operation<T> operation) {
        receiving.lock();
        try {
            if (closed) {
                throw new CapsuleException.Closed();
            }
            return operation.run();
        } catch (IOException e) {
            throw new CapsuleException.DiskFailed(action, e);
        } finally {
            receiving.unlock();
        }
    }

    private <T> T locked(Supplier<T> value) {
        receiving.lock();
        try {
            return value.get();
        } finally {
            receiving.unlock();
        }
    }

    /** Lets go of the directory. */
    @Override
    public void close() {
        receiving.lock();
        try (lock) {
            if (!closed) {
                closed = true;
                if (!damaged) {
                    log.saveTail(chain);
                }
                files.close();
            }
        } catch (IOException e) {
            // Everything accepted was made durable before.
        } finally {
            receiving.unlock();
        }
    }
}
