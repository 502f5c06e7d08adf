package dev.croft.budget.scheduling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.croft.budget.testing.Choices;
import dev.croft.budget.testing.Property;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What fairness between analysts beside DPack's efficiency promises. */
class BalanceTest {
    /** @param unlocked in tenths of the totals */
    private record Game(double[][] totals, int unlocked, int analysts, List<Claim> claims) {
        @Override
        public String toString() {
            return Arrays.deepToString(totals) + " " + unlocked + "/10 "
                    + claims.stream()
                            .map(c -> c.analyst() + ":" + c.block(0) + "+" + c.size() + Arrays.toString(c.demand(0)))
                            .toList();
        }

        Game with(Claim changed) {
            var all = new ArrayList<>(claims);
            all.set((int) changed.id(), changed);
            return new Game(totals, unlocked, analysts, all);
        }
    }

    private static final class Played implements Scheduler.Decisions {
        final List<Claim> granted = new ArrayList<>();
        final Batch batch;

        Played(Batch.Metric metric, Balance balance, Game game, int period) {
            batch = new Batch(metric, 10, period, balance, this);
            for (double[] total : game.totals) batch.addBlock(total);
            for (int b = 0; b < game.totals.length; b++) for (int i = 0; i < game.unlocked; i++) batch.unlock(b);
            game.claims.forEach(batch::add);
            batch.run();
        }

        @Override
        public void granted(Claim claim) {
            granted.add(claim);
        }

        @Override
        public void refused(Claim claim, Scheduler.Refused reason) {}

        Set<Long> ids() {
            var ids = new TreeSet<Long>();
            granted.forEach(claim -> ids.add(claim.id()));
            return ids;
        }
    }

    private static Played play(Balance balance, Game game) {
        return new Played(Batch.Metric.BALANCE, balance, game, 3);
    }

    @Test
    void withNothingButEfficiencyItIsDpack() {
        var efficient = new Balance(2, Double.POSITIVE_INFINITY);
        Property.forAll(
                1,
                800,
                c -> game(c, 16, 3, 3),
                game -> assertThat(play(efficient, game).granted)
                        .isEqualTo(new Played(Batch.Metric.DPACK, efficient, game, 3).granted));
    }

    @Test
    void noBlockIsOverspentAndNothingThatFitsIsLeftWaiting() {
        Property.forAll(2_000, 800, c -> game(c, 16, 3, 3), game -> {
            for (Balance balance : List.of(Balance.STANDARD, Balance.fair(0.5), Balance.fair(3))) {
                Played played = play(balance, game);
                Set<Long> granted = played.ids();
                assertThat(granted).hasSize(played.granted.size());
                for (int b = 0; b < game.totals.length; b++)
                    assertThat(Arrays.stream(played.batch.available(b)).max().orElse(-1))
                            .isGreaterThanOrEqualTo(-1e-12);
                for (Claim claim : game.claims)
                    if (!granted.contains(claim.id()))
                        assertThat(IntStream.range(0, claim.size()).allMatch(i -> fits(played.batch, claim, i)))
                                .as("claim %d waits", claim.id())
                                .isFalse();
            }
        });
    }

    private static boolean fits(Batch batch, Claim claim, int i) {
        double[] available = batch.available(claim.block(i));
        return IntStream.range(0, available.length).anyMatch(a -> available[a] - claim.demand(i)[a] > 1e-12);
    }

    /** Sharing incentive: a part of what is unlocked is safe from whatever others ask. */
    @Test
    void anAnalystWhoAsksForNoMoreThanTheirPartGetsAllOfIt() {
        Property.forAll(4_000, 1_500, BalanceTest::modest, game -> {
            Set<Long> granted = play(Balance.fair(2), game).ids();
            for (Claim claim : game.claims)
                if (claim.analyst() == 0) assertThat(granted).contains(claim.id());
        });
    }

    /** Sending more claims of one size does not bring more than the others have. */
    @Test
    void floodingDoesNotHelp() {
        Property.forAll(
                6_000,
                300,
                c -> {
                    int analysts = c.between(2, 5);
                    var claims = new ArrayList<Claim>();
                    for (int a = 0; a < analysts; a++)
                        for (int i = c.between(10, 40); i > 0; i--)
                            claims.add(claim(claims.size(), new int[] {0}, new double[][] {{0.1}}, a));
                    return new Game(new double[][] {{1 + c.unit()}}, 10, analysts, claims);
                },
                game -> {
                    for (Balance balance : List.of(Balance.fair(2), Balance.STANDARD)) {
                        Map<Long, Integer> counts = new HashMap<>();
                        for (Claim claim : play(balance, game).granted) counts.merge(claim.analyst(), 1, Integer::sum);
                        int most =
                                counts.values().stream().max(Integer::compare).orElseThrow();
                        assertThat(counts).hasSize(game.analysts);
                        assertThat(counts.values()).allMatch(count -> count >= most - 1);
                    }
                });
    }

