package dev.croft.budget.simulation;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;

/** Simulates many points of a figure, on all processors. */
public final class Sweep {
    private Sweep() {}

    /** A run to be made; the value is N or T, as in {@link Replay#run}. */
    public record Point(Load load, Policy policy, double nOrT) {}

    /**
     * What a run gave; delays are of granted claims, in seconds.
     *
     * @param fairViolations claims within the first N of all their blocks that asked for at most 1/N of them and were
     *     not granted on arrival; -1 for policies without N
     * @param grantedWeight sum of the weights of granted claims
     * @param analystFairness Jain's index of what analysts were granted in all, as shares of blocks: 1 if all the same, 1/n if one has
     *     all; -1 if every claim is an analyst's only one
     */
    public record Result(
            Point point,
            int claims,
            int granted,
            int refused,
            int waiting,
            double meanDelay,
            double p99Delay,
            double maxDelay,
            int fairViolations,
            double grantedWeight,
            double analystFairness) {}

    /**
     * Runs all points; results are in the order of the points whatever order they end in.
     *
     * @param progress is told how many are done, from several threads
     */
    public static List<Result> run(List<Point> points, IntConsumer progress) throws InterruptedException {
        var done = new AtomicInteger();
        int processors =
                Math.max(1, Math.min(points.size(), Runtime.getRuntime().availableProcessors()));
        try (var executor = Executors.newFixedThreadPool(processors)) {
            var tasks = new ArrayList<Callable<Result>>();
            for (Point point : points)
                tasks.add(() -> {
                    Result result = run(point);
                    progress.accept(done.incrementAndGet());
                    return result;
                });
            var results = new ArrayList<Result>();
            for (var future : executor.invokeAll(tasks)) results.add(future.get());
            return results;
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException cause) throw cause;
            throw new IllegalStateException(e.getCause());
        }
    }

    /** Runs one point. */
    public static Result run(Point point) {
        Workload workload = point.load.draw();
        return measure(
                point,
                workload,
                Replay.play(workload, point.policy, point.nOrT, null).outcomes());
    }

    /** What a run gave. */
    static Result measure(Point point, Workload workload, Outcomes outcomes) {
        double[] delays = delays(workload, outcomes);
        boolean byNumber = point.policy == Policy.DPF_N || point.policy == Policy.RR_N;
        return new Result(
                point,
                outcomes.size(),
                outcomes.granted(),
                outcomes.refused(),
                outcomes.waiting(),
                Arrays.stream(delays).average().orElse(0),
                delays.length == 0 ? 0 : delays[(int) Math.ceil(0.99 * delays.length) - 1],
                delays.length == 0 ? 0 : delays[delays.length - 1],
                byNumber ? fairViolations(workload, point.nOrT, outcomes) : -1,
                weight(workload, outcomes),
                point.load.analysts() == 0 ? -1 : analystFairness(workload, outcomes, point.load.analysts()));
    }

    private static double weight(Workload workload, Outcomes outcomes) {
        double sum = 0;
        for (int i = 0; i < outcomes.size(); i++)
            if (outcomes.outcome(i) == Outcomes.Outcome.GRANTED)
                sum += workload.claims().get(i).weight();
        return sum;
    }

    private static double analystFairness(Workload workload, Outcomes outcomes, int analysts) {
        var held = new double[analysts];
        for (int id = 0; id < outcomes.size(); id++) {
            if (outcomes.outcome(id) != Outcomes.Outcome.GRANTED) continue;
            var claim = workload.claims().get(id);
            for (int b = 0; b < claim.size(); b++) {
                double share = 0;
                for (int d = 0; d < workload.blockTotal().length; d++)
                    if (workload.blockTotal()[d] > 0)
                        share = Math.max(share, claim.demand(b)[d] / workload.blockTotal()[d]);
                held[(int) claim.analyst()] += share;
            }
        }
        double sum = Arrays.stream(held).sum();
        double squares = Arrays.stream(held).map(h -> h * h).sum();
        return squares == 0 ? 1 : sum * sum / (analysts * squares);
    }

    /** How long granted claims waited, ascending, in seconds. */
    static double[] delays(Workload workload, Outcomes outcomes) {
        var delays = new double[outcomes.granted()];
        int at = 0;
        for (int i = 0; i < outcomes.size(); i++)
            if (outcomes.outcome(i) == Outcomes.Outcome.GRANTED)
                delays[at++] = outcomes.decidedAt(i) - workload.arrivals()[i];
        Arrays.sort(delays);
        return delays;
    }

    private static int fairViolations(Workload workload, double n, Outcomes outcomes) {
        var arrived = new int[workload.blockCreated().length];
        int violations = 0;
        for (int id = 0; id < workload.claims().size(); id++) {
            var claim = workload.claims().get(id);
            double now = workload.arrivals()[id];
            boolean fair = true;
            for (int i = 0; i < claim.size(); i++) {
                fair &= ++arrived[claim.block(i)] <= n
                        && now < workload.blockCreated()[claim.block(i)] + workload.blockLife();
                for (int d = 0; d < workload.blockTotal().length; d++)
                    fair &= claim.demand(i)[d] <= workload.blockTotal()[d] / n;
            }
            boolean atOnce = outcomes.outcome(id) == Outcomes.Outcome.GRANTED && outcomes.decidedAt(id) == now;
            if (fair && !atOnce) violations++;
        }
        return violations;
    }

    /** One row per result. */
    public static void write(List<Result> results, Appendable csv) throws IOException {
        table(results).csv(csv);
    }

    static Table table(List<Result> results) {
        return new Table(results.size())
                .text("policy", i -> results.get(i).point.policy.name())
                .number("n_or_t", i -> results.get(i).point.nOrT)
                .text("renyi", i -> Boolean.toString(results.get(i).point.load.renyi()))
                .integer("seed", i -> results.get(i).point.load.seed())
                .number("mice_epsilon_share", i -> results.get(i).point.load.miceEpsilonShare())
                .number("mice_blocks_share", i -> results.get(i).point.load.miceBlocksShare())
                .integer("claims", i -> (long) results.get(i).claims)
                .integer("granted", i -> (long) results.get(i).granted)
                .integer("refused", i -> (long) results.get(i).refused)
                .integer("waiting", i -> (long) results.get(i).waiting)
                .number("mean_delay_s", i -> results.get(i).meanDelay)
                .number("p99_delay_s", i -> results.get(i).p99Delay)
                .number("max_delay_s", i -> results.get(i).maxDelay)
                .integer(
                        "fair_violations",
                        i -> results.get(i).fairViolations < 0 ? null : (long) results.get(i).fairViolations)
                .number("granted_weight", i -> results.get(i).grantedWeight)
                .number(
                        "analyst_fairness",
                        i -> results.get(i).analystFairness < 0 ? null : results.get(i).analystFairness);
    }
}
