package dev.croft.app.example;

import dev.croft.budget.accounting.ApproxDp;
import dev.croft.budget.accounting.Mechanism;
import dev.croft.budget.accounting.Orders;
import dev.croft.budget.accounting.RenyiCurve;
import dev.croft.budget.claims.BlockSpec;
import dev.croft.budget.claims.ClaimRequest;
import dev.croft.budget.claims.ClaimState;
import dev.croft.budget.claims.ClaimView;
import dev.croft.budget.claims.Cost;
import dev.croft.budget.claims.Selector;
import dev.croft.budget.ledger.TimeWindow;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.IntConsumer;
import java.util.random.RandomGenerator;

/**
 * A training run that allocates before it starts, spends as it goes and gives back what it did not need. The price of a step is that
 * of Gaussian noise on a Poisson sample (Mironov, Talwar, Zhang 2019), which is proved for continuous noise; ours is discrete, with a
 * deviation of a million grid steps.
 */
public final class Training {
    /** Orders the block counts at. */
    public static final Orders ORDERS = Orders.of(2, 3, 4, 5, 6, 8, 12, 16, 24, 32, 64);

    private static final ApproxDp BLOCK = new ApproxDp(3, 1e-6);
    private static final PrivateRegression.Settings SETTINGS = new PrivateRegression.Settings(0.02, 1.2, 1, 2);
    private static final int EPOCHS = 12;
    private static final int STEPS = 50;

    /** Where budget is asked for: a book in this process, or a router. */
    public interface Budget {
        ClaimView submit(ClaimRequest request);

        ClaimView consume(String claim, String key, Map<String, Cost> costs);

        ClaimView release(String claim);
    }

    /**
     * How it went.
     *
     * @param claimed epsilon at the block's delta, had all of it been used
     * @param spent epsilon of what was used
     */
    public record Result(
            String block, String claim, int epochs, double accuracy, double claimed, double spent, double delta) {}

    private Training() {}

    /** The block that the example trains on. */
    public static BlockSpec block(String id) {
        return new BlockSpec(id, "example", TimeWindow.ALWAYS, Map.of(), Cost.of(total()));
    }

    /** The block's whole budget. */
    static RenyiCurve total() {
        return RenyiCurve.tightBudget(ORDERS, BLOCK);
    }

    /** What a run of all epochs costs. */
    static RenyiCurve demand() {
        return step().times((long) EPOCHS * STEPS);
    }

    private static RenyiCurve step() {
        return new Mechanism.SampledGaussian(SETTINGS.rate(), SETTINGS.sigma()).curve(ORDERS);
    }

    /**
     * Trains on a block, and stops as soon as the model is good enough on people who are not in it.
     *
     * @param enough accuracy that is good enough
     * @param progress told each epoch
     * @param random a SecureRandom wherever the model protects someone
     * @throws IllegalStateException if the block does not have the budget
     */
    public static Result run(
            Budget budget, String block, String claim, double enough, RandomGenerator random, IntConsumer progress) {
        RenyiCurve step = step();
        RenyiCurve all = demand();
        ClaimView view = budget.submit(new ClaimRequest(
                claim,
                new Selector.Named(List.of(block)),
                Cost.of(all),
                1,
                Duration.ofMinutes(1),
                Duration.ofHours(1)));
        if (view.state() != ClaimState.ALLOCATED)
            throw new IllegalStateException("the claim is " + view.state() + ": " + block + " has too little left");
        int epoch = 0;
        double accuracy = 0;
        try {
            List<PrivateRegression.Example> people = PrivateRegression.madeUp(4000, 4, random);
            List<PrivateRegression.Example> others = PrivateRegression.madeUp(2000, 4, random);
            var model = new PrivateRegression(people, SETTINGS, random);
            while (epoch < EPOCHS && accuracy < enough) {
                // Paid before it is looked at: a run that dies here has paid for what it may have seen.
                budget.consume(claim, "epoch-" + epoch, Map.of(block, Cost.of(part(all))));
                for (int i = 0; i < STEPS; i++) model.step();
                accuracy = model.accuracy(others);
                progress.accept(++epoch);
            }
        } finally {
            budget.release(claim);
        }
        return new Result(
                block,
                claim,
                epoch,
                accuracy,
                all.toApproxDp(BLOCK.delta()).epsilon(),
                epoch == 0
                        ? 0
                        : step.times((long) epoch * STEPS)
                                .toApproxDp(BLOCK.delta())
                                .epsilon(),
                BLOCK.delta());
    }

    /** An equal part of the claim; a step of the ledger less, so that rounding up never asks for more than there is. */
    private static RenyiCurve part(RenyiCurve all) {
        return RenyiCurve.from(
                all.orders(), alpha -> Math.max(0, all.at(all.orders().indexOf(alpha)) / EPOCHS - 1e-9));
    }
}
