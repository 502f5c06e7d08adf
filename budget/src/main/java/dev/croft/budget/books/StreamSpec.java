package dev.croft.budget.books;

import dev.croft.budget.Epsilon;
import dev.croft.budget.InvalidInputException;
import dev.croft.budget.InvalidInputException.Problem;
import dev.croft.budget.accounting.ApproxDp;
import dev.croft.budget.accounting.RenyiCurve;
import dev.croft.budget.accounting.ZCdp;
import dev.croft.budget.claims.BlockStream;
import dev.croft.budget.claims.Cost;
import org.jspecify.annotations.Nullable;

/**
 * A stream of data that makes blocks as data arrive; named by its data set.
 *
 * @param counter publishes how many people there are; {@code null} for none
 */
public record StreamSpec(BlockStream blocks, @Nullable Counter counter) {
    /**
     * A differentially private count of people at each tick.
     *
     * @param epsilon what all ticks together cost each person; taken off every block's total from the start
     * @param ticks how many there may be
     */
    public record Counter(Epsilon epsilon, long ticks) {
        public Counter {
            if (epsilon.isZero()) throw new InvalidInputException("stream.counter.epsilon", Problem.ZERO, "no noise");
            if (ticks < 1 || ticks > 1L << 40)
                throw new InvalidInputException("stream.counter.ticks", Problem.OUT_OF_RANGE, "" + ticks);
        }
    }

    public String name() {
        return blocks.dataset();
    }

    /** The stream whose blocks have what the counter leaves of their total. */
    BlockStream charged() {
        if (counter == null) return blocks;
        double spent = counter.epsilon.toDouble();
        Cost left = switch (blocks.total()) {
            case Cost.Approximate(ApproxDp total) -> Cost.of(left(total.epsilon(), spent), total.delta());
            case Cost.Curve(RenyiCurve total) -> {
                // Pure epsilon-DP is at most epsilon at every order, and (epsilon^2/2)-zCDP.
                double rho = ZCdp.ofPure(spent).rho();
                yield Cost.of(RenyiCurve.from(
                        total.orders(),
                        alpha -> left(total.at(total.orders().indexOf(alpha)), Math.min(spent, rho * alpha))));
            }
        };
        return new BlockStream(blocks.dataset(), blocks.by(), blocks.span(), left);
    }

    private static double left(double total, double spent) {
        return Math.max(0, total - spent);
    }
}
