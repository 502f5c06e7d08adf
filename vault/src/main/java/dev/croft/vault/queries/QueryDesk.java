package dev.croft.vault.queries;

import dev.croft.budget.Epsilon;
import dev.croft.budget.ledger.Reservation;
import dev.croft.vault.api.Base64Url;
import dev.croft.vault.api.Grant;
import dev.croft.vault.api.Json;
import dev.croft.vault.api.Operations;
import dev.croft.vault.api.ProblemCode;
import dev.croft.vault.api.ProblemException;
import dev.croft.vault.api.Query;
import dev.croft.vault.api.RequestProof;
import dev.croft.vault.api.Span;
import dev.croft.vault.documents.DocumentStore;
import dev.croft.vault.grants.Scopes;
import dev.croft.vault.ledger.BudgetBook;
import dev.croft.vault.ledger.BudgetBook.Key;
import dev.croft.vault.spi.Computation;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.regex.Pattern;

/**
 * Takes part in queries. The price of an answer is committed, durably, before the answer leaves: whoever has seen it has paid for it, and a
 * computation that fails has cost nothing. Answers are kept in memory until they are settled, so that a lost one can be asked for again; they
 * are never stored, and after a restart the same query is refused rather than answered from data that may have changed. Thread-safe.
 */
public final class QueryDesk {
    /** How long a reservation may live. */
    public static final Duration LONGEST_RESERVATION = Duration.ofHours(1);

    private static final Pattern ID = Pattern.compile("[A-Za-z0-9_-]{1,40}");
    private static final int MOST_ANSWERS = 10_000;

    private final Map<String, Computation> computations;
    private final DocumentStore documents;
    private final BudgetBook budget;
    private final InstantSource clock;
    private final Map<Key, Query.Answer> answers = new ConcurrentHashMap<>();
    private final ReentrantLock[] running = new ReentrantLock[16];

    /** A desk over the documents and the budget of one private cloud. */
    public QueryDesk(
            Map<String, Computation> computations, DocumentStore documents, BudgetBook budget, InstantSource clock) {
        this.computations = Map.copyOf(computations);
        this.documents = documents;
        this.budget = budget;
        this.clock = clock;
        Arrays.setAll(running, i -> new ReentrantLock());
    }

    private record Asked(Key key, Computation computation, Computation.Prepared prepared, Epsilon price) {}

    /** Whether a reservation would succeed; a lack of budget is an answer here and no problem. */
    public Query.Offer offer(Grant grant, String query, Query.Request request) {
        Asked asked = read(grant, query, request);
        Optional<String> reason;
        try {
            budget.requireAffordable(grant.id(), asked.prepared.span(), asked.price, grant.epsilonCeiling());
            reason = Optional.empty();
        } catch (ProblemException lacking) {
            reason = Optional.of(lacking.code().code());
        }
        return new Query.Offer(
                reason.isEmpty(),
                reason.orElse(null),
                asked.price,
                asked.prepared.sensitivity(),
                asked.computation.digest());
    }

    /** Sets the price aside. */
    public Query.Reservation reserve(Grant grant, String query, Query.Request request) {
        Asked asked = read(grant, query, request);
        Instant now = clock.instant();
        Instant expires = request.expires();
        if (expires == null || !expires.isAfter(now) || expires.isAfter(now.plus(LONGEST_RESERVATION))) {
            throw new ProblemException(
                    ProblemCode.INVALID_PARAMETERS,
                    "a reservation expires within " + LONGEST_RESERVATION + " from now");
        }
        Reservation reservation =
                budget.reserve(asked.key, asked.prepared.span(), asked.price, grant.epsilonCeiling(), expires);
        return switch (reservation.state()) {
            case HELD -> new Query.Reservation(asked.price, reservation.expiry());
            case COMMITTED -> throw answered();
            case REFUNDED, EXPIRED -> throw notReserved();
        };
    }

    /** Runs the computation once and pays for it. */
    public Query.Answer run(Grant grant, String query, Query.Request request) {
        Asked asked = read(grant, query, request);
        ReentrantLock lock = running[Math.floorMod(asked.key.hashCode(), running.length)];
        lock.lock();
        try {
            return switch (budget.reservation(asked.key)
                    .orElseThrow(QueryDesk::notReserved)
                    .state()) {
                case HELD -> compute(asked);
                case COMMITTED -> Optional.ofNullable(answers.get(asked.key)).orElseThrow(QueryDesk::answered);
                case REFUNDED, EXPIRED -> throw notReserved();
            };
        } finally {
            lock.unlock();
        }
    }

