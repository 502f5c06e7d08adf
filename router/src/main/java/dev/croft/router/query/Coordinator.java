package dev.croft.router.query;

import dev.croft.budget.Epsilon;
import dev.croft.router.RouterException;
import dev.croft.router.query.QueryPlanner.Decision;
import dev.croft.router.registry.QueryJournal;
import dev.croft.router.registry.QueryJournal.Settlement;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs queries across private clouds. Each step is written to the journal before it is taken, and taken again after a crash: every call
 * to a permission manager is idempotent for its leg. So no reservation is left hanging and nobody is charged twice. People's answers
 * and their true sum exist only in this process's memory, between the runs and the noise.
 *
 * <p>Thread-safe. {@link #resume} must be called once before anything is asked.
 */
public final class Coordinator implements AutoCloseable {

    /** How long reservations live that are not run. */
    static final Duration RESERVED = Duration.ofMinutes(10);

    private static final Logger LOG = LoggerFactory.getLogger(Coordinator.class);
    private static final Duration RETRY = Duration.ofSeconds(5);
    private static final Duration LONGEST_WAIT = Duration.ofHours(1);
    private static final int TRIES = 3;

    private final QueryJournal journal;
    private final PmPort managers;
    private final ParticipantBudget budget;
    private final QueryPlanner.Policy policy;
    private final Clock clock;
    private final SecureRandom random = new SecureRandom();
    private final Semaphore atOnce;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final Set<String> driven = ConcurrentHashMap.newKeySet();
    private final Map<String, Instant> lastTried = new ConcurrentHashMap<>();
    private final ScheduledExecutorService timer =
            Executors.newSingleThreadScheduledExecutor(Thread.ofVirtual().factory());

    /**
     * Limits of this coordinator.
     *
     * @param minimumCohort fewest private clouds of any query
     * @param maxEpsilon most that one query may cost one person
     * @param parallel calls to permission managers at once, over all queries
     */
    public record Limits(int minimumCohort, Epsilon maxEpsilon, int parallel) {
        public static final Limits STANDARD = new Limits(5, Epsilon.parse("10"), 64);
    }

    /** @param budget where each query is paid for before it begins, beside what the private clouds' own ledgers say */
    public Coordinator(QueryJournal journal, PmPort managers, ParticipantBudget budget, Limits limits, Clock clock) {
        this.journal = journal;
        this.managers = managers;
        this.budget = budget;
        this.policy = new QueryPlanner.Policy(limits.minimumCohort(), limits.maxEpsilon());
        this.atOnce = new Semaphore(limits.parallel(), true);
        this.clock = clock;
    }

    /** Goes on with what a crash or a stop left open, in the background, and keeps trying what could not be settled. */
    public void resume() {
        timer.scheduleWithFixedDelay(this::driveOpen, 0, RETRY.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void driveOpen() {
        try {
            Instant now = clock.instant();
            for (QueryJournal.Entry entry : journal.open()) {
                // The longer a permission manager has not answered, the longer the wait, up to an hour.
                Duration wait = Duration.between(entry.changed(), now).dividedBy(4);
                Instant tried = lastTried.get(entry.id());
                if (tried == null
                        || !now.isBefore(tried.plus(wait.compareTo(LONGEST_WAIT) < 0 ? wait : LONGEST_WAIT))) {
                    lastTried.put(entry.id(), now);
                    threads.submit(() -> drive(entry.id()));
                }
            }
        } catch (RuntimeException e) {
            LOG.warn("open queries cannot be read: {}", e.toString());
        }
    }

    /**
     * What a query would cost each person. Nobody's data are looked at and nothing is reserved.
     *
     * @throws RouterException.Conflict when fewer than the minimum cohort would take part
     */
    public QueryPlan offer(QueryRequest request) {
        return plan(request, UUID.randomUUID().toString());
    }

    /** Begins a query and returns its id; {@link #drive} or the background goes on with it. */
    public String begin(String accountId, QueryRequest request) {
        String id = UUID.randomUUID().toString();
        journal.begin(id, accountId, QueryJson.write(request));
        threads.submit(() -> drive(id));
        return id;
    }

    /**
     * Takes a query as far as it goes: to its end, or until only legs are open whose permission manager does not answer. One thread
     * drives a query at a time; for any other this returns at once.
     */
    void drive(String id) {
        if (!driven.add(id)) {
            return;
        }
        try {
            QueryJournal.State before = null;
            while (true) {
                QueryJournal.Entry entry = journal.find(id).orElseThrow();
                if (entry.state() == before) {
                    return;
                }
                before = entry.state();
                switch (entry.state()) {
                    case OFFERING -> reserveOrRefuse(entry);
                    case RESERVING -> reserve(entry);
                    case RUNNING -> run(entry);
                    case SETTLING, ABANDONING -> settle(entry);
                    case ANSWERED, FAILED -> {
                        return;
                    }
                }
            }
        } catch (RuntimeException e) {
            LOG.warn("query {} waits to be taken up again: {}", id, e.toString());
        } finally {
            driven.remove(id);
        }
    }

    private QueryPlan plan(QueryRequest request, String id) {
        List<Enrolment> asked = managers.enrolled(request.computation());
        if (request.clouds() != null) {
            Set<String> chosen = new HashSet<>(request.clouds());
            asked = asked.stream()
                    .filter(enrolment -> chosen.contains(enrolment.cloudId()))
                    .toList();
        }
        Instant expires = clock.instant().plus(RESERVED);
        // Before epsilon is fixed the offers are only asked for the sensitivity, at the smallest price there is.
        long price = request.epsilon() == null
                ? 1
                : Epsilon.exactly(request.epsilon()).nanos();
        Map<Leg, PmPort.Ask> asks = new TreeMap<>();
        for (Enrolment enrolment : asked) {
            for (int cell = 0; cell < request.cells().size(); cell++) {
                Leg leg = new Leg(enrolment.cloudId(), cell);
                asks.put(leg, ask(request, enrolment, id, cell, price, expires));
            }
        }
        Map<Leg, PmPort.Offer> offers = new TreeMap<>();
        parallel(asks, managers::offer).forEach((leg, outcome) -> {
            if (outcome instanceof Outcome.Done<PmPort.Offer>(PmPort.Offer offer)) {
                offers.put(leg, offer);
            }
        });
        return QueryPlanner.plan(request, offers, asked, policy, expires);
    }

    private void reserveOrRefuse(QueryJournal.Entry entry) {
        QueryPlan plan;
        try {
            plan = plan(request(entry), entry.id());
        } catch (RouterException.Conflict | RouterException.Invalid e) {
            journal.refused(entry.id(), String.valueOf(e.getMessage()));
            return;
        }
        journal.reserving(entry.id(), QueryJson.write(plan), QueryPlanner.legs(plan));
    }

    private void reserve(QueryJournal.Entry entry) {
        QueryPlan plan = planOf(entry);
        if (tooLate(plan)) {
            journal.abandoning(entry.id(), "it was interrupted for too long");
            return;
        }
        if (!budget.allocate(entry.id(), paid(plan, QueryPlanner.legs(plan)))) {
            journal.abandoning(entry.id(), "the budget that this router allows for a private cloud does not suffice");
            return;
        }
        Map<Leg, Outcome<Void>> outcomes = parallel(asks(entry, plan, QueryPlanner.legs(plan)), managers::reserve);
        switch (QueryPlanner.afterReserve(plan, outcomes)) {
            case Decision.Proceed proceed -> journal.running(entry.id(), proceed.refund());
            case Decision.Abandon abandon -> journal.abandoning(entry.id(), abandon.reason());
            case Decision.Settle settle -> throw new IllegalStateException("settled before it ran: " + settle);
        }
    }

    private void run(QueryJournal.Entry entry) {
        QueryPlan plan = planOf(entry);
        if (tooLate(plan)) {
            journal.abandoning(entry.id(), "it was interrupted for too long");
            return;
        }
        Set<Leg> running = legs(entry.id(), Settlement.RESERVING);
        Map<Leg, Outcome<Long>> outcomes = parallel(asks(entry, plan, running), managers::run);
        switch (QueryPlanner.afterRun(request(entry), plan, running, outcomes, random)) {
            case Decision.Settle settle ->
                journal.settling(entry.id(), settle.commit(), settle.refund(), QueryJson.write(settle.answer()));
            case Decision.Abandon abandon -> journal.abandoning(entry.id(), abandon.reason());
            case Decision.Proceed proceed -> throw new IllegalStateException("ran already: " + proceed);
        }
    }

    private void settle(QueryJournal.Entry entry) {
        QueryPlan plan = planOf(entry);
        Set<Leg> commit = legs(entry.id(), Settlement.COMMITTING);
        Set<Leg> refund = legs(entry.id(), Settlement.REFUNDING);
        Map<Leg, PmPort.Ask> asks = asks(entry, plan, commit);
        asks.putAll(asks(entry, plan, refund));
        boolean expired = clock.instant().isAfter(plan.expires().plus(Duration.ofMinutes(1)));
        Map<Leg, Boolean> settled = each(asks, (leg, ask) -> {
            Outcome<PmPort.Settled> outcome = commit.contains(leg) ? managers.commit(ask) : managers.refund(ask);
            Settlement end = switch (outcome) {
                case Outcome.Done<PmPort.Settled>(PmPort.Settled how) ->
                    how == PmPort.Settled.COMMITTED ? Settlement.COMMITTED : Settlement.REFUNDED;
                // Its private cloud or grant is gone: whatever it held has fallen back by then.
                case Outcome.Refused<PmPort.Settled> _
                when expired -> commit.contains(leg) ? Settlement.COMMITTED : Settlement.REFUNDED;
                case Outcome.Refused<PmPort.Settled> _, Outcome.Unreachable<PmPort.Settled> _ -> null;
            };
            if (end != null) {
                journal.settled(entry.id(), leg, end);
            }
            return end != null;
        });
        if (!settled.containsValue(false)) {
            budget.settle(entry.id(), paid(plan, legs(entry.id(), Settlement.COMMITTED)));
            journal.finish(entry.id());
            lastTried.remove(entry.id());
        }
    }

    /** What these legs cost, by private cloud. */
    private static Map<String, Epsilon> paid(QueryPlan plan, Collection<Leg> legs) {
        Map<String, Epsilon> prices = new TreeMap<>();
        for (Leg leg : legs) {
            prices.merge(leg.cloudId(), new Epsilon(plan.legPrice(leg.cell())), Epsilon::plus);
        }
        return prices;
    }

    private boolean tooLate(QueryPlan plan) {
        return clock.instant().isAfter(plan.expires().minus(Duration.ofMinutes(1)));
    }

    private Set<Leg> legs(String id, Settlement state) {
        return journal.legs(id).entrySet().stream()
                .filter(leg -> leg.getValue() == state)
                .map(Map.Entry::getKey)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static QueryRequest request(QueryJournal.Entry entry) {
        return QueryJson.read(entry.request(), QueryRequest.class);
    }

    private static QueryPlan planOf(QueryJournal.Entry entry) {
        String plan = entry.plan();
        if (plan == null) {
            throw new IllegalStateException("query " + entry.id() + " has no plan in state " + entry.state());
        }
        return QueryJson.read(plan, QueryPlan.class);
    }

    private static PmPort.Ask ask(
            QueryRequest request, Enrolment enrolment, String id, int cell, long nanos, Instant expires) {
        return new PmPort.Ask(
                enrolment,
                id + "-" + cell,
                request.computation(),
                request.cells().get(cell).params(),
                nanos,
                expires);
    }

    private static Map<Leg, PmPort.Ask> asks(QueryJournal.Entry entry, QueryPlan plan, Collection<Leg> legs) {
        QueryRequest request = request(entry);
        Map<String, Enrolment> enrolments =
                plan.participants().stream().collect(Collectors.toMap(Enrolment::cloudId, Function.identity()));
        Map<Leg, PmPort.Ask> asks = new TreeMap<>();
        for (Leg leg : legs) {
            Enrolment enrolment = Objects.requireNonNull(enrolments.get(leg.cloudId()));
            asks.put(leg, ask(request, enrolment, entry.id(), leg.cell(), plan.legPrice(leg.cell()), plan.expires()));
        }
        return asks;
    }

    /** Asks all at once, within the bound, each one again a few times while its permission manager does not answer. */
    private <T> Map<Leg, Outcome<T>> parallel(Map<Leg, PmPort.Ask> asks, Function<PmPort.Ask, Outcome<T>> step) {
        return each(asks, (_, ask) -> {
            Outcome<T> outcome = step.apply(ask);
            for (int i = 1; i < TRIES && outcome instanceof Outcome.Unreachable<T>; i++) {
                outcome = step.apply(ask);
            }
            return outcome;
        });
    }

    private <A, T> Map<Leg, T> each(Map<Leg, A> asks, BiFunction<Leg, A, T> step) {
        Map<Leg, Future<T>> pending = new TreeMap<>();
        asks.forEach((leg, ask) -> pending.put(leg, threads.submit(() -> {
            atOnce.acquire();
            try {
                return step.apply(leg, ask);
            } finally {
                atOnce.release();
            }
        })));
        Map<Leg, T> done = new TreeMap<>();
        RuntimeException failure = null;
        for (Map.Entry<Leg, Future<T>> one : pending.entrySet()) {
            try {
                done.put(one.getKey(), one.getValue().get());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new RouterException.Unavailable("interrupted", e);
            } catch (ExecutionException e) {
                failure = e.getCause() instanceof RuntimeException cause
                        ? cause
                        : new IllegalStateException(e.getCause());
            }
        }
        if (failure != null) {
            throw failure;
        }
        return done;
    }

    /** The query, if that account asked it. */
    public QueryJournal.@Nullable Entry find(String accountId, String id) {
        return journal.find(id)
                .filter(entry -> entry.accountId().equals(accountId))
                .orElse(null);
    }

    /** An account's queries, newest first. */
    public List<QueryJournal.Entry> list(String accountId) {
        return journal.ofAccount(accountId);
    }

    /** Lets the calls under way finish, for a while; what is open then goes on after the next start. */
    @Override
    public void close() {
        timer.shutdown();
        threads.shutdown();
        try {
            if (!threads.awaitTermination(10, TimeUnit.SECONDS)) {
                LOG.info("queries are still open; they go on after the next start");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
