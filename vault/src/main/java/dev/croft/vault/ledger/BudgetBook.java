package dev.croft.vault.ledger;

import dev.croft.budget.Epsilon;
import dev.croft.budget.ledger.BudgetLedger;
import dev.croft.budget.ledger.Decision;
import dev.croft.budget.ledger.LedgerCommand;
import dev.croft.budget.ledger.LedgerCommand.CreateBlock;
import dev.croft.budget.ledger.LedgerEvent;
import dev.croft.budget.ledger.Refusal;
import dev.croft.budget.ledger.Reservation;
import dev.croft.capsule.CapsuleRecord;
import dev.croft.vault.api.BudgetEntry;
import dev.croft.vault.api.BudgetPolicy;
import dev.croft.vault.api.BudgetStatus;
import dev.croft.vault.api.Listing;
import dev.croft.vault.api.ProblemCode;
import dev.croft.vault.api.ProblemException;
import dev.croft.vault.api.Span;
import dev.croft.vault.store.OpenCapsule;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The budget of one private cloud: {@link BudgetLedger} made durable in the budget capsule. Under one lock a command is decided, its events
 * are appended, then applied, then acknowledged; a crash in between leaves either none of it or all of it. Thread-safe.
 *
 * <p>A reservation is named by the grant that pays and the query: {@link Key}. What a grant has spent is the sum of its reservations that
 * are held or committed.
 */
public final class BudgetBook {
    /** In place of a grant's id, of which none is so short. */
    private static final String ELSEWHERE = "import";

    private static final Duration SOON = Duration.ofMinutes(1);

    private final OpenCapsule capsule;
    private final BudgetPolicy policy;
    private final InstantSource clock;
    private final BudgetLedger ledger = new BudgetLedger();
    private final Map<String, Long> spentByGrant = new HashMap<>();
    private final Map<String, String> digests = new HashMap<>();

    /**
     * Names a reservation.
     *
     * @param grant id of the grant that pays
     * @param query the query's id
     * @param digest of what is asked, so that the same name cannot be used for something else, 22 characters
     */
    public record Key(String grant, String query, String digest) {
        static Key parse(String text) {
            String[] parts = text.split("/", -1);
            return new Key(parts[0], parts[1], parts[2]);
        }

        private String name() {
            return grant + "/" + query;
        }

        /** As the ledger holds it. */
        @Override
        public String toString() {
            return name() + "/" + digest;
        }
    }

    /** Reads the ledger from {@code capsule}, which stays the caller's to close. */
    public BudgetBook(OpenCapsule capsule, BudgetPolicy policy, InstantSource clock) {
        this.capsule = capsule;
        this.policy = policy;
        this.clock = clock;
        try (var records = capsule.range(0, capsule.size())) {
            records.forEach(record -> apply(LedgerEvent.decode(record.body())));
        }
        if (policy.windowDays() == null) {
            carryOut(Blocks.touched(policy, Span.ALL).getFirst());
        }
    }

    /**
     * Sets {@code amount} aside on every block that {@code span} touches. The same again is answered the same.
     *
     * @param ceiling what the grant may spend in all
     * @throws ProblemException {@link ProblemCode#BUDGET_EXHAUSTED}, {@link ProblemCode#CEILING_REACHED}, or
     *     {@link ProblemCode#CONFLICT} if the query's id was used for something else
     */
    public synchronized Reservation reserve(Key key, Span span, Epsilon amount, Epsilon ceiling, Instant expiry) {
        carryOut(new LedgerCommand.Expire(clock.instant()));
        requireSameDigest(key);
        Optional<Reservation> known = ledger.reservation(key.toString());
        if (known.isPresent()) {
            return known.get();
        }
        requireBelow(ceiling, key.grant(), amount);
        var demand = new HashMap<String, Epsilon>();
        List<CreateBlock> touched = Blocks.touched(policy, span);
        // Before any block is made: who is refused must not make the ledger grow.
        requireAvailable(touched, amount);
        for (CreateBlock block : touched) {
            if (ledger.balance(block.block()).isEmpty()) {
                carryOut(block);
            }
            demand.put(block.block(), amount);
        }
        carryOut(new LedgerCommand.Reserve(key.toString(), demand, expiry));
        return ledger.reservation(key.toString()).orElseThrow();
    }

    /**
     * Whether {@link #reserve} would succeed now; creates nothing.
     *
     * @throws ProblemException as {@link #reserve} would
     */
    public synchronized void requireAffordable(String grant, Span span, Epsilon amount, Epsilon ceiling) {
        carryOut(new LedgerCommand.Expire(clock.instant()));
        requireBelow(ceiling, grant, amount);
        requireAvailable(Blocks.touched(policy, span), amount);
    }

