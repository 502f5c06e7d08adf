package dev.croft.router.claims;

import dev.croft.capsule.CapsuleException;
import dev.croft.capsule.CapsuleMetadata;
import dev.croft.capsule.CapsuleRecord;
import dev.croft.capsule.CapsuleWriter;
import dev.croft.router.RouterException;
import dev.croft.router.tls.PrivateFiles;
import dev.croft.vault.api.KeyFileException;
import dev.croft.vault.api.OwnerKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The operator's audit capsule: one signed, chained record for each entry of the journal, saying what was decided. It follows the
 * journal by a moment and never leads it; what it lacks after a crash is made again from the journal before anything new is decided.
 * Since a replay must give the same records, it also shows whether someone has changed the journal or put back an older one.
 */
final class DecisionLog implements AutoCloseable {

    static final String KIND = "croft/budget-decisions";
    private static final String WRITER = "budget-decisions";
    private static final Logger LOG = LoggerFactory.getLogger(DecisionLog.class);

    private final CapsuleWriter capsule;
    private final BlockingQueue<Work> behind = new ArrayBlockingQueue<>(64);
    private final Thread follower;

    /** Records to append, and who is to be told afterwards. */
    private record Work(List<byte[]> records, CountDownLatch done, boolean last) {}

    private DecisionLog(CapsuleWriter capsule) {
        this.capsule = capsule;
        this.follower = Thread.ofPlatform().name("budget-audit").daemon().unstarted(this::follow);
    }

    /** Opens the capsule in this directory with the operator's key file beside it; both are made on first start. */
    static DecisionLog open(Path directory) {
        Path keyFile = directory.resolve("operator.key");
        Path place = directory.resolve("decisions");
        try {
            PrivateFiles.directory(directory);
            if (!Files.exists(keyFile)) {
                try (OwnerKey made = OwnerKey.generate()) {
                    made.save(keyFile, null);
                }
            }
            try (OwnerKey key = OwnerKey.load(keyFile, null)) {
                CapsuleWriter capsule = Files.exists(place)
                        ? CapsuleWriter.open(place, key.writerKey(WRITER), key.readerKey())
                        : CapsuleWriter.create(
                                place,
                                CapsuleMetadata.create(
                                        key.publicKey(), key.writerKey(WRITER).verifyingKey(), KIND),
                                key.writerKey(WRITER),
                                List.of(key.readerKey().publicKey()));
                return new DecisionLog(capsule);
            }
        } catch (IOException | CapsuleException | KeyFileException e) {
            throw new RouterException.Broken("the budget's audit capsule cannot be opened", e);
        }
    }

    /** Compares a replay with what is recorded, record by record. */
    final class Check implements AutoCloseable {
        private final long recorded = capsule.size();
        private final Stream<CapsuleRecord> stream = capsule.range(0, recorded);
        private final Iterator<CapsuleRecord> records = stream.iterator();
        private final List<byte[]> missing = new ArrayList<>();
        private long checked;

        /** The next record as the replay has it. */
        void next(byte[] record) {
            if (checked++ >= recorded) {
                missing.add(record);
            } else if (!Arrays.equals(records.next().body(), record)) {
                throw new RouterException.Broken(
                        "the budget's journal and its audit capsule differ at " + (checked - 1), null);
            }
        }

        /** The journal ends here: what the capsule lacks is appended. */
        void end() {
            if (checked < recorded) {
                throw new RouterException.Broken(
                        "the budget's journal ends at " + checked + " where its audit capsule has " + recorded
                                + " decisions: an older database was put in its place",
                        null);
            }
            for (int from = 0; from < missing.size(); from += 1000) {
                capsule.append(missing.subList(from, Math.min(missing.size(), from + 1000)));
            }
        }

        @Override
        public void close() {
            stream.close();
        }
    }

    Check check() {
        return new Check();
    }

    void start() {
        follower.start();
    }

    /** Records that are durable in the journal; waits while the capsule is far behind. */
    void add(List<byte[]> records) throws InterruptedException {
        behind.put(new Work(records, new CountDownLatch(1), false));
    }

    private void follow() {
        try {
            boolean last = false;
            while (!last) {
                List<Work> works = new ArrayList<>(List.of(behind.take()));
                behind.drainTo(works);
                append(works.stream().flatMap(work -> work.records().stream()).toList());
                works.forEach(work -> work.done().countDown());
                last = works.getLast().last();
            }
        } catch (InterruptedException e) {
            LOG.warn("the budget's audit capsule was interrupted; the next start completes it");
        }
    }

    /** Waits until everything added is recorded. */
    void drain() throws InterruptedException {
        if (follower.isAlive()) {
            var end = new Work(List.of(), new CountDownLatch(1), false);
            behind.put(end);
            end.done().await();
        }
    }

    private void append(List<byte[]> records) throws InterruptedException {
        while (!records.isEmpty()) {
            try {
                capsule.append(records);
                return;
            } catch (CapsuleException.DiskFailed e) {
                LOG.error("the budget's audit capsule cannot be written, tried again: {}", e.toString());
                Thread.sleep(1000);
            }
        }
    }

    /** How many decisions are recorded. */
    long size() {
        return capsule.size();
    }

    /** Records what is still to be recorded, and ends. */
    @Override
    public void close() {
        try {
            if (follower.isAlive()) {
                behind.put(new Work(List.of(), new CountDownLatch(1), true));
                follower.join(10_000);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        capsule.close();
    }
}
