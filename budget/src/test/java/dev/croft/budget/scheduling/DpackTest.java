package dev.croft.budget.scheduling;

import static org.assertj.core.api.Assertions.assertThat;

import dev.croft.budget.testing.Choices;
import dev.croft.budget.testing.Property;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** DPack against its rules written down plainly, and against the best that any scheduler could do. */
class DpackTest {
    private record Instance(double[][] totals, List<Claim> claims, int period) {
        int orders() {
            return totals[0].length;
        }

        @Override
        public String toString() {
            return Arrays.deepToString(totals) + " claims "
                    + claims.stream()
                            .map(c -> c.block(0) + "+" + c.size() + Arrays.toString(c.demand(0)))
                            .toList();
        }
    }

    private record Grants(List<Long> ids) implements Scheduler.Decisions {
        @Override
        public void granted(Claim claim) {
            ids.add(claim.id());
        }

        @Override
        public void refused(Claim claim, Scheduler.Refused reason) {}
    }

    private static List<Long> dpack(Instance instance) {
        var grants = new Grants(new ArrayList<>());
        var batch = new Batch(Batch.Metric.DPACK, 1, instance.period, grants);
        for (double[] total : instance.totals) batch.addBlock(total);
        for (int b = 0; b < instance.totals.length; b++) batch.unlock(b);
        instance.claims.forEach(batch::add);
        batch.run();
        return grants.ids;
    }

    @Test
    void grantsWhatTheRulesSayInTheirOrder() {
        Property.forAll(
                1,
                1_500,
                c -> instance(c, 14, 4),
                instance -> assertThat(dpack(instance)).isEqualTo(plainly(instance)));
    }

    @Test
    void neverGrantsMoreThanTheOptimumAndUsuallyReachesIt() {
        var sums = new int[2];
        Property.forAll(50_000, 400, c -> instance(c, 10, 3), instance -> {
            int granted = dpack(instance).size();
            int optimum = optimum(instance);
            assertThat(granted).isLessThanOrEqualTo(optimum);
            sums[0] += granted;
            sums[1] += optimum;
        });
        assertThat((double) sums[0] / sums[1]).isGreaterThan(0.9);
    }

    @Test
    void reachesTheOptimumOnOneBlockWithOneOrder() {
        Property.forAll(
                90_000,
                400,
                c -> instance(c, 12, 1, 1),
                instance -> assertThat(dpack(instance)).hasSize(optimum(instance)));
    }

    /** The steps of the specification, nothing kept from one to the next. */
    private static List<Long> plainly(Instance instance) {
        var granted = new ArrayList<Long>();
        var waiting = new ArrayList<>(instance.claims);
        double[][] left = Arrays.stream(instance.totals).map(double[]::clone).toArray(double[][]::new);
        boolean again = true;
        while (again) {
            again = false;
            double[][] relevance = relevance(instance, waiting, left);
            var order = new ArrayList<>(waiting);
            order.sort(Comparator.comparingDouble((Claim c) -> -efficiency(c, relevance)));
            int count = 0;
            for (Claim claim : order) {
                if (!fits(claim, left)) continue;
                for (int i = 0; i < claim.size(); i++)
                    for (int a = 0; a < instance.orders(); a++) left[claim.block(i)][a] -= claim.demand(i)[a];
                granted.add(claim.id());
                waiting.remove(claim);
                if (++count == instance.period) {
                    again = true;
                    break;
                }
            }
        }
        return granted;
    }

    private static double[][] relevance(Instance instance, List<Claim> waiting, double[][] left) {
        var relevance = new double[left.length][instance.orders()];
        for (int b = 0; b < left.length; b++) {
            int block = b;
            var counts = new int[instance.orders()];
            for (int a = 0; a < counts.length; a++) {
                int order = a;
                double sum = 0;
                for (double demand : waiting.stream()
                        .flatMapToDouble(c -> IntStream.range(0, c.size())
                                .filter(i -> c.block(i) == block)
                                .mapToDouble(i -> c.demand(i)[order]))
                        .sorted()
                        .toArray())
                    if (left[b][a] > 0 && sum + demand <= left[b][a]) {
                        sum += demand;
                        counts[a]++;
                    }
            }
            int best = Arrays.stream(counts).max().orElse(0);
            for (int a = 0; a < counts.length; a++)
                if (counts[a] == best && left[b][a] > 0) relevance[b][a] = 1 / left[b][a];
        }
        return relevance;
    }

    private static double efficiency(Claim claim, double[][] relevance) {
        double cost = 0;
        for (int i = 0; i < claim.size(); i++)
            for (int a = 0; a < claim.demand(i).length; a++) cost += claim.demand(i)[a] * relevance[claim.block(i)][a];
        return cost > 0 ? 1 / cost : Double.POSITIVE_INFINITY;
    }

    private static boolean fits(Claim claim, double[][] left) {
        for (int i = 0; i < claim.size(); i++) {
            double[] demand = claim.demand(i);
            double[] there = left[claim.block(i)];
            if (IntStream.range(0, demand.length).noneMatch(a -> there[a] - demand[a] >= 0)) return false;
        }
        return true;
    }

    private static int optimum(Instance instance) {
        int best = 0;
        for (int subset = 0; subset < 1 << instance.claims.size(); subset++) {
            if (Integer.bitCount(subset) <= best) continue;
            var used = new double[instance.totals.length][instance.orders()];
            for (int id = 0; id < instance.claims.size(); id++) {
                if ((subset >> id & 1) == 0) continue;
                Claim claim = instance.claims.get(id);
                for (int i = 0; i < claim.size(); i++)
                    for (int a = 0; a < instance.orders(); a++) used[claim.block(i)][a] += claim.demand(i)[a];
            }
            boolean valid = true;
            for (int b = 0; b < used.length && valid; b++) {
                double[] there = used[b];
                double[] total = instance.totals[b];
                valid = IntStream.range(0, there.length).anyMatch(a -> there[a] <= total[a] * (1 + 1e-12));
            }
            if (valid) best = Integer.bitCount(subset);
        }
        return best;
    }

    private static Instance instance(Choices c, int most, int blocks) {
        return instance(c, most, blocks, 3);
    }

    /** Demands of any size, so that no two claims are equally efficient by chance. */
    private static Instance instance(Choices c, int most, int blocks, int orders) {
        var totals = new double[c.between(1, blocks)][c.between(1, orders)];
        for (double[] total : totals) for (int a = 0; a < total.length; a++) total[a] = 0.2 + c.unit();
        var claims = new ArrayList<Claim>();
        int count = c.between(1, most);
        for (int id = 0; id < count; id++) {
            int first = c.between(0, totals.length - 1);
            int[] on = IntStream.rangeClosed(first, c.between(first, totals.length - 1))
                    .toArray();
            var demands = new double[on.length][totals[0].length];
            for (double[] demand : demands)
                for (int a = 0; a < demand.length; a++) demand[a] = 0.001 + 0.6 * c.unit() * c.unit();
            claims.add(new Claim(id, on, demands, 1));
        }
        return new Instance(totals, claims, c.between(1, 4));
    }
}
