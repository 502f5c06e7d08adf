package dev.croft.router.query;

import dev.croft.budget.BudgetException;
import dev.croft.budget.Epsilon;
import dev.croft.budget.noise.DiscreteLaplace;
import dev.croft.router.RouterException;
import java.math.BigInteger;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.random.RandomGenerator;

/** Every decision of a query, as functions of what is known. No effects, no clock, no randomness but what is given. */
final class QueryPlanner {

    /** Keeps a sum over every private cloud within 64 bits. */
    private static final long MOST_SENSITIVE = 1L << 40;

    /** Noise of this scale leaves 64 bits with a probability below exp(-9000). */
    private static final double WIDEST_SCALE = 1e15;

    private QueryPlanner() {}

    /**
     * What this router allows.
     *
     * @param minimumCohort fewest private clouds of any query
     * @param maxEpsilon most that one query may cost one person
     */
    record Policy(int minimumCohort, Epsilon maxEpsilon) {}

    /** What to do next. */
    sealed interface Decision {
        /** Goes on with these legs; the others are given back. */
        record Proceed(Set<Leg> run, Set<Leg> refund) implements Decision {}

        /** Gives everything back that can be. */
        record Abandon(String reason, Set<Leg> refund) implements Decision {}

        /** Charges those that answered, gives the rest back, and this is the answer. */
        record Settle(Set<Leg> commit, Set<Leg> refund, QueryAnswer answer) implements Decision {}
    }

    /**
     * Fixes epsilon and who takes part. Of each cell the sensitivity and code that most offers agree on is taken; those who differ are
     * left out, since noise scaled to another sensitivity would not protect them.
     *
     * @throws RouterException.Conflict when fewer than the minimum cohort would take part; how many is not told
     * @throws RouterException.Invalid when the price is above what this router allows
     */
    static QueryPlan plan(
            QueryRequest request,
            Map<Leg, PmPort.Offer> offers,
            List<Enrolment> asked,
            Policy policy,
            Instant expires) {
        int cohort = Math.max(policy.minimumCohort(), request.minimumCohort() == null ? 1 : request.minimumCohort());
        List<PmPort.Offer> agreed = new ArrayList<>();
        List<Enrolment> participants = new ArrayList<>(asked);
        for (int cell = 0; cell < request.cells().size(); cell++) {
            int at = cell;
            Map<PmPort.Offer, Integer> votes = new HashMap<>();
            for (Enrolment enrolment : asked) {
                PmPort.Offer offer = offers.get(new Leg(enrolment.cloudId(), at));
                if (offer != null && offer.sensitivity() >= 1 && offer.sensitivity() <= MOST_SENSITIVE) {
                    votes.merge(offer, 1, Integer::sum);
                }
            }
            PmPort.Offer most = votes.entrySet().stream()
                    .max(Map.Entry.<PmPort.Offer, Integer>comparingByValue()
                            .thenComparing(vote -> vote.getKey().digest())
                            .thenComparing(vote -> vote.getKey().sensitivity()))
                    .map(Map.Entry::getKey)
                    .orElseThrow(QueryPlanner::tooFew);
            agreed.add(most);
            participants.removeIf(enrolment -> !most.equals(offers.get(new Leg(enrolment.cloudId(), at))));
        }
        if (participants.size() < cohort) {
            throw tooFew();
        }
        participants.sort(Comparator.comparing(Enrolment::cloudId));
        List<QueryPlan.Cell> cells = new ArrayList<>();
        for (PmPort.Offer offer : agreed) {
            Epsilon epsilon = epsilon(request, offer.sensitivity());
            if (offer.sensitivity() / epsilon.toDouble() > WIDEST_SCALE) {
                throw new RouterException.Invalid("so small an epsilon would answer with nothing but noise");
            }
            cells.add(new QueryPlan.Cell(epsilon.nanos(), offer.sensitivity(), offer.digest()));
        }
        long participantsNanos = request.participantsEpsilon() == null
                ? 0
                : Epsilon.exactly(request.participantsEpsilon()).nanos();
        QueryPlan plan = new QueryPlan(cells, participantsNanos, cohort, participants, expires);
        Epsilon price;
        try {
            price = plan.price();
        } catch (BudgetException e) {
            throw new RouterException.Invalid("the price is above what can be paid");
        }
        if (price.compareTo(policy.maxEpsilon()) > 0) {
            throw new RouterException.Invalid(
                    "the query would cost " + price + " and this router allows " + policy.maxEpsilon() + " at most");
        }
        return plan;
    }

    private static RouterException.Conflict tooFew() {
        return new RouterException.Conflict("fewer private clouds than the minimum cohort would take part");
    }

