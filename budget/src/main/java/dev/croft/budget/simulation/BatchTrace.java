package dev.croft.budget.simulation;

import com.fasterxml.jackson.databind.JsonNode;
import dev.croft.budget.InvalidInputException;
import dev.croft.budget.InvalidInputException.Problem;
import dev.croft.budget.accounting.Orders;
import dev.croft.budget.scheduling.Balance;
import dev.croft.budget.scheduling.Batch;
import dev.croft.budget.scheduling.Claim;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A recorded workload of DPack's simulator, and its replay in batches. */
final class BatchTrace {
    private BatchTrace() {}

    /** DPack's folders declare their orders; PrivateKube's have them built in. */
    static boolean isOne(Path dir) throws IOException {
        return TraceReader.json(dir.resolve("trace.json")).has("alphas");
    }

    /** What a run of batches needs to know besides blocks and claims; times in seconds. */
    record Settings(
            Batch.Metric metric,
            int steps,
            double lifetime,
            double period,
            int recomputeEvery,
            double lastBatch,
            Balance balance) {}

    /** @param n steps, and {@code lifetime} seconds, in which a block unlocks; 0 for the recorded ones */
    static Outcomes replay(Path dir, Policy policy, double n, double lifetime) throws IOException {
        JsonNode trace = TraceReader.json(dir.resolve("trace.json"));
        Orders orders = Orders.of(TraceReader.numbers(trace, "alphas"));
        double epsilon = TraceReader.number(trace, "block_epsilon");
        double delta = TraceReader.number(trace, "block_delta");
        double[] total = Arrays.stream(orders.toArray())
                .map(alpha -> Math.max(epsilon + StrictMath.log(delta) / (alpha - 1), 0))
                .toArray();
        int initial = (int) TraceReader.number(trace, "initial_blocks");
        int most = (int) TraceReader.number(trace, "max_blocks");
        double interval = TraceReader.number(trace, "block_interval");
        if (most < 1 || most > 1_000_000)
            throw new InvalidInputException("max_blocks", Problem.OUT_OF_RANGE, "" + most);
        if (initial < 0) throw new InvalidInputException("initial_blocks", Problem.NEGATIVE, "" + initial);
        if (interval < 0) throw new InvalidInputException("block_interval", Problem.NEGATIVE, "" + interval);
        var created = new double[most];
        // The first block after the initial ones comes at once, too.
        for (int i = initial + 1; i < most; i++) created[i] = created[i - 1] + interval;
        var claims = new ArrayList<Claim>();
        List<TraceReader.Row> rows = TraceReader.csv(dir.resolve("claims.csv"));
        var arrivals = new double[rows.size()];
        for (TraceReader.Row row : rows) {
            int id = claims.size();
            if (row.integer("claim_id") != id)
                throw new InvalidInputException("claim_id", Problem.MALFORMED, "line " + row.line() + " is not " + id);
            arrivals[id] = TraceReader.arrival(row, id == 0 ? Double.NEGATIVE_INFINITY : arrivals[id - 1]);
            int[] blocks = blocks(row, created, arrivals[id]);
            claims.add(new Claim(id, blocks, new double[][] {demand(row, orders)}, 1, row.analyst(id)));
        }
        return play(total, created, claims, arrivals, settings(trace, policy, n, lifetime));
    }

    private static Settings settings(JsonNode trace, Policy policy, double n, double lifetime) {
        Batch.Metric metric = metric(policy);
        String recorded = switch (metric) {
            case FCFS -> "Fcfs";
            case DOMINANT_SHARES -> "DominantShares";
            // DPack's recorded run says how blocks unlock.
            case DPACK, BALANCE -> "ArgmaxKnapsack";
        };
        JsonNode run = null;
        for (JsonNode candidate : trace.path("runs"))
            if (run == null || recorded.equals(candidate.path("name").asText())) run = candidate;
        if (run == null) throw new InvalidInputException("runs", Problem.EMPTY, "no run recorded");
        double steps = n > 0 && metric != Batch.Metric.FCFS ? n : TraceReader.number(run, "n");
        if (steps != Math.rint(steps) || steps > 1e9)
            throw new InvalidInputException("n", Problem.OUT_OF_RANGE, steps + " is no number of steps");
        return new Settings(
                metric,
                (int) steps,
                lifetime > 0 && metric != Batch.Metric.FCFS ? lifetime : positive(run, "data_lifetime"),
                positive(run, "scheduling_wait_time"),
                (int) TraceReader.number(run, "metric_recomputation_period"),
                TraceReader.number(run, "last_batch_at"),
                Balance.STANDARD);
    }

