package dev.croft.router.registry;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One run of a service for a private cloud.
 *
 * @param digest of the catalogue entry at the time, pinned for this launch
 * @param input JSON handed to the service
 * @param reason why it ended or waits, for people
 */
public record Launch(
        String id,
        String cloudId,
        String accountId,
        String service,
        String version,
        String digest,
        String grantId,
        String input,
        @Nullable String workloadId,
        State state,
        @Nullable String reason,
        @Nullable Integer exitCode,
        Instant created,
        @Nullable Instant started,
        @Nullable Instant ended) {

    /** Where a launch is. The last four are final. */
    public enum State {
        QUEUED,
        STARTING,
        RUNNING,
        PAUSED,
        DONE,
        FAILED,
        STOPPED,
        LOST;

        public boolean isFinal() {
            return compareTo(DONE) >= 0;
        }
    }
}
