package dev.croft.router.placement;

import dev.croft.runtime.Runtime;
import dev.croft.runtime.WorkloadException;
import dev.croft.runtime.WorkloadId;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has workloads end, also where the runtime fails at first, as an engine does that is being restarted: then it is tried again in the background until
 * they have. Thread-safe.
 */
final class Endings {

    private static final Logger LOG = LoggerFactory.getLogger(Endings.class);
    private static final Duration AGAIN = Duration.ofMillis(100);
    private static final Duration LONGEST = Duration.ofSeconds(10);

    private final Runtime runtime;
    private final Set<WorkloadId> ending = ConcurrentHashMap.newKeySet();

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

    /** Whether all that was to end has: what has not may run still. */
    boolean areOver() {
        return ending.isEmpty();
    }

    private void surely(WorkloadId workload, Consumer<WorkloadId> how) {
        if (!ending.add(workload)) {
            return;
        }
        if (tried(workload, how)) {
            ending.remove(workload);
            return;
        }
        Thread.ofVirtual().name("end-" + workload).start(() -> {
            Duration pause = AGAIN;
            do {
                LockSupport.parkNanos(pause.toNanos());
                Duration longer = pause.multipliedBy(2);
                pause = longer.compareTo(LONGEST) < 0 ? longer : LONGEST;
            } while (!tried(workload, how));
            ending.remove(workload);
        });
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
