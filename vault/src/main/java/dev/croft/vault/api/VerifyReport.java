package dev.croft.vault.api;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Whether the capsules of a private cloud are whole.
 *
 * @param capsules one for each
 */
public record VerifyReport(List<Capsule> capsules) {
    /**
     * One capsule.
     *
     * @param name data, grants, budget or audit
     * @param records how many records it holds up to its last heartbeat
     * @param problem what is wrong with it and where first; {@code null}: nothing
     */
    public record Capsule(
            String name, long records, @Nullable String problem) {}

    /** Whether nothing is wrong with any. */
    public boolean isWhole() {
        return capsules.stream().allMatch(capsule -> capsule.problem() == null);
    }
}
