package dev.croft.capsule;

import dev.croft.capsule.crypto.ReaderPublicKey;
import dev.croft.capsule.crypto.SigningKey;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;

/**
 * What a writer puts on the disk, one commit after the other: the frames of records, the heartbeat over them, the key files of epochs; and
 * the chain that all of it comes to. Thread-safe.
 */
final class Commits {
    private final Path directory;
    private final CapsuleMetadata metadata;
    private final CapsuleName name;
    private final SigningKey writerKey;
    private final CapsuleOptions options;
    private final SegmentFiles files;
    private final SegmentLog log;
    private final EpochKeys keys;
    private final ReentrantLock committing = new ReentrantLock();
    private final Batch batch = new Batch();
    private final Chain chain;
    private final Chain tentative;
    private boolean closed;
    private volatile Heartbeat head;

    Commits(
            Path directory,
            CapsuleMetadata metadata,
            SigningKey writerKey,
            CapsuleOptions options,
            SegmentFiles files,
            EpochKeys keys) {
        this.directory = directory;
        this.metadata = metadata;
        this.name = metadata.name();
        this.writerKey = writerKey;
        this.options = options;
        this.files = files;
        this.log = new SegmentLog(directory, name, files, options.segmentBytes());
        this.keys = keys;
        this.chain = new Chain(metadata);
        this.tentative = new Chain(metadata);
        this.head = Heartbeat.none(name);
    }

    /** Begins a capsule; its metadata come last. */
    void begin(List<ReaderPublicKey> readers) throws IOException {
        KeyFile first = keys.begin(0, readers, writerKey);
        log.begin(chain);
        write(List.of(), 0, first.commitment());
        DurableFiles.replace(directory.resolve(CapsuleDirectory.METADATA), metadata.encoded());
    }

    /** Goes on where a scan ended. */
    void resume(LogScan scan) {
        chain.set(scan.good());
        log.resume(scan);
        Heartbeat last = chain.last();
        if (last == null) {
            throw new CapsuleException.Damaged(
                    Flaw.HEARTBEAT, new Position(files.label(0), 0, 0), "there is no heartbeat");
        }
        head = last;
    }

    /** The last durable heartbeat. */
    Heartbeat head() {
        return head;
    }

    /** Work on the disk, one at a time. */
    @FunctionalInterface
    private interface Work<T> {
        T run() throws IOException;
    }

    private <T> T alone(String what, Work<T> work) {
        committing.lock();
        try {
            if (closed) {
                throw new CapsuleException.Closed();
            }
            return work.run();
        } catch (IOException e) {
            throw new CapsuleException.DiskFailed(what, e);
        } finally {
            committing.unlock();
        }
    }

    void commit(List<GroupCommit.Append> appends) {
        alone("appending", () -> {
            if (!keys.canSeal(head.epoch())) {
                rotateTo(currentReaders());
            }
            write(appends, head.epoch(), head.keyCommitment());
            return head;
        });
    }

    int rotate(List<ReaderPublicKey> readers) {
        return alone("rotating the data key", () -> rotateTo(readers));
    }

    void shred(int epoch) {
        alone("shredding a data key", () -> {
            if (epoch < 0 || epoch > head.epoch()) {
                throw new IllegalArgumentException("no epoch " + epoch);
            }
            if (epoch == head.epoch()) {
                rotateTo(currentReaders());
            }
            keys.shred(epoch, writerKey);
            return head;
        });
    }

    Heartbeat pulse() {
        return alone("signing a heartbeat", () -> {
            write(List.of(), head.epoch(), head.keyCommitment());
            return head;
        });
    }

    List<ReaderPublicKey> readers() {
        return keys.find(head.epoch()).map(KeyFile::readers).orElse(List.of());
    }

    private List<ReaderPublicKey> currentReaders() {
        List<ReaderPublicKey> readers = readers();
        if (readers.isEmpty()) {
            throw new CapsuleException.Shredded(head.epoch());
        }
        return readers;
    }

    private int rotateTo(List<ReaderPublicKey> readers) throws IOException {
        int epoch = head.epoch() + 1;
        KeyFile file = keys.begin(epoch, readers, writerKey);
        write(List.of(), epoch, file.commitment());
        return epoch;
    }

    private void write(List<GroupCommit.Append> appends, int epoch, Hash commitment) throws IOException {
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

    /** Waits for a commit under way and allows no other; false when that was so already. */
    boolean close() {
        committing.lock();
        try {
            if (closed) {
                return false;
            }
            closed = true;
            log.saveTail(chain);
            return true;
        } finally {
            committing.unlock();
        }
    }
}
