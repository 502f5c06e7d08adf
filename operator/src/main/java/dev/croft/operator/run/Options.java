package dev.croft.operator.run;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How the operator runs.
 *
 * @param identity names this operator in the lease
 * @param leaseNamespace where the lease is; null for none, then several operators may work at once, slowly
 * @param leaseDuration how long a dead leader is waited for
 * @param port of metrics and health, 0 for any free one, below 0 for none
 * @param address to listen on
 * @param writesAtOnce statuses stored at the same time
 */
public record Options(
        String identity,
        @Nullable String leaseNamespace,
        Duration leaseDuration,
        int port,
        String address,
        int writesAtOnce) {
    /** Name of the lease. */
    public static final String LEASE = "croft-budget-operator";
}
