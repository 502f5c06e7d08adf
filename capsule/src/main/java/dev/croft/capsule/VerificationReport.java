package dev.croft.capsule;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What {@link CapsuleVerifier} found.
 *
 * @param name the capsule, as far as its metadata could be read
 * @param records how many records are sound and under a heartbeat, from the first on
 * @param bytes bytes of frames checked
 * @param head the last sound heartbeat
 * @param flaw what is wrong at the first bad position, or null
 * @param position the first bad position, or null
 * @param detail the flaw in words, empty when there is none
 * @param shreddedEpochs epochs whose data keys the writer destroyed
 * @param epochsWithoutKeys epochs whose key file is missing without the writer's statement that it was shredded
 */
public record VerificationReport(
        @Nullable CapsuleName name,
        long records,
        long bytes,
        @Nullable Heartbeat head,
        @Nullable Flaw flaw,
        @Nullable Position position,
        String detail,
        List<Integer> shreddedEpochs,
        List<Integer> epochsWithoutKeys) {
    public VerificationReport {
        shreddedEpochs = List.copyOf(shreddedEpochs);
        epochsWithoutKeys = List.copyOf(epochsWithoutKeys);
    }

    /** Whether every byte is as the writer left it, up to its last heartbeat and none behind. */
    public boolean intact() {
        return flaw == null;
    }

    /** Whether the one thing wrong is a tail that was never acknowledged, which opening for writing cuts off. */
    public boolean onlyTorn() {
        return flaw == Flaw.TORN_TAIL;
    }
}