    private void requireAvailable(List<CreateBlock> blocks, Epsilon amount) {
        for (CreateBlock block : blocks) {
            Epsilon available = ledger.balance(block.block())
                    .map(balance -> balance.available())
                    .orElse(block.total());
            if (available.compareTo(amount) < 0) {
                throw new ProblemException(ProblemCode.BUDGET_EXHAUSTED, "less is left than is asked");
            }
        }
    }

    /** The reservation of this key, after what is due has expired. */
    public synchronized Optional<Reservation> reservation(Key key) {
        carryOut(new LedgerCommand.Expire(clock.instant()));
        requireSameDigest(key);
        return ledger.reservation(key.toString());
    }

    /** The key under which a grant's query was reserved. */
    public synchronized Optional<Key> find(String grant, String query) {
        return Optional.ofNullable(digests.get(grant + "/" + query)).map(digest -> new Key(grant, query, digest));
    }

    /**
     * Spends all of a reservation.
     *
     * @throws ProblemException {@link ProblemCode#NOT_RESERVED} if there is none that lives
     */
    public synchronized void commit(Key key) {
        carryOut(new LedgerCommand.Expire(clock.instant()));
        carryOut(new LedgerCommand.CommitAll(key.toString()));
    }

    /**
     * Gives a reservation back; one that was given back or expired stays so.
     *
     * @throws ProblemException {@link ProblemCode#ALREADY_ANSWERED} if it was spent
     */
    public synchronized Reservation refund(Key key) {
        carryOut(new LedgerCommand.Expire(clock.instant()));
        carryOut(new LedgerCommand.Refund(key.toString()));
        return ledger.reservation(key.toString()).orElseThrow();
    }

    /** What a grant has spent, reservations included. */
    public synchronized Epsilon spentBy(String grant) {
        return new Epsilon(spentByGrant.getOrDefault(grant, 0L));
    }

    /** What is left. */
    public synchronized BudgetStatus status() {
        carryOut(new LedgerCommand.Expire(clock.instant()));
        return new BudgetStatus(
                policy,
                ledger.balances().stream()
                        .map(balance -> new BudgetStatus.Block(
                                balance.block(),
                                Blocks.span(balance.window()),
                                balance.total(),
                                balance.reserved(),
                                balance.committed(),
                                balance.available()))
                        .toList());
    }

    /**
     * Has at least so much of each block spent as {@code elsewhere} says, as far as there is that much: where the same data come from, they were
     * asked before. Never gives anything back; again, it changes nothing.
     *
     * @return how many blocks changed
     * @throws ProblemException {@link ProblemCode#CONFLICT} when the budget there is cut otherwise than here, or is needed while it is set aside
     */
    public synchronized int spend(BudgetStatus elsewhere) {
        if (!elsewhere.policy().equals(policy)) {
            throw new ProblemException(
                    ProblemCode.CONFLICT,
                    "the budget there is cut otherwise: blocks of epsilon "
                            + elsewhere.policy().epsilon() + " for "
                            + (elsewhere.policy().windowDays() == null
                                    ? "all data"
                                    : elsewhere.policy().windowDays() + " days each"));
        }
        carryOut(new LedgerCommand.Expire(clock.instant()));
        var demand = new HashMap<String, Epsilon>();
        for (BudgetStatus.Block block : elsewhere.blocks()) {
            CreateBlock here = same(block);
            Epsilon gone = ledger.balance(here.block())
                    .map(balance -> balance.committed())
                    .orElse(Epsilon.ZERO);
            Epsilon left = ledger.balance(here.block())
                    .map(balance -> balance.available())
                    .orElse(here.total());
            // What is set aside there is as good as gone: nobody there gives it back here.
            long wanted = block.spent().plus(block.reserved()).nanos() - gone.nanos();
            Epsilon held = ledger.balance(here.block())
                    .map(balance -> balance.reserved())
                    .orElse(Epsilon.ZERO);
            if (wanted > left.nanos() && held.nanos() > 0) {
                // It may come back, and would then be there to be spent again.
                throw new ProblemException(
                        ProblemCode.CONFLICT,
                        "some of the budget is set aside at this moment: again when that has ended");
            }
            long more = Math.min(left.nanos(), wanted);
            if (more > 0) {
                if (ledger.balance(here.block()).isEmpty()) {
                    carryOut(here);
                }
                demand.merge(here.block(), new Epsilon(more), (one, other) -> one.compareTo(other) < 0 ? other : one);
            }
        }
        if (!demand.isEmpty()) {
            Key key = new Key(ELSEWHERE, Long.toString(capsule.size()), "-");
            carryOut(new LedgerCommand.Reserve(
                    key.toString(), demand, clock.instant().plus(SOON)));
            carryOut(new LedgerCommand.CommitAll(key.toString()));
        }
        return demand.size();
    }