    /** Strategy-proofness in amounts: nobody is granted by asking more than they need. */
    @Test
    void askingForMoreNeverHelps() {
        Property.forAll(8_000, 800, c -> ownGame(c, 10, 3), game -> {
            Set<Long> granted = play(Balance.fair(2), game).ids();
            for (Claim claim : game.claims) {
                if (granted.contains(claim.id())) continue;
                for (double factor : new double[] {1.01, 1.5, 3}) {
                    var more = new double[claim.size()][];
                    for (int i = 0; i < more.length; i++)
                        more[i] = Arrays.stream(claim.demand(i))
                                .map(d -> d * factor)
                                .toArray();
                    int[] blocks =
                            IntStream.range(0, claim.size()).map(claim::block).toArray();
                    Game lied = game.with(claim(claim.id(), blocks, more, claim.analyst()));
                    assertThat(play(Balance.fair(2), lied).ids()).doesNotContain(claim.id());
                }
            }
        });
    }

    /** The more efficiency counts, the more is granted, over many games; DPack is one end. */
    @Test
    void efficiencyAndFairnessAreTraded() {
        var granted = new int[3];
        var gap = new double[3];
        List<Balance> balances = List.of(Balance.fair(2), Balance.STANDARD, new Balance(2, Double.POSITIVE_INFINITY));
        Property.forAll(10_000, 400, BalanceTest::crowd, game -> {
            for (int i = 0; i < 3; i++) {
                Played played = play(balances.get(i), game);
                granted[i] += played.granted.size();
                gap[i] += gap(game, played.granted);
            }
        });
        assertThat(granted[0]).isLessThan(granted[1]);
        assertThat(granted[1]).isLessThanOrEqualTo(granted[2]);
        assertThat(gap[0]).isLessThan(gap[1]);
        assertThat(gap[1]).isLessThan(gap[2]);
    }

    /** How far the analysts' sums are apart. */
    private static double gap(Game game, List<Claim> granted) {
        var sums = new double[game.analysts];
        for (Claim claim : granted) sums[(int) claim.analyst()] += claim.demand(0)[0];
        return Arrays.stream(sums).max().orElse(0) - Arrays.stream(sums).min().orElse(0);
    }

    @ParameterizedTest
    @CsvSource({"0,1,beta", "1,1,beta", "NaN,1,beta", "-2,1,beta", "101,1,beta", "2,0.4,lambda", "2,NaN,lambda"})
    void aBalanceThatMakesNoSenseIsRefusedByItsField(double beta, double lambda, String field) {
        assertThatThrownBy(() -> new Balance(beta, lambda)).hasMessageStartingWith(field + ":");
    }

    private static Claim claim(long id, int[] blocks, double[][] demands, long analyst) {
        return new Claim(id, blocks, demands, 1, analyst);
    }

    private static Game game(Choices c, int most, int blocks, int orders) {
        return game(c, most, blocks, orders, c.between(1, 4));
    }

    private static Game game(Choices c, int most, int blocks, int orders, int analysts) {
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
            claims.add(claim(id, on, demands, c.between(0, analysts - 1)));
        }
        return new Game(totals, c.between(3, 10), analysts, claims);
    }

    /** Each claim is of an analyst of its own. */
    private static Game ownGame(Choices c, int most, int blocks) {
        Game game = game(c, most, blocks, 1, 1);
        var claims = new ArrayList<Claim>();
        for (Claim claim : game.claims) {
            var demands = new double[claim.size()][];
            for (int i = 0; i < demands.length; i++) demands[i] = claim.demand(i);
            int[] on = IntStream.range(0, claim.size()).map(claim::block).toArray();
            claims.add(claim(claim.id(), on, demands, claim.id()));
        }
        return new Game(game.totals, game.unlocked, claims.size(), claims);
    }

    /** Analyst 0 asks at most an equal part of every block; the others what they like. */
    private static Game modest(Choices c) {
        int analysts = c.between(2, 4);
        Game game = game(c, 16, 3, 1, analysts);
        var asked = new double[game.totals.length];
        var claims = new ArrayList<Claim>();
        for (Claim claim : game.claims) {
            boolean modest = claim.analyst() == 0;
            double[][] demands = new double[claim.size()][];
            for (int i = 0; i < demands.length; i++) {
                double part = game.totals[claim.block(i)][0] * game.unlocked / 10 / analysts * (1 - 1e-9);
                double left = part - asked[claim.block(i)];
                demands[i] = modest ? new double[] {Math.max(1e-9, left * (0.2 + 0.7 * c.unit()))} : claim.demand(i);
                if (modest) asked[claim.block(i)] += demands[i][0];
            }
            int[] on = IntStream.range(0, claim.size()).map(claim::block).toArray();
            claims.add(claim(claim.id(), on, demands, claim.analyst()));
        }
        return new Game(game.totals, game.unlocked, analysts, claims);
    }

    /** Two analysts with many claims of many sizes on one block, one of them with far smaller ones. */
    private static Game crowd(Choices c) {
        var claims = new ArrayList<Claim>();
        for (int id = 0; id < 40; id++) {
            int analyst = c.between(0, 1);
            double demand = (analyst == 0 ? 0.02 : 0.1) * (0.5 + c.unit());
            claims.add(claim(id, new int[] {0}, new double[][] {{demand}}, analyst));
        }
        return new Game(new double[][] {{1}}, 5, 2, claims);
    }
}
