package dev.croft.router.placement;

import dev.croft.runtime.Runtime;
import dev.croft.runtime.WorkloadException;
import dev.croft.runtime.WorkloadId;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has workloads end, also where the runtime fails at first, as an engine does that is being restarted: then it is tried again in the background, for some
 * minutes. Thread-safe.
 */
final class Endings {

    private static final Logger LOG = LoggerFactory.getLogger(Endings.class);
    private static final Duration AGAIN = Duration.ofMillis(100);
    private static final Duration LONGEST = Duration.ofSeconds(10);
    private static final int TRIES = 50;

    private final Runtime runtime;

    Endings(Runtime runtime) {
        this.runtime = runtime;
    }

    /** Ends a workload; what it left can still be looked at. One that is gone has ended. */
    void stop(WorkloadId workload, Duration grace) {
        surely(workload, id -> runtime.stop(id, grace));
    }

    /** Ends a workload and forgets it. */
    void discard(WorkloadId workload, Duration grace) {
        surely(workload, id -> {
            runtime.stop(id, grace);
            runtime.remove(id);
        });
    }

    private static void surely(WorkloadId workload, Consumer<WorkloadId> how) {
        if (!tried(workload, how)) {
            Thread.ofVirtual().name("end-" + workload).start(() -> {
                Duration pause = AGAIN;
                for (int n = 0; n < TRIES; n++) {
                    LockSupport.parkNanos(pause.toNanos());
                    if (tried(workload, how)) {
                        return;
                    }
                    Duration longer = pause.multipliedBy(2);
                    pause = longer.compareTo(LONGEST) < 0 ? longer : LONGEST;
                }
                LOG.error("workload {} may run still", workload);
            });
        }
    }

    private static boolean tried(WorkloadId workload, Consumer<WorkloadId> how) {
        try {
            how.accept(workload);
            return true;
        } catch (WorkloadException.Unknown e) {
            LOG.debug("workload {} is gone already", workload);
            return true;
        } catch (RuntimeException e) {
            LOG.warn("workload {} does not end yet: {}", workload, e.toString());
            return false;
        }
    }
}
