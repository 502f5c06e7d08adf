package dev.croft.budget.simulation;

import com.fasterxml.jackson.databind.JsonNode;
import dev.croft.budget.InvalidInputException;
import dev.croft.budget.InvalidInputException.Problem;
import dev.croft.budget.scheduling.Balance;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;

/**
 * One load under several policies, with a file for each run and figures across them.
 *
 * @param load what arrives; drawn once for all runs
 * @param runs policies with their parameter
 */
public record Simulation(Load load, List<Run> runs) {
    private static final int MOST_RUNS = 1_000;
    private static final int MOST_POINTS = 400;

    /**
     * A policy.
     *
     * @param value N or T, ignored by FCFS
     * @param balance for DPBALANCE alone
     */
    public record Run(Policy policy, double value, Balance balance) {
        /** Such as {@code dpf_n-100}. */
        public String name() {
            String name = policy.name().toLowerCase(Locale.ROOT);
            if (policy == Policy.FCFS) return name;
            name += "-" + plain(value);
            return policy == Policy.DPBALANCE && !balance.equals(Balance.STANDARD)
                    ? name + "-beta-" + plain(balance.beta()) + "-lambda-" + plain(balance.lambda())
                    : name;
        }

        private static String plain(double number) {
            return PythonFloat.repr(number).replaceAll("\\.0$", "");
        }

        Outcomes play(Workload workload) {
            return policy == Policy.DPBALANCE
                    ? Replay.pack(workload, policy, value, balance)
                    : Replay.play(workload, policy, value, null).outcomes();
        }
    }

    public Simulation {
        runs = List.copyOf(runs);
        if (runs.isEmpty()) throw new InvalidInputException("runs", Problem.EMPTY, "no policy to run");
        if (runs.size() > MOST_RUNS) throw new InvalidInputException("runs", Problem.TOO_MANY, "" + runs.size());
        for (Run run : runs)
            if (!(run.value > 0 && run.value < Double.POSITIVE_INFINITY))
                throw new InvalidInputException("runs.value", Problem.OUT_OF_RANGE, run.value + " is not above 0");
    }

    /**
     * Reads {@code load}, in the form of {@link Load#of}, and {@code runs}: a list of {@code policy} with a {@code value}
     * or a list of {@code values}, and for DPBALANCE {@code beta} and {@code lambda}.
     */
    public static Simulation of(JsonNode config) {
        JsonNode load = config.path("load");
        JsonNode list = config.path("runs");
        if (!load.isObject()) throw new InvalidInputException("load", Problem.MALFORMED, "an object is needed");
        if (!list.isArray()) throw new InvalidInputException("runs", Problem.MALFORMED, "a list is needed");
        config.fieldNames().forEachRemaining(field -> {
            if (!field.equals("load") && !field.equals("runs"))
                throw new InvalidInputException(field, Problem.UNKNOWN, "no such field");
        });
        var runs = new ArrayList<Run>();
        for (JsonNode one : list) {
            Policy policy = policy(one.path("policy").asText(""));
            var balance = new Balance(
                    TraceReader.number(one, "beta", Balance.STANDARD.beta()),
                    TraceReader.number(one, "lambda", Balance.STANDARD.lambda()));
            if (one.has("values"))
                for (double value : TraceReader.numbers(one, "values")) runs.add(new Run(policy, value, balance));
            else runs.add(new Run(policy, TraceReader.number(one, "value", policy == Policy.FCFS ? 1 : -1), balance));
        }
        return new Simulation(Load.of(load), runs);
    }

    private static Policy policy(String name) {
        for (Policy policy : Policy.values()) if (policy.name().equals(name)) return policy;
        throw new InvalidInputException("runs.policy", Problem.UNKNOWN, name);
    }

    private record Played(Run run, Outcomes outcomes, Sweep.Result result) {}

    /**
     * Makes all runs, on all processors, and writes into {@code folder}: {@code results.csv}; for each run
     * {@code claims-NAME.csv}, in the form of {@link Replay}; the same as Arrow files; and as SVG and PNG claims granted over time, the
     * distribution of delays, what is left of the blocks, and granted claims against the parameter.
     *
     * @param progress is told how many runs are done, from several threads
     */
    public List<Sweep.Result> run(Path folder, IntConsumer progress) throws IOException, InterruptedException {
        Files.createDirectories(folder);
        Workload workload = load.draw();
        List<Played> all = play(workload, progress);
        List<Sweep.Result> results = all.stream().map(Played::result).toList();
        try (Writer csv = Files.newBufferedWriter(folder.resolve("results.csv"))) {
            Sweep.write(results, csv);
        }
        Sweep.table(results).arrow(folder.resolve("results.arrow"));
        for (Played played : all) {
            Replay.table(played.outcomes).arrow(folder.resolve("claims-" + played.run.name() + ".arrow"));
            try (Writer csv = Files.newBufferedWriter(folder.resolve("claims-" + played.run.name() + ".csv"))) {
                Replay.write(played.outcomes, csv);
            }
        }
        draw(folder, "granted-over-time", "claims granted", "seconds", "claims", all, p -> granted(workload, p));
        draw(folder, "delay", "delay of granted claims", "seconds", "fraction", all, p -> delays(workload, p));
        draw(
                folder,
                "budget-left",
                "budget left at the end",
                "block, fullest first",
                "fraction",
                all,
                p -> left(workload, p));
        against(folder, all);
        return results;
    }

