package dev.croft.app.cli;

import dev.croft.budget.accounting.ApproxDp;
import dev.croft.budget.accounting.Orders;
import dev.croft.budget.accounting.RenyiCurve;
import dev.croft.budget.claims.Cost;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** An amount of budget: epsilon and delta, or a Rényi curve. */
final class AmountOptions {
    @Option(names = "--epsilon", description = "Epsilon.")
    @Nullable
    Double epsilon;

    @Option(names = "--delta", defaultValue = "0", description = "Delta (default: ${DEFAULT-VALUE}).")
    double delta;

    @Option(names = "--orders", split = ",", description = "Rényi orders, ascending, instead of epsilon and delta.")
    double @Nullable [] orders;

    @Option(
            names = "--epsilons",
            split = ",",
            description = "Epsilon at each order; a block may give --epsilon and --delta instead.")
    double @Nullable [] epsilons;

    /** The amount; with orders, epsilon and delta are made a curve that guarantees them. */
    Cost cost() {
        if (orders != null) {
            Orders at = Orders.of(orders);
            if (epsilons != null) {
                return Cost.of(RenyiCurve.of(at, epsilons));
            }
            if (epsilon != null) {
                return Cost.of(RenyiCurve.tightBudget(at, new ApproxDp(epsilon, delta)));
            }
        }
        if (epsilon == null || epsilons != null) {
            throw new CommandException(ExitStatus.USAGE, "give --epsilon with --delta, or --orders with --epsilons");
        }
        return Cost.of(epsilon, delta);
    }
}
