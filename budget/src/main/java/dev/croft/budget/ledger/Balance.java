package dev.croft.budget.ledger;

import dev.croft.budget.Epsilon;

/** One block's account; {@code total = available + reserved + committed}, always and exactly. */
public record Balance(
        String block, TimeWindow window, Epsilon total, Epsilon available, Epsilon reserved, Epsilon committed) {}
