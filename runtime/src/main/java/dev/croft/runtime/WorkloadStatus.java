package dev.croft.runtime;

import java.net.InetSocketAddress;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A workload as its runtime sees it at one moment.
 *
 * @param id its name
 * @param labels as given at launch
 * @param state where it is in its life
 * @param failure why it is {@link State#FAILED}; empty in every other state
 * @param exitCode its exit code once it has ended, 128 + n when signal n ended it; empty where nobody saw it end
 * @param digest of the program it runs; empty for {@link Program.HostCommand}
 * @param started when its process began
 * @param ended when it ended
 * @param endpoint where it is reached, for {@link Network.Listening} with a known port
 */
public record WorkloadStatus(
        WorkloadId id,
        Map<String, String> labels,
        State state,
        Optional<Failure> failure,
        OptionalInt exitCode,
        Optional<Digest> digest,
        Instant started,
        Optional<Instant> ended,
        Optional<InetSocketAddress> endpoint) {

    /** The states of a workload; {@code STARTING → HEALTHY ⇄ PAUSED → STOPPED | FAILED}, PAUSED from STARTING too. */
    public enum State {
        /** Runs, not yet healthy. */
        STARTING,
        /** Runs and has passed its health check. A job checked at exit is STARTING until it is STOPPED. */
        HEALTHY,
        /** All its processes stand still. */
        PAUSED,
        /** Ended by itself with exit code 0, or was stopped. */
        STOPPED,
        /** Ended in another way; {@link WorkloadStatus#failure} says which. */
        FAILED;

        /** Whether nothing of it runs any more. */
        public boolean ended() {
            return this == STOPPED || this == FAILED;
        }
    }

    /** The ways to fail. */
    public enum Reason {
        /** It ended with an exit code other than 0. */
        EXIT,
        /** It used more memory than it may. */
        MEMORY,
        /** It ran longer than it may. */
        WALL_CLOCK,
        /** It wrote more to {@code /croft/output} than it may. */
        OUTPUT,
        /** It was not healthy in time. */
        UNHEALTHY,
        /** It never began: the backend could not start its command. */
        NOT_STARTED,
        /** It was not, or no longer, what was asked for, and was ended. */
        DEVIATION,
        /** It ended while no router watched, and left no exit code. */
        LOST
    }

    /**
     * Why a workload failed.
     *
     * @param detail a sentence for people; holds nothing of what the workload printed
     */
    public record Failure(Reason reason, String detail) {}

    public WorkloadStatus {
        labels = Map.copyOf(labels);
    }

    /** Whether it is up: healthy, or a job that ended well. */
    public boolean healthy() {
        return state == State.HEALTHY || state == State.STOPPED && exitCode.orElse(-1) == 0;
    }
}