    private Query.Answer compute(Asked asked) {
        if (answers.size() >= MOST_ANSWERS) {
            throw new ProblemException(ProblemCode.OVERLOADED, "too many answers wait to be settled");
        }
        var prepared = asked.prepared;
        var scope = Scopes.forComputation(prepared.collections(), prepared.span());
        long value = prepared.run((find, each) -> documents.forEach(find, scope, each));
        var answer = new Query.Answer(Math.clamp(value, 0, prepared.sensitivity()));
        budget.commit(asked.key);
        answers.put(asked.key, answer);
        return answer;
    }

    /** Settles an answered query; the answer is forgotten here. */
    public Query.Settlement commit(Grant grant, String query) {
        Key key = key(grant, query);
        Reservation reservation = budget.reservation(key).orElseThrow(QueryDesk::notReserved);
        return switch (reservation.state()) {
            case COMMITTED -> {
                answers.remove(key);
                yield settlement(reservation);
            }
            case HELD ->
                throw new ProblemException(ProblemCode.CONFLICT, "the query was not run, so there is nothing to pay");
            case REFUNDED, EXPIRED -> throw notReserved();
        };
    }

    /** Gives the reservation of a query back that was not answered. */
    public Query.Settlement refund(Grant grant, String query) {
        return settlement(budget.refund(key(grant, query)));
    }

    private static Query.Settlement settlement(Reservation reservation) {
        Epsilon cost = reservation.committed().values().stream()
                .max(Epsilon::compareTo)
                .orElse(Epsilon.ZERO);
        String outcome = switch (reservation.state()) {
            case COMMITTED -> "committed";
            case EXPIRED -> "expired";
            case REFUNDED, HELD -> "refunded";
        };
        return new Query.Settlement(outcome, cost);
    }

    private Key key(Grant grant, String query) {
        return budget.find(grant.id(), requireId(query)).orElseThrow(QueryDesk::notReserved);
    }

    private Asked read(Grant grant, String query, Query.Request request) {
        requireId(query);
        if (!grant.allows(Operations.query(request.computation()))) {
            throw new ProblemException(ProblemCode.GRANT_FORBIDS, "the grant does not allow this computation");
        }
        Computation computation = computations.get(request.computation());
        if (computation == null) {
            throw new ProblemException(ProblemCode.NOT_FOUND, "there is no such computation");
        }
        if (request.epsilon().isZero()) {
            throw new ProblemException(ProblemCode.INVALID_AMOUNT, "an answer costs more than nothing");
        }
        Computation.Prepared prepared;
        try {
            prepared = computation.prepare(request.params());
        } catch (IllegalArgumentException e) {
            throw new ProblemException(ProblemCode.INVALID_PARAMETERS, String.valueOf(e.getMessage()));
        }
        requireWithin(grant, prepared);
        return new Asked(
                new Key(grant.id(), query, digest(computation, request)),
                computation,
                prepared,
                prepared.price(request.epsilon()));
    }

    private static void requireWithin(Grant grant, Computation.Prepared prepared) {
        Span allowed = grant.span();
        if (allowed != null && !allowed.covers(prepared.span())) {
            throw new ProblemException(ProblemCode.GRANT_FORBIDS, "the grant does not reach all of the query's time");
        }
    }

    /** Of everything that decides the answer and its price; 16 bytes keep the ledger's key short. */
    private static String digest(Computation computation, Query.Request request) {
        MessageDigest sha256 = RequestProof.sha256();
        sha256.update(Json.write(new Query.Request(computation.name(), request.params(), request.epsilon(), null)));
        sha256.update(Json.write(computation.digest()));
        return Base64Url.encode(Arrays.copyOf(sha256.digest(), 16));
    }

    private static String requireId(String query) {
        if (!ID.matcher(query).matches()) {
            throw new ProblemException(
                    ProblemCode.MALFORMED_REQUEST, "a query's id has 1 to 40 letters, digits, hyphens or underscores");
        }
        return query;
    }

    private static ProblemException notReserved() {
        return new ProblemException(ProblemCode.NOT_RESERVED, "there is no live reservation for this query");
    }

    private static ProblemException answered() {
        return new ProblemException(ProblemCode.ALREADY_ANSWERED, "the query was answered and paid for");
    }
}
