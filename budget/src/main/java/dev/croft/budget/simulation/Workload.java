package dev.croft.budget.simulation;

import dev.croft.budget.scheduling.Claim;
import java.util.List;

/**
 * Blocks and claims over time, all in seconds.
 *
 * @param duration events at or after it do not happen
 * @param blockCreated creation time of block 0, 1, 2, ..., ascending
 * @param blockTotal every block's total: one epsilon, or a value for each Rényi order
 * @param renyi whether totals and demands are Rényi curves
 * @param claims numbered 0, 1, 2, ... in order of arrival
 * @param arrivals when each claim arrives, ascending
 * @param timeout patience of each claim, infinite for none
 * @param tick clock of the policies that go by time
 * @param blockLife after which a block retires under the policies that go by number, infinite for never
 * @param tolerance by how much an epsilon may be exceeded with basic composition
 */
public record Workload(
        double duration,
        double[] blockCreated,
        double[] blockTotal,
        boolean renyi,
        List<Claim> claims,
        double[] arrivals,
        double timeout,
        double tick,
        double blockLife,
        double tolerance) {}
