package dev.croft.router.query;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.croft.budget.Epsilon;
import dev.croft.router.RouterException;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.bson.BsonDocument;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class QueryPlannerTest {

    private static final Instant LATER = Instant.parse("2026-11-21T09:00:00Z");
    private static final QueryPlanner.Policy POLICY = new QueryPlanner.Policy(3, Epsilon.parse("10"));

    private static List<Enrolment> people(int n) {
        return IntStream.range(0, n)
                .mapToObj(i -> new Enrolment(String.format("%032x", i), "grant-" + i))
                .toList();
    }

    private static Map<Leg, PmPort.Offer> offers(List<Enrolment> people, int cells, long sensitivity) {
        Map<Leg, PmPort.Offer> offers = new HashMap<>();
        for (Enrolment person : people) {
            for (int cell = 0; cell < cells; cell++) {
                offers.put(new Leg(person.cloudId(), cell), new PmPort.Offer(sensitivity, "code"));
            }
        }
        return offers;
    }

    private static QueryRequest request(
            int cells, QueryRequest.@Nullable Accuracy accuracy, @Nullable String epsilon, @Nullable Integer cohort) {
        return new QueryRequest(
                "metrics",
                IntStream.range(0, cells)
                        .mapToObj(i -> new QueryRequest.Cell("mode " + i, new BsonDocument()))
                        .toList(),
                null,
                accuracy,
                epsilon == null ? null : new BigDecimal(epsilon),
                null,
                cohort,
                null);
    }

    @Test
    void everyModeAskedForIsPaidFor() {
        QueryPlan plan =
                QueryPlanner.plan(request(4, null, "0.25", null), offers(people(5), 4, 100), people(5), POLICY, LATER);
        assertThat(plan.price()).isEqualTo(Epsilon.parse("1"));
        assertThat(plan.participants()).hasSize(5);
    }

    @Test
    void epsilonFollowsFromTheAccuracyAndTheRealSensitivity() {
        QueryRequest.Accuracy accuracy = new QueryRequest.Accuracy(0.05, 1000);
        double one = QueryPlanner.plan(
                        request(1, accuracy, null, null), offers(people(5), 1, 1), people(5), POLICY, LATER)
                .price()
                .toDouble();
        double hundred = QueryPlanner.plan(
                        request(1, accuracy, null, null), offers(people(5), 1, 100), people(5), POLICY, LATER)
                .price()
                .toDouble();
        assertThat(one).isCloseTo(Math.log(20) / 1000, within(1e-4));
        assertThat(hundred / one).isCloseTo(100, within(0.5));
    }

    @Test
    void theMinimumCohortOfTheRouterCannotBeUndercut() {
        assertThatThrownBy(() ->
                        QueryPlanner.plan(request(1, null, "1", 1), offers(people(2), 1, 1), people(2), POLICY, LATER))
                .isInstanceOf(RouterException.Conflict.class)
                .message()
                .doesNotContain("2");
        assertThatThrownBy(() ->
                        QueryPlanner.plan(request(1, null, "1", 9), offers(people(5), 1, 1), people(5), POLICY, LATER))
                .isInstanceOf(RouterException.Conflict.class);
    }

    @Test
    void whoeverStatesAnotherSensitivityOrRunsOtherCodeIsLeftOut() {
        Map<Leg, PmPort.Offer> offers = offers(people(6), 2, 10);
        offers.put(new Leg(people(6).get(0).cloudId(), 1), new PmPort.Offer(1_000_000, "code"));
        offers.put(new Leg(people(6).get(1).cloudId(), 0), new PmPort.Offer(10, "other code"));
        offers.remove(new Leg(people(6).get(2).cloudId(), 0));
        QueryPlan plan = QueryPlanner.plan(request(2, null, "1", null), offers, people(6), POLICY, LATER);
        assertThat(plan.participants()).isEqualTo(people(6).subList(3, 6));
        assertThat(plan.cells()).allMatch(cell -> cell.sensitivity() == 10);
    }

    @Test
    void aPriceAboveTheRoutersLimitIsRefused() {
        assertThatThrownBy(() -> QueryPlanner.plan(
                        request(3, null, "4", null), offers(people(5), 3, 1), people(5), POLICY, LATER))
                .isInstanceOf(RouterException.Invalid.class)
                .hasMessageContaining("12");
    }

    @Test
    void accuracyAndEpsilonAreValidated() {
        for (double alpha : new double[] {0, 1, -1, 2, Double.NaN}) {
            assertThatThrownBy(() -> request(1, new QueryRequest.Accuracy(alpha, 10), null, null))
                    .isInstanceOf(RouterException.Invalid.class);
        }
        for (double offset : new double[] {-1, Double.NaN, Double.POSITIVE_INFINITY, 1e16}) {
            assertThatThrownBy(() -> request(1, new QueryRequest.Accuracy(0.1, offset), null, null))
                    .isInstanceOf(RouterException.Invalid.class);
        }
        for (String epsilon : List.of("0", "-1", "0.0000000001", "1e999999999", "1e-999999999")) {
            assertThatThrownBy(() -> request(1, null, epsilon, null)).isInstanceOf(RouterException.Invalid.class);
        }
        assertThatThrownBy(() -> request(1, null, null, null)).isInstanceOf(RouterException.Invalid.class);
        assertThatThrownBy(() -> request(1, new QueryRequest.Accuracy(0.1, 10), "1", null))
                .isInstanceOf(RouterException.Invalid.class);
        assertThatThrownBy(() -> request(0, null, "1", null)).isInstanceOf(RouterException.Invalid.class);
    }

    @Test
    void aValueThatNoHonestComputationGivesIsNotSummed() {
        QueryPlan plan =
                QueryPlanner.plan(request(1, null, "10", null), offers(people(5), 1, 1), people(5), POLICY, LATER);
        Map<Leg, Outcome<Long>> outcomes = new HashMap<>();
        long[] values = {1, 1, 1, 1_000_000_000, -5};
        for (int i = 0; i < 5; i++) {
            outcomes.put(new Leg(people(5).get(i).cloudId(), 0), new Outcome.Done<>(values[i]));
        }
        Set<Leg> running = QueryPlanner.legs(plan);
        QueryPlanner.Decision.Settle settle = (QueryPlanner.Decision.Settle)
                QueryPlanner.afterRun(request(1, null, "10", null), plan, running, outcomes, new Random(1));
        assertThat(settle.commit()).hasSize(3);
        assertThat(settle.refund()).hasSize(2);
        assertThat(settle.answer().cells().getFirst().value()).isBetween(-10L, 16L);
    }

    @Test
    void theStatedIntervalHoldsTheTrueSumAsOftenAsItSays() {
        QueryRequest request = request(1, null, "0.1", null);
        QueryPlan plan = QueryPlanner.plan(request, offers(people(5), 1, 7), people(5), POLICY, LATER);
        Map<Leg, Outcome<Long>> outcomes = new HashMap<>();
        QueryPlanner.legs(plan).forEach(leg -> outcomes.put(leg, new Outcome.Done<>(7L)));
        Random random = new Random(42);
        int within = 0;
        int runs = 4000;
        for (int i = 0; i < runs; i++) {
            QueryPlanner.Decision.Settle settle = (QueryPlanner.Decision.Settle)
                    QueryPlanner.afterRun(request, plan, QueryPlanner.legs(plan), outcomes, random);
            QueryAnswer.Cell cell = settle.answer().cells().getFirst();
            within += cell.low() <= 35 && 35 <= cell.high() ? 1 : 0;
        }
        assertThat(within / (double) runs).isBetween(0.935, 0.968);
    }
}
