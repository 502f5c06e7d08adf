package dev.croft.operator.decide;

import dev.croft.operator.resource.ClaimSpec;
import dev.croft.operator.resource.PrivacyBudget;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Operators that work on the same blocks, each convinced to be alone, and die between any two writes: what is stored is
 * right after every single write, and everything is answered in the end.
 */
@SuppressWarnings("NullAway") // A null here fails the test, as it should.
class CrashPropertyTest {
    @ParameterizedTest
    @CsvSource({"1, false", "1, true", "2, false", "2, true", "3, false"})
    void nothingIsOverspentOrLostWhoeverDiesWhen(int operators, boolean renyi) {
        int cases = Integer.getInteger("croft.cases", 120);
        long seed = Long.getLong("croft.seed", 20_261_121);
        for (int i = 0; i < cases; i++) {
            try {
                play(new SplittableRandom(seed + i), operators, renyi);
            } catch (RuntimeException | AssertionError e) {
                throw new AssertionError("fails with -Dcroft.seed=" + (seed + i), e);
            }
        }
    }

    private static final int NEWCOMER = 300;

    private static void play(SplittableRandom random, int count, boolean renyi) {
        var settings = new Settings(
                random.nextInt(5) == 0 ? Settings.Policy.FCFS : Settings.Policy.DPF_N,
                random.nextInt(1, 5),
                20_000,
                30_000,
                10_000,
                500,
                random.nextInt(2) * NEWCOMER);
        var cluster = new SimulatedCluster();
        var invariants = new Invariants(cluster);
        List<SimulatedOperator> operators = new ArrayList<>();
        for (int i = 0; i < count; i++) operators.add(new SimulatedOperator(cluster, settings, random.split()));
        int blocks = 0;
        int claims = 0;
        int steps = random.nextInt(20, 250);
        for (int step = 0; step < steps; step++) {
            int what = random.nextInt(100);
            if (what < 4 && blocks < 4 || blocks == 0) {
                cluster.create("b" + blocks, Samples.block(total(random, renyi), blocks++));
            } else if (what < 20 && claims < 12) {
                cluster.create("c" + claims++, claim(random, renyi, blocks));
            } else if (what < 24 && !cluster.claims.isEmpty()) {
                append(random, cluster, renyi);
            } else if (what < 26 && !cluster.claims.isEmpty()) {
                cluster.delete(any(random, cluster));
            } else if (what < 30) {
                operators.get(random.nextInt(count)).die();
            } else if (what < 33) {
                cluster.now += random.nextInt(1000);
            } else {
                operators.get(random.nextInt(count)).step();
                invariants.check();
            }
        }
        for (int i = 1; i < count; i++) operators.get(i).die();
        SimulatedOperator last = operators.getFirst();
        cluster.now += NEWCOMER;
        for (int round = 0; round < 3; round++) {
            for (int i = 0; last.step(); i++) {
                invariants.check();
                if (i > 5000) throw new AssertionError("does not come to rest");
            }
            invariants.checkAtRest();
            // Then time passes, and an operator that knows nothing of all this comes.
            cluster.now += 600;
            if (round == 1) last.die();
        }
    }

    private static String any(SplittableRandom random, SimulatedCluster cluster) {
        List<String> ids = List.copyOf(cluster.claims.keySet());
        return ids.get(random.nextInt(ids.size()));
    }

    private static PrivacyBudget total(SplittableRandom random, boolean renyi) {
        return renyi
                ? Samples.curve(2, random.nextInt(1, 8), 4, random.nextInt(1, 12))
                : PrivacyBudget.of(random.nextInt(1, 6), 1e-6);
    }

    private static PrivacyBudget demand(SplittableRandom random, boolean renyi) {
        double amount = random.nextInt(1, 16) / 10.0;
        return renyi
                ? Samples.curve(2, amount, 4, amount + random.nextInt(0, 20) / 10.0)
                : PrivacyBudget.of(amount, 1e-9);
    }

    private static ClaimSpec claim(SplittableRandom random, boolean renyi, int blocks) {
        int from = random.nextInt(blocks);
        var allocate = Samples.allocate(
                demand(random, renyi),
                from,
                from + random.nextInt(1, 4),
                random.nextInt(3) == 0 ? 700 : random.nextInt(2) == 0 ? -1 : 0);
        return switch (random.nextInt(5)) {
            case 0 -> Samples.claim(allocate, Samples.releaseAll());
            case 1 -> Samples.claim(allocate, consume(random, renyi), Samples.releaseAll());
            case 2 -> Samples.claim(allocate, consume(random, renyi));
            default -> Samples.claim(allocate);
        };
    }

    private static ClaimSpec.Request consume(SplittableRandom random, boolean renyi) {
        Map<String, PrivacyBudget> amounts = new HashMap<>();
        for (int b = 0; b < 4; b++)
            if (random.nextInt(3) > 0) amounts.put(SimulatedCluster.NAMESPACE + "/b" + b, demand(random, renyi));
        return Samples.consume(amounts.isEmpty() ? Map.of("x/y", demand(random, renyi)) : amounts);
    }

    private static void append(SplittableRandom random, SimulatedCluster cluster, boolean renyi) {
        String id = any(random, cluster);
        List<ClaimSpec.Request> requests =
                new ArrayList<>(cluster.claims.get(id).spec().requests());
        switch (random.nextInt(3)) {
            case 0 -> requests.add(Samples.releaseAll());
            case 1 -> requests.add(consume(random, renyi));
            default -> requests.add(Samples.allocate(demand(random, renyi), 0, 4, 0));
        }
        cluster.describe(id, new ClaimSpec(requests, null, null));
    }
}