    private static Epsilon epsilon(QueryRequest request, long sensitivity) {
        if (request.epsilon() != null) {
            return Epsilon.exactly(request.epsilon());
        }
        QueryRequest.Accuracy accuracy = Objects.requireNonNull(request.accuracy());
        try {
            return DiscreteLaplace.epsilonFor(accuracy.alpha(), accuracy.offset(), sensitivity);
        } catch (BudgetException e) {
            throw new RouterException.Invalid("no epsilon gives that accuracy");
        }
    }

    /** Every leg of a plan, in order. */
    static Set<Leg> legs(QueryPlan plan) {
        Set<Leg> legs = new TreeSet<>();
        for (Enrolment enrolment : plan.participants()) {
            for (int cell = 0; cell < plan.cells().size(); cell++) {
                legs.add(new Leg(enrolment.cloudId(), cell));
            }
        }
        return legs;
    }

    /**
     * After reservations were tried: a private cloud that did not reserve every cell is left out of all, and all of its legs are given
     * back, those without an answer too, since they may have been reserved.
     */
    static Decision afterReserve(QueryPlan plan, Map<Leg, Outcome<Void>> outcomes) {
        Set<Leg> all = legs(plan);
        Set<String> out = new HashSet<>();
        for (Leg leg : all) {
            if (!(outcomes.get(leg) instanceof Outcome.Done<Void>)) {
                out.add(leg.cloudId());
            }
        }
        Set<Leg> run = new TreeSet<>();
        Set<Leg> refund = new TreeSet<>();
        for (Leg leg : all) {
            (out.contains(leg.cloudId()) ? refund : run).add(leg);
        }
        if (plan.participants().size() - out.size() < plan.minimumCohort()) {
            return new Decision.Abandon("fewer private clouds than the minimum cohort could take part", all);
        }
        return new Decision.Proceed(run, refund);
    }

    /**
     * After the computations ran: sums up, adds noise and decides who is charged. A value that no honest computation gives is as good as
     * none. Without enough answers nothing is told, and everything is given back that was not paid when it answered.
     *
     * @param running the legs that were run
     * @param random a SecureRandom
     */
    static Decision afterRun(
            QueryRequest request,
            QueryPlan plan,
            Set<Leg> running,
            Map<Leg, Outcome<Long>> outcomes,
            RandomGenerator random) {
        Set<Leg> commit = new TreeSet<>();
        Set<Leg> refund = new TreeSet<>();
        Map<Integer, Long> sums = new TreeMap<>();
        Map<Integer, Integer> counts = new TreeMap<>();
        for (Leg leg : running) {
            long sensitivity = plan.cells().get(leg.cell()).sensitivity();
            if (outcomes.get(leg) instanceof Outcome.Done<Long>(Long value) && value >= 0 && value <= sensitivity) {
                commit.add(leg);
                sums.merge(leg.cell(), value, Math::addExact);
                counts.merge(leg.cell(), 1, Integer::sum);
            } else {
                refund.add(leg);
            }
        }
        for (int cell = 0; cell < plan.cells().size(); cell++) {
            if (counts.getOrDefault(cell, 0) < plan.minimumCohort()) {
                return new Decision.Abandon(
                        "fewer private clouds than the minimum cohort answered", new TreeSet<>(running));
            }
        }
        return new Decision.Settle(commit, refund, answer(request, plan, sums, counts.getOrDefault(0, 0), random));
    }

    private static QueryAnswer answer(
            QueryRequest request, QueryPlan plan, Map<Integer, Long> sums, int answered, RandomGenerator random) {
        double confidence = request.confidenceOrStandard();
        List<QueryAnswer.Cell> cells = new ArrayList<>();
        for (int at = 0; at < plan.cells().size(); at++) {
            QueryPlan.Cell cell = plan.cells().get(at);
            Epsilon epsilon = new Epsilon(cell.epsilonNanos());
            DiscreteLaplace noise = DiscreteLaplace.forBudget(epsilon, cell.sensitivity());
            long value = noisy(sums.getOrDefault(at, 0L), noise, random);
            long half = noise.halfWidth(confidence);
            cells.add(new QueryAnswer.Cell(
                    request.cells().get(at).label(), value, value - half, value + half, epsilon.toBigDecimal()));
        }
        QueryAnswer.Participants.Noisy participants = null;
        if (plan.participantsEpsilonNanos() > 0) {
            Epsilon epsilon = new Epsilon(plan.participantsEpsilonNanos());
            DiscreteLaplace noise = DiscreteLaplace.forBudget(epsilon, 1);
            long value = noisy(answered, noise, random);
            long half = noise.halfWidth(confidence);
            participants =
                    new QueryAnswer.Participants.Noisy(value, value - half, value + half, epsilon.toBigDecimal());
        }
        return new QueryAnswer(
                cells,
                new QueryAnswer.Participants(plan.minimumCohort(), participants),
                confidence,
                plan.price().toBigDecimal());
    }

    private static long noisy(long sum, DiscreteLaplace noise, RandomGenerator random) {
        return noise.sample(random).add(BigInteger.valueOf(sum)).longValueExact();
    }
}
