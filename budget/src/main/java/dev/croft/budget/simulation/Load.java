package dev.croft.budget.simulation;

import com.fasterxml.jackson.databind.JsonNode;
import dev.croft.budget.InvalidInputException;
import dev.croft.budget.InvalidInputException.Problem;
import dev.croft.budget.scheduling.Claim;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * A load to be simulated: blocks that appear over time, and mice and elephants that ask the newest of them for a little
 * or a lot. The same seed gives the same claims for every policy; with {@link Arrivals#POISSON} they are those of
 * PrivateKube's simulator under that seed, up to the last bit of a logarithm in the arrival times.
 *
 * @param seed not negative, below 2^32
 * @param duration in seconds
 * @param arrivals how claims arrive
 * @param interval mean seconds between claims
 * @param staticBlocks one block for ever; otherwise twelve at the start and one every {@code blockInterval} seconds
 * @param blockInterval seconds between blocks
 * @param miceBlocks blocks a mouse asks for; the newest ones
 * @param elephantBlocks blocks an elephant asks for
 * @param miceBlocksShare fraction of claims that are mice in blocks
 * @param miceEpsilon epsilon a mouse asks for on each block
 * @param elephantEpsilon epsilon an elephant asks for
 * @param miceEpsilonShare fraction of claims that are mice in epsilon
 * @param blockEpsilon a block's total
 * @param blockDelta a block's delta, for Rényi curves
 * @param renyi Gaussian mechanisms accounted by Rényi curves instead of basic composition
 * @param timeout seconds that a claim waits at most, 0 for ever
 * @param unusedDraws upper ends of the integers drawn for each claim and not used: the reference draws processors,
 *     memory and run time that budget scheduling does not look at
 * @param analysts how many share the claims, the k-th sending 1/k as many as the first; 0 if each claim is an analyst's only one
 * @param demands how epsilons lie between {@code miceEpsilon} and {@code elephantEpsilon}
 * @param heavyWeight weight of heavy claims; all others weigh 1
 * @param heavyShare fraction of claims that are heavy
 */
public record Load(
        long seed,
        double duration,
        Arrivals arrivals,
        double interval,
        boolean staticBlocks,
        double blockInterval,
        int miceBlocks,
        int elephantBlocks,
        double miceBlocksShare,
        double miceEpsilon,
        double elephantEpsilon,
        double miceEpsilonShare,
        double blockEpsilon,
        double blockDelta,
        boolean renyi,
        double timeout,
        List<Integer> unusedDraws,
        int analysts,
        Demands demands,
        double heavyWeight,
        double heavyShare) {

    /** How claims arrive. */
    public enum Arrivals {
        /** Independently, with exponential gaps. */
        POISSON,
        /** At equal distances. */
        EVEN,
        /** Ten at a time, the groups with exponential gaps. */
        BURSTS
    }

    /** How the epsilons that claims ask for are distributed. */
    public enum Demands {
        /** One of the two. */
        MICE_OR_ELEPHANT,
        /** Evenly between the two. */
        UNIFORM,
        /** Their logarithms evenly between the two. */
        LOG_UNIFORM
    }

    private static final int MAX_CLAIMS = 20_000_000;
    private static final int INITIAL_BLOCKS = 12;

    public Load {
        if (seed < 0 || seed >= 1L << 32) throw new InvalidInputException("seed", Problem.OUT_OF_RANGE, "" + seed);
        positive("duration", duration);
        positive("interval", interval);
        positive("block_interval", blockInterval);
        positive("mice_epsilon", miceEpsilon);
        positive("elephant_epsilon", elephantEpsilon);
        positive("block_epsilon", blockEpsilon);
        positive("block_delta", blockDelta);
        share("mice_blocks_share", miceBlocksShare);
        share("mice_epsilon_share", miceEpsilonShare);
        positive("heavy_weight", heavyWeight);
        share("heavy_share", heavyShare);
        if (miceBlocks < 1 || elephantBlocks < 1)
            throw new InvalidInputException("elephant_blocks", Problem.OUT_OF_RANGE, "at least one block");
        if (!(timeout >= 0)) throw new InvalidInputException("timeout", Problem.OUT_OF_RANGE, "" + timeout);
        if (duration / interval > MAX_CLAIMS)
            throw new InvalidInputException("interval", Problem.TOO_MANY, "more than " + MAX_CLAIMS + " claims");
        if (duration / blockInterval > 1_000_000)
            throw new InvalidInputException("block_interval", Problem.TOO_MANY, "more than a million blocks");
        if (analysts < 0 || analysts > 1_000_000)
            throw new InvalidInputException("analysts", Problem.OUT_OF_RANGE, "" + analysts);
        unusedDraws = List.copyOf(unusedDraws);
        for (int most : unusedDraws)
            if (most < 1) throw new InvalidInputException("unused_draws", Problem.OUT_OF_RANGE, most + " < 1");
    }

    /** The single-block microbenchmark of PrivateKube's paper. */
    public static Load singleBlock(boolean renyi) {
        return new Load(
                3345,
                renyi ? 34_289 : 236,
                Arrivals.POISSON,
                1,
                true,
                10,
                1,
                10,
                1,
                0.01,
                0.1,
                0.75,
                1,
                1e-6,
                renyi,
                300,
                List.of(1, 1, 1),
                0,
                Demands.MICE_OR_ELEPHANT,
                1,
                0);
    }

    /** The multi-block microbenchmark of PrivateKube's paper, without timeouts as in its released script. */
    public static Load multiBlock(boolean renyi) {
        return new Load(
                3345,
                300,
                Arrivals.POISSON,
                renyi ? 0.004264781 : 0.078125,
                false,
                10,
                1,
                10,
                0.75,
                0.01,
                0.1,
                0.75,
                1,
                1e-6,
                renyi,
                0,
                List.of(1, 3, 412),
                0,
                Demands.MICE_OR_ELEPHANT,
                1,
                0);
    }

    /**
     * Reads a load from a JSON file with the names of the components in snake case; what is not given is as in
     * {@link #multiBlock}. A {@code trace.json} of the reference, or a file with just its {@code config}, is read too.
     */
    public static Load read(Path file) throws IOException {
        return of(TraceReader.json(file));
    }

    /** The same from what was read already. */
    public static Load of(JsonNode json) {
        Load base = multiBlock(TraceReader.flag(json, "renyi", false));
        JsonNode config = json.has("config") ? json.get("config") : json;
        if (config.has("sim.duration")) return ofReference(config);
        var draws = new ArrayList<Integer>();
        if (json.has("unused_draws"))
            for (double most : TraceReader.numbers(json, "unused_draws")) draws.add((int) most);
        return new Load(
                (long) TraceReader.number(json, "seed", base.seed),
                TraceReader.number(json, "duration", base.duration),
                oneOf(Arrivals.class, "arrivals", json.path("arrivals").asText("POISSON")),
                TraceReader.number(json, "interval", base.interval),
                TraceReader.flag(json, "static_blocks", base.staticBlocks),
                TraceReader.number(json, "block_interval", base.blockInterval),
                (int) TraceReader.number(json, "mice_blocks", base.miceBlocks),
                (int) TraceReader.number(json, "elephant_blocks", base.elephantBlocks),
                TraceReader.number(json, "mice_blocks_share", base.miceBlocksShare),
                TraceReader.number(json, "mice_epsilon", base.miceEpsilon),
                TraceReader.number(json, "elephant_epsilon", base.elephantEpsilon),
                TraceReader.number(json, "mice_epsilon_share", base.miceEpsilonShare),
                TraceReader.number(json, "block_epsilon", base.blockEpsilon),
                TraceReader.number(json, "block_delta", base.blockDelta),
                base.renyi,
                TraceReader.number(json, "timeout", base.timeout),
                json.has("unused_draws") ? draws : base.unusedDraws,
                (int) TraceReader.number(json, "analysts", 0),
                oneOf(Demands.class, "demands", json.path("demands").asText("MICE_OR_ELEPHANT")),
                TraceReader.number(json, "heavy_weight", 1),
                TraceReader.number(json, "heavy_share", 0));
    }

    private static Load ofReference(JsonNode config) {
        boolean isStatic = TraceReader.flag(config, "resource_master.block.is_static", false);
        int gpus = (int) TraceReader.number(config, "task.demand.num_gpu.max", 1);
        int memory = (int) TraceReader.number(config, "task.demand.size_memory.max", 1);
        return new Load(
                (long) TraceReader.number(config, "sim.seed"),
                Double.parseDouble(config.path("sim.duration").asText("0").split(" ", 2)[0]),
                Arrivals.POISSON,
                TraceReader.number(config, "task.arrival_interval"),
                isStatic,
                TraceReader.number(config, "resource_master.block.arrival_interval"),
                (int) TraceReader.number(config, "task.demand.num_blocks.mice"),
                (int) TraceReader.number(config, "task.demand.num_blocks.elephant"),
                TraceReader.number(config, "task.demand.num_blocks.mice_percentage") / 100,
                TraceReader.number(config, "task.demand.epsilon.mice"),
                TraceReader.number(config, "task.demand.epsilon.elephant"),
                TraceReader.number(config, "task.demand.epsilon.mice_percentage") / 100,
                TraceReader.number(config, "resource_master.block.init_epsilon"),
                TraceReader.number(config, "resource_master.block.init_delta"),
                TraceReader.flag(config, "resource_master.dp_policy.is_rdp", false),
                TraceReader.flag(config, "task.timeout.enabled", false)
                        ? TraceReader.number(config, "task.timeout.interval")
                        : 0,
                List.of(1, gpus, memory),
                0,
                Demands.MICE_OR_ELEPHANT,
                1,
                0);
    }

    private static <E extends Enum<E>> E oneOf(Class<E> type, String field, String name) {
        try {
            return Enum.valueOf(type, name);
        } catch (IllegalArgumentException e) {
            throw new InvalidInputException(field, Problem.UNKNOWN, name);
        }
    }

    /** Draws the claims. */
    public Workload draw() {
        var random = new PythonRandom(seed);
        // What the reference does not have is drawn apart from what it has, so that its claims stay the same.
        var more = new SplittableRandom(seed);
        double[] ranks = new double[analysts];
        for (int i = 0; i < analysts; i++) ranks[i] = (i == 0 ? 0 : ranks[i - 1]) + 1.0 / (i + 1);
        var created = new ArrayList<Double>();
        if (staticBlocks) created.add(0.0);
        else for (int i = 0; i < INITIAL_BLOCKS; i++) created.add(0.0);
        if (!staticBlocks) for (double at = blockInterval; at < duration; at += blockInterval) created.add(at);
        double[] times = created.stream().mapToDouble(Double::doubleValue).toArray();
        var claims = new ArrayList<Claim>();
        var arrivalTimes = new ArrayList<Double>();
        Map<Long, int[]> ranges = new HashMap<>();
        int existing = 0;
        double now = 0;
        while (true) {
            now += switch (arrivals) {
                case POISSON -> random.exponential(1 / interval);
                case EVEN -> interval;
                case BURSTS -> claims.size() % 10 == 0 ? random.exponential(1 / (10 * interval)) : 0;
            };
            if (now >= duration) break;
            while (existing < times.length && times[existing] <= now) existing++;
            int asked = Math.min(random.either(miceBlocks, elephantBlocks, miceBlocksShare), existing);
            double epsilon =
                    random.either(miceEpsilon, elephantEpsilon, miceEpsilonShare) * random.uniform(0.9999999, 1);
            if (demands != Demands.MICE_OR_ELEPHANT) epsilon = between(more.nextDouble());
            for (int most : unusedDraws) random.upTo(most);
            int first = existing - asked;
            int[] blocks = ranges.computeIfAbsent((long) first << 32 | asked, k -> {
                var range = new int[asked];
                for (int i = 0; i < asked; i++) range[i] = first + i;
                return range;
            });
            double[] demand = renyi ? Trace.gaussian(epsilon) : new double[] {epsilon};
            int id = claims.size();
            double weight = heavyShare > 0 && more.nextDouble() < heavyShare ? heavyWeight : 1;
            claims.add(new Claim(
                    id,
                    blocks,
                    new double[][] {demand},
                    weight,
                    analysts == 0 ? id : analyst(ranks, more.nextDouble())));
            arrivalTimes.add(now);
        }
        return new Workload(
                duration,
                times,
                renyi ? Trace.curve(blockEpsilon, blockDelta) : new double[] {blockEpsilon},
                renyi,
                claims,
                arrivalTimes.stream().mapToDouble(Double::doubleValue).toArray(),
                timeout == 0 ? Double.POSITIVE_INFINITY : timeout,
                0.5 * interval,
                staticBlocks ? Double.POSITIVE_INFINITY : blockInterval * elephantBlocks * 1.01,
                1e-8);
    }

    private double between(double draw) {
        return demands == Demands.UNIFORM
                ? miceEpsilon + draw * (elephantEpsilon - miceEpsilon)
                : miceEpsilon * Math.pow(elephantEpsilon / miceEpsilon, draw);
    }

    private static int analyst(double[] ranks, double draw) {
        int at = Arrays.binarySearch(ranks, draw * ranks[ranks.length - 1]);
        return Math.min(at < 0 ? -at - 1 : at + 1, ranks.length - 1);
    }

    private static void positive(String field, double value) {
        if (!(value > 0 && value < Double.POSITIVE_INFINITY))
            throw new InvalidInputException(field, Problem.OUT_OF_RANGE, value + " is not above 0");
    }

    private static void share(String field, double value) {
        if (!(value >= 0 && value <= 1))
            throw new InvalidInputException(field, Problem.OUT_OF_RANGE, value + " is not in [0, 1]");
    }
}