    private List<Played> play(Workload workload, IntConsumer progress) throws InterruptedException {
        var done = new AtomicInteger();
        int processors = Math.min(runs.size(), Runtime.getRuntime().availableProcessors());
        try (var executor = Executors.newFixedThreadPool(processors)) {
            var tasks = new ArrayList<Callable<Played>>();
            for (Run run : runs)
                tasks.add(() -> {
                    Outcomes outcomes = run.play(workload);
                    var point = new Sweep.Point(load, run.policy, run.value);
                    progress.accept(done.incrementAndGet());
                    return new Played(run, outcomes, Sweep.measure(point, workload, outcomes));
                });
            var all = new ArrayList<Played>();
            for (var future : executor.invokeAll(tasks)) all.add(future.get());
            return all;
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException cause) throw cause;
            throw new IllegalStateException(e.getCause());
        }
    }

    private interface Curve {
        /** Two arrays of one length: x, ascending, and y. */
        double[][] of(Played played);
    }

    private static void draw(Path folder, String file, String title, String x, String y, List<Played> all, Curve curve)
            throws IOException {
        new Figure(
                        title,
                        x,
                        y,
                        all.stream()
                                .map(played -> {
                                    double[][] points = thinned(curve.of(played));
                                    return new Figure.Series(played.run.name(), points[0], points[1]);
                                })
                                .toList())
                .write(folder, file);
    }

    /** Enough points for a picture. */
    private static double[][] thinned(double[][] points) {
        int count = points[0].length;
        if (count <= MOST_POINTS) return points;
        int[] kept = IntStream.range(0, MOST_POINTS)
                .map(i -> (int) ((long) i * (count - 1) / (MOST_POINTS - 1)))
                .toArray();
        var thinned = new double[2][];
        for (int axis = 0; axis < 2; axis++) {
            double[] values = points[axis];
            thinned[axis] = Arrays.stream(kept).mapToDouble(i -> values[i]).toArray();
        }
        return thinned;
    }

    private static double[][] granted(Workload workload, Played played) {
        Outcomes outcomes = played.outcomes;
        double[] times = IntStream.range(0, outcomes.size())
                .filter(i -> outcomes.outcome(i) == Outcomes.Outcome.GRANTED)
                .mapToDouble(outcomes::decidedAt)
                .sorted()
                .toArray();
        double[] x = Arrays.copyOf(times, times.length + 1);
        x[times.length] = Math.max(workload.duration(), times.length == 0 ? 0 : times[times.length - 1]);
        return new double[][] {
            x,
            IntStream.range(0, x.length)
                    .mapToDouble(i -> Math.min(i + 1, times.length))
                    .toArray()
        };
    }

    private static double[][] delays(Workload workload, Played played) {
        double[] delays = Sweep.delays(workload, played.outcomes);
        return new double[][] {
            delays,
            IntStream.range(0, delays.length)
                    .mapToDouble(i -> (i + 1.0) / delays.length)
                    .toArray()
        };
    }

    /** What share of each block's total nobody was granted; with Rényi orders at the order where most is left. */
    private static double[][] left(Workload workload, Played played) {
        double[] total = workload.blockTotal();
        var given = new double[workload.blockCreated().length][total.length];
        for (int id = 0; id < played.outcomes.size(); id++) {
            if (played.outcomes.outcome(id) != Outcomes.Outcome.GRANTED) continue;
            var claim = workload.claims().get(id);
            for (int b = 0; b < claim.size(); b++)
                for (int d = 0; d < total.length; d++) given[claim.block(b)][d] += claim.demand(b)[d];
        }
        double[] left = Arrays.stream(given)
                .mapToDouble(block -> IntStream.range(0, total.length)
                        .filter(d -> total[d] > 0)
                        .mapToDouble(d -> Math.max(0, 1 - block[d] / total[d]))
                        .max()
                        .orElse(0))
                .sorted()
                .toArray();
        double[] fullestFirst = IntStream.range(0, left.length)
                .mapToDouble(i -> left[left.length - 1 - i])
                .toArray();
        return new double[][] {
            IntStream.rangeClosed(1, left.length).asDoubleStream().toArray(), fullestFirst
        };
    }

    private static void against(Path folder, List<Played> all) throws IOException {
        var series = new ArrayList<Figure.Series>();
        for (Policy policy : Policy.values()) {
            List<Played> of = all.stream()
                    .filter(played -> played.run.policy == policy)
                    .sorted((a, b) -> Double.compare(a.run.value, b.run.value))
                    .toList();
            if (of.size() > 1)
                series.add(new Figure.Series(
                        policy.name(),
                        of.stream().mapToDouble(played -> played.run.value).toArray(),
                        of.stream()
                                .mapToDouble(played -> played.result.granted())
                                .toArray()));
        }
        if (!series.isEmpty())
            new Figure("claims granted", "N or T", "claims", series).write(folder, "granted-against-parameter");
    }
}