    private static double positive(JsonNode run, String field) {
        double value = TraceReader.number(run, field);
        if (!(value > 0)) throw new InvalidInputException(field, Problem.OUT_OF_RANGE, value + " is not above 0");
        return value;
    }

    static Batch.Metric metric(Policy policy) {
        return switch (policy) {
            case FCFS -> Batch.Metric.FCFS;
            case DPF_N, DPF_T -> Batch.Metric.DOMINANT_SHARES;
            case DPACK -> Batch.Metric.DPACK;
            case DPBALANCE -> Batch.Metric.BALANCE;
            case RR_N, RR_T ->
                throw new InvalidInputException("policy", Problem.OUT_OF_RANGE, "round-robin has no batch form");
        };
    }

    /** The blocks in order of their creation, in whatever order they are listed. */
    private static int[] blocks(TraceReader.Row row, double[] created, double arrival) {
        String[] names = row.text("blocks").strip().split("\\s+", -1);
        var blocks = new int[names.length];
        for (int i = 0; i < blocks.length; i++) {
            try {
                blocks[i] = Integer.parseInt(names[i]);
            } catch (NumberFormatException e) {
                throw new InvalidInputException("blocks", Problem.MALFORMED, "in line " + row.line());
            }
            if (blocks[i] < 0 || blocks[i] >= created.length || created[blocks[i]] > arrival)
                throw new InvalidInputException("blocks", Problem.UNKNOWN, blocks[i] + " in line " + row.line());
        }
        Arrays.sort(blocks);
        for (int i = 1; i < blocks.length; i++)
            if (blocks[i] == blocks[i - 1])
                throw new InvalidInputException(
                        "blocks", Problem.MALFORMED, blocks[i] + " twice in line " + row.line());
        return blocks;
    }

    private static double[] demand(TraceReader.Row row, Orders orders) {
        String[] values = row.text("rdp_epsilons").strip().split("\\s+", -1);
        if (values.length != orders.size())
            throw new InvalidInputException(
                    "rdp_epsilons", Problem.MALFORMED, values.length + " values in line " + row.line());
        try {
            return Arrays.stream(values).mapToDouble(Double::parseDouble).toArray();
        } catch (NumberFormatException e) {
            throw new InvalidInputException("rdp_epsilons", Problem.MALFORMED, "in line " + row.line());
        }
    }

    /** Between batches blocks unlock and claims arrive; what happens at the very time of a batch comes after it. */
    static Outcomes play(double[] total, double[] created, List<Claim> claims, double[] arrivals, Settings settings) {
        var outcomes = new Outcomes(claims.size());
        var batch =
                new Batch(settings.metric(), settings.steps(), settings.recomputeEvery(), settings.balance(), outcomes);
        double step = settings.lifetime() / settings.steps();
        var nextUnlock = new double[created.length];
        int opened = 0;
        int arrived = 0;
        for (double now = settings.period(); now <= settings.lastBatch(); now += settings.period()) {
            for (; opened < created.length && created[opened] < now; opened++) {
                batch.addBlock(total);
                nextUnlock[opened] = created[opened] + step;
            }
            for (int block = 0; block < opened; block++)
                while (nextUnlock[block] < now) {
                    boolean more = batch.unlock(block);
                    nextUnlock[block] = more ? nextUnlock[block] + step : Double.POSITIVE_INFINITY;
                }
            for (; arrived < arrivals.length && arrivals[arrived] < now; arrived++) batch.add(claims.get(arrived));
            outcomes.at(now);
            batch.run();
        }
        return outcomes;
    }
}
