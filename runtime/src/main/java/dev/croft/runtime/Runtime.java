package dev.croft.runtime;

import java.io.InputStream;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;

/**
 * Runs isolated workloads, on processes, containers or pods.
 *
 * <p>All methods may be called from any thread at once; those that wait block, and suit a virtual thread. Workloads
 * outlive a runtime that is closed or killed: the next one over the same state finds them ({@link #list}) and
 * {@link #reap} ends what should not run. Methods that take an id throw {@link WorkloadException.Unknown} for one that
 * is not there, and all may throw {@link WorkloadException.Backend}.
 */
public interface Runtime extends AutoCloseable {
    /** What this backend, on this machine, holds workloads to. */
    Enforcement enforcement();

    /**
     * Checks the program's digest and starts it. Returns when its process runs; it may not be healthy yet.
     *
     * @throws WorkloadException.DigestMismatch if the program's bytes are not those named
     * @throws WorkloadException.BadBundle if the program's files are not plain
     * @throws WorkloadException.Exists if the id is taken
     * @throws WorkloadException.InvalidSpec if the backend cannot run such a workload
     */
    WorkloadId launch(WorkloadSpec spec);

    /** How a workload is now; known until it is removed. */
    WorkloadStatus inspect(WorkloadId id);

    /** All workloads, ended ones that were not removed included, by id. */
    List<WorkloadStatus> list();

    /**
     * Waits until a workload is healthy (a job: has ended with 0) or has ended, and tells how it is then.
     *
     * @throws WorkloadException.TimedOut if it is neither in this time
     */
    WorkloadStatus awaitHealthy(WorkloadId id, Duration timeout);

    /**
     * Waits until a workload has ended.
     *
     * @throws WorkloadException.TimedOut if it has not in this time
     */
    WorkloadStatus awaitEnd(WorkloadId id, Duration timeout);

    /**
     * What is kept of its standard output and error, oldest first: the last {@link Limits#logBytes} at most.
     *
     * @param follow whether the stream goes on with what is printed later, until the workload has ended
     */
    InputStream logs(WorkloadId id, boolean follow);

    /**
     * Stops all its processes where they are. Pausing a paused workload does nothing.
     *
     * @throws WorkloadException.WrongState if it has ended
     */
    void pause(WorkloadId id);

    /**
     * Lets a paused workload go on. Resuming one that is not paused does nothing.
     *
     * @throws WorkloadException.WrongState if it has ended
     */
    void resume(WorkloadId id);

    /**
     * Asks a workload to end (SIGTERM), kills all its processes (SIGKILL) after the grace, and returns when none is
     * left. Also ends a paused one. Stopping an ended workload does nothing.
     *
     * @param grace zero to kill at once
     */
    void stop(WorkloadId id, Duration grace);

    /**
     * Forgets an ended workload: its status, logs and scratch.
     *
     * @throws WorkloadException.WrongState if it has not ended
     */
    void remove(WorkloadId id);

    /**
     * Has a workload killed and forgotten, with its log, its output where that is its own, and its scratch. Returns as soon as that will
     * come about whatever becomes of this runtime, which is written down; the rest is done meanwhile, by the next runtime if need be. From
     * then on it is neither found nor listed; its name is free when the future is complete.
     *
     * @return complete when nothing of it is left
     */
    default CompletableFuture<Void> delete(WorkloadId id) {
        stop(id, Duration.ZERO);
        remove(id);
        return CompletableFuture.completedFuture(null);
    }

    /** Deletes a named volume and what is in it, if it is there and no running workload mounts it. */
    void removeVolume(String name);

    /**
     * Sets things right after a crash: ends every workload that {@code keep} refuses, frees what ended ones still
     * hold, and forgets ended ones that {@code keep} refuses. Those kept go on, with their limits.
     */
    ReapReport reap(Predicate<WorkloadStatus> keep);

    /** Counters of its own, in the text format of Prometheus. */
    default String metrics() {
        return "";
    }

    /** Stops watching; workloads run on. */
    @Override
    void close();

    /**
     * What {@link Runtime#reap} found.
     *
     * @param kept what runs on
     * @param ended what it ended
     * @param forgotten what had ended and is forgotten now
     */
    record ReapReport(List<WorkloadId> kept, List<WorkloadId> ended, List<WorkloadId> forgotten) {
        public ReapReport {
            kept = List.copyOf(kept);
            ended = List.copyOf(ended);
            forgotten = List.copyOf(forgotten);
        }
    }
}
