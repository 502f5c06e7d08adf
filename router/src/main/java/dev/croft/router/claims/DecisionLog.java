package dev.croft.router.claims;

import dev.croft.capsule.CapsuleRecord;
import dev.croft.capsule.CapsuleWriter;
import dev.croft.router.RouterException;
import dev.croft.router.audit.OperatorCapsule;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;

/**
 * The operator's audit capsule: one signed, chained record for each entry of the journal, saying what was commanded and what was
 * decided. Both are written before anything is answered. Of what a crash, or an older database put in the place of the right one, left
 * in only one of them, the other is completed at the next start; where they contradict each other, it does not start.
 */
final class DecisionLog implements AutoCloseable {

    static final String KIND = "croft/budget-decisions";
    private static final String WRITER = "budget-decisions";

    private final CapsuleWriter capsule;
    private final ExecutorService thread = Executors.newSingleThreadExecutor(
            Thread.ofPlatform().name("budget-audit").daemon().factory());

    private DecisionLog(CapsuleWriter capsule) {
        this.capsule = capsule;
    }

    /** Opens the capsule in this directory with the operator's key file beside it; both are made on first start. */
    static DecisionLog open(Path directory) {
        return new DecisionLog(OperatorCapsule.open(directory, "decisions", WRITER, KIND));
    }

    /** The records so far, one after the other, beside a replay. */
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

        /** Records that the journal lacks, in order. */
        List<byte[]> beyond() {
            var beyond = new ArrayList<byte[]>();
            while (records.hasNext()) {
                beyond.add(records.next().body());
            }
            return beyond;
        }

        /** The journal ends here: what the capsule lacks is appended. */
        void end() {
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

    /** Appends records; they are durable when the future is done. */
    Future<?> append(List<byte[]> records) {
        return thread.submit(() -> capsule.append(records));
    }

    /** How many decisions are recorded. */
    long size() {
        return capsule.size();
    }

    @Override
    public void close() {
        thread.close();
        capsule.close();
    }
}
