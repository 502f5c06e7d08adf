package dev.croft.vault.api;

import dev.croft.budget.Epsilon;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is left of a private cloud's budget.
 *
 * @param policy how it is cut
 * @param blocks every private data block that was ever asked of
 */
public record BudgetStatus(BudgetPolicy policy, List<Block> blocks) {
    /**
     * One private data block.
     *
     * @param id names it
     * @param window data of which time it covers; {@code null}: all
     * @param total what it held at first
     * @param reserved set aside for queries under way
     * @param spent gone
     * @param available left
     */
    public record Block(
            String id, @Nullable Span window, Epsilon total, Epsilon reserved, Epsilon spent, Epsilon available) {}
}