    private CreateBlock same(BudgetStatus.Block block) {
        Span span = block.window() == null ? Span.ALL : block.window();
        return Blocks.touched(policy, span).stream()
                .filter(here -> here.block().equals(block.id()))
                .findFirst()
                .orElseThrow(() -> new ProblemException(ProblemCode.CONFLICT, "no block here has that id and time"));
    }

    /** Records of the capsule from {@code from} on, at most {@code limit}. */
    public Listing<BudgetEntry> history(long from, int limit) {
        long end = capsule.size();
        long first = Math.clamp(from, 0, end);
        long to = Math.min(end, first + limit);
        try (var records = capsule.range(first, to)) {
            return new Listing<>(records.map(this::entry).toList(), to, end);
        }
    }

    private BudgetEntry entry(CapsuleRecord record) {
        return switch (LedgerEvent.decode(record.body())) {
            case LedgerEvent.BlockCreated(var block, var window, var total) -> entry(record, "created", block, total);
            case LedgerEvent.Reserved(var key, var demand, var expiry) -> entry(record, "reserved", key, most(demand));
            case LedgerEvent.Committed(var key, var amounts) -> entry(record, "committed", key, most(amounts));
            case LedgerEvent.Refunded(var key) -> entry(record, "refunded", key, reserved(key));
            case LedgerEvent.Expired(var key) -> entry(record, "expired", key, reserved(key));
        };
    }

    private static BudgetEntry entry(CapsuleRecord record, String kind, String key, Epsilon amount) {
        return new BudgetEntry(record.sequence(), record.timestamp(), kind, key, amount);
    }

    private synchronized Epsilon reserved(String key) {
        return ledger.reservation(key).map(known -> most(known.demand())).orElse(Epsilon.ZERO);
    }

    private void requireBelow(Epsilon ceiling, String grant, Epsilon amount) {
        if (spentBy(grant).plus(amount).compareTo(ceiling) > 0) {
            throw new ProblemException(ProblemCode.CEILING_REACHED, "the grant's budget ceiling does not suffice");
        }
    }

    private void requireSameDigest(Key key) {
        String known = digests.get(key.name());
        if (known != null && !known.equals(key.digest())) {
            throw new ProblemException(ProblemCode.CONFLICT, "this query id was used for another question");
        }
    }

    private void carryOut(LedgerCommand command) {
        switch (ledger.decide(command)) {
            case Decision.Accepted(var events) -> {
                if (!events.isEmpty()) {
                    capsule.append(events.stream().map(LedgerEvent::encode).toList());
                    events.forEach(this::apply);
                }
            }
            case Decision.Refused(var refusal) -> throw problem(refusal);
        }
    }

    private void apply(LedgerEvent event) {
        switch (event) {
            case LedgerEvent.Reserved(var key, var demand, var expiry) -> {
                Key parts = Key.parse(key);
                digests.put(parts.name(), parts.digest());
                spent(key, most(demand).nanos());
            }
            case LedgerEvent.Committed(var key, var amounts) ->
                spent(key, most(amounts).nanos() - reserved(key).nanos());
            case LedgerEvent.Refunded(var key) -> spent(key, -reserved(key).nanos());
            case LedgerEvent.Expired(var key) -> spent(key, -reserved(key).nanos());
            case LedgerEvent.BlockCreated created -> {}
        }
        ledger.apply(event);
    }

    private void spent(String key, long nanos) {
        spentByGrant.merge(Key.parse(key).grant(), nanos, Long::sum);
    }

    private static Epsilon most(Map<String, Epsilon> amounts) {
        return amounts.values().stream().max(Epsilon::compareTo).orElse(Epsilon.ZERO);
    }

    private static ProblemException problem(Refusal refusal) {
        return switch (refusal.reason()) {
            case INSUFFICIENT_BUDGET ->
                new ProblemException(ProblemCode.BUDGET_EXHAUSTED, "less is left than is asked");
            case UNKNOWN_RESERVATION, ALREADY_REFUNDED, ALREADY_EXPIRED ->
                new ProblemException(ProblemCode.NOT_RESERVED, "there is no live reservation for this query");
            case ALREADY_COMMITTED ->
                new ProblemException(ProblemCode.ALREADY_ANSWERED, "the query was answered and paid for");
            case UNKNOWN_BLOCK, BLOCK_EXISTS, KEY_REUSED, EXCEEDS_RESERVATION ->
                new ProblemException(ProblemCode.CONFLICT, "the budget was asked for something else before");
        };
    }

    /** The events of a ledger, for those who check it. */
    public List<LedgerEvent> events() {
        try (var records = capsule.range(0, capsule.size())) {
            return records.map(record -> LedgerEvent.decode(record.body())).toList();
        }
    }
}
