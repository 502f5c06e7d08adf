package dev.croft.budget.simulation;

import com.fasterxml.jackson.databind.JsonNode;
import dev.croft.budget.InvalidInputException;
import dev.croft.budget.InvalidInputException.Problem;
import dev.croft.budget.accounting.Orders;
import dev.croft.budget.scheduling.Claim;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Reads a recorded run of PrivateKube's simulator: {@code trace.json}, {@code runs.json} and {@code claims.csv[.gz]}. */
final class Trace {
    /** The delta that the reference gives every claim's Gaussian mechanism. */
    private static final double CLAIM_DELTA = 1e-9;

    private static final int MAX_BLOCKS = 1_000_000;

    private Trace() {}

    static Workload read(Path dir, Policy policy) throws IOException {
        JsonNode trace = TraceReader.json(dir.resolve("trace.json"));
        JsonNode config = trace.path("config");
        double[] created = TraceReader.numbers(trace, "block_created");
        if (created.length > MAX_BLOCKS)
            throw new InvalidInputException("block_created", Problem.TOO_MANY, "" + created.length);
        for (int i = 1; i < created.length; i++)
            if (!(created[i] >= created[i - 1]))
                throw new InvalidInputException("block_created", Problem.MALFORMED, "goes back at block " + i);
        boolean renyi = isRenyi(dir, config, policy);
        double epsilon = TraceReader.number(trace, "block_epsilon");
        double[] total = renyi ? curve(epsilon, TraceReader.number(trace, "block_delta")) : new double[] {epsilon};
        List<TraceReader.Row> rows = TraceReader.csv(dir.resolve("claims.csv"));
        var claims = new ArrayList<Claim>(rows.size());
        var arrivals = new double[rows.size()];
        Map<Long, int[]> ranges = new HashMap<>();
        for (TraceReader.Row row : rows) {
            int id = claims.size();
            if (row.integer("claim_id") != id)
                throw new InvalidInputException("claim_id", Problem.MALFORMED, "line " + row.line() + " is not " + id);
            arrivals[id] = TraceReader.arrival(row, id == 0 ? Double.NEGATIVE_INFINITY : arrivals[id - 1]);
            int[] blocks = range(ranges, row.integer("first_block"), row.integer("n_blocks"), created, arrivals[id]);
            double asked = row.number("epsilon");
            double[] demand = renyi ? gaussian(asked) : new double[] {asked};
            claims.add(new Claim(id, blocks, new double[][] {demand}, 1, row.analyst(id)));
        }
        boolean impatient = TraceReader.flag(trace, "timeout_enabled", false);
        double timeout = impatient ? TraceReader.number(trace, "timeout") : Double.POSITIVE_INFINITY;
        if (timeout < 0) throw new InvalidInputException("timeout", Problem.NEGATIVE, "" + timeout);
        boolean dynamic = TraceReader.flag(trace, "dynamic_blocks", true);
        double life =
                TraceReader.number(trace, "block_interval", 0) * TraceReader.number(trace, "blocks_elephant", 0) * 1.01;
        return new Workload(
                TraceReader.number(trace, "duration"),
                created,
                total,
                renyi,
                claims,
                arrivals,
                timeout,
                TraceReader.number(trace, "tick"),
                dynamic ? life : Double.POSITIVE_INFINITY,
                TraceReader.number(config, "sim.numerical_delta", 1e-8));
    }

    /** The runs that were recorded decide; without any of this policy the reference's configuration does. */
    private static boolean isRenyi(Path dir, JsonNode config, Policy policy) throws IOException {
        JsonNode runs = TraceReader.jsonIfPresent(dir.resolve("runs.json"));
        if (runs != null)
            for (JsonNode run : runs)
                if (policy.name().equals(run.path("policy").asText())
                        && run.path("is_rdp").isBoolean())
                    return run.path("is_rdp").booleanValue();
        JsonNode configured = config.path("resource_master.dp_policy.is_rdp");
        if (configured.isBoolean()) return configured.booleanValue();
        return runs != null && runs.path(0).path("is_rdp").asBoolean(false);
    }

    private static int[] range(Map<Long, int[]> known, int first, int count, double[] created, double arrival) {
        if (first < 0 || count < 1 || (long) first + count > created.length)
            throw new InvalidInputException("first_block", Problem.UNKNOWN, first + " and " + count + " from there");
        if (created[first + count - 1] > arrival)
            throw new InvalidInputException("first_block", Problem.UNKNOWN, "block is created after the claim arrives");
        return known.computeIfAbsent((long) first << 32 | count, key -> {
            var blocks = new int[count];
            for (int i = 0; i < count; i++) blocks[i] = first + i;
            return blocks;
        });
    }

    /** max(0, epsilon - ln(1/delta)/(alpha-1)), with the reference's order of operations. */
    static double[] curve(double epsilon, double delta) {
        double[] alphas = Orders.SIMULATOR.toArray();
        var total = new double[alphas.length];
        for (int i = 0; i < total.length; i++)
            total[i] = Math.max(0, epsilon - StrictMath.log(1 / delta) / (alphas[i] - 1));
        return total;
    }

    static double[] gaussian(double epsilon) {
        double[] alphas = Orders.SIMULATOR.toArray();
        double sigma = 1 / epsilon * Math.sqrt(2 * StrictMath.log(1.25 / CLAIM_DELTA));
        var demand = new double[alphas.length];
        for (int i = 0; i < demand.length; i++) demand[i] = alphas[i] / (2 * (sigma * sigma));
        return demand;
    }
}
