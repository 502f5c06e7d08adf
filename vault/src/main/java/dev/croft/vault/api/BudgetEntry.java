package dev.croft.vault.api;

import dev.croft.budget.Epsilon;
import java.time.Instant;

/**
 * One record of the budget capsule.
 *
 * @param sequence its place in the capsule
 * @param time when it was written
 * @param kind {@code created}, {@code reserved}, {@code committed}, {@code refunded} or {@code expired}
 * @param key the block's id for {@code created}, else what was reserved for: grant and query
 * @param amount epsilon
 */
public record BudgetEntry(long sequence, Instant time, String kind, String key, Epsilon amount) {}
