package dev.croft.budget.ledger;

import dev.croft.budget.CorruptHistoryException;
import dev.croft.budget.Epsilon;
import dev.croft.budget.ledger.Decision.Accepted;
import dev.croft.budget.ledger.Decision.Refused;
import dev.croft.budget.ledger.LedgerCommand.Commit;
import dev.croft.budget.ledger.LedgerCommand.CommitAll;
import dev.croft.budget.ledger.LedgerCommand.CreateBlock;
import dev.croft.budget.ledger.LedgerCommand.Expire;
import dev.croft.budget.ledger.LedgerCommand.Refund;
import dev.croft.budget.ledger.LedgerCommand.Reserve;
import dev.croft.budget.ledger.LedgerEvent.BlockCreated;
import dev.croft.budget.ledger.LedgerEvent.Committed;
import dev.croft.budget.ledger.LedgerEvent.Expired;
import dev.croft.budget.ledger.LedgerEvent.Refunded;
import dev.croft.budget.ledger.LedgerEvent.Reserved;
import dev.croft.budget.ledger.Refusal.Reason;
import dev.croft.budget.ledger.Reservation.State;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The state of one owner's budget, rebuilt by applying its events from the first. {@link #decide} never changes it;
 * a caller stores the events of an accepted decision durably and then {@link #apply applies} them, with no other
 * decision in between. Not thread-safe: hold one lock over decide, store and apply.
 */
public final class BudgetLedger {
    private static final class Account {
        final BlockCreated created;
        long reserved;
        long committed;

        Account(BlockCreated created) {
            this.created = created;
        }

        long available() {
            return created.total().nanos() - reserved - committed;
        }
    }

    private record Due(Instant expiry, String key) {}

    private final Map<String, Account> accounts = new LinkedHashMap<>();
    private final Map<String, Reservation> reservations = new LinkedHashMap<>();
    private final TreeSet<Due> due =
            new TreeSet<>(Comparator.comparing(Due::expiry).thenComparing(Due::key));

    /** What would happen; deterministic, and without effect. */
    public Decision decide(LedgerCommand command) {
        return switch (command) {
            case CreateBlock create -> decideCreate(create);
            case Reserve reserve -> decideReserve(reserve);
            case Commit commit -> decideCommit(commit);
            case CommitAll(String key) -> {
                Reservation held = reservations.get(key);
                yield held == null ? unknown(key) : decideCommit(new Commit(key, held.demand()));
            }
            case Refund refund -> decideRefund(refund);
            case Expire(Instant now) -> {
                var events = new ArrayList<LedgerEvent>();
                for (Due next : due) {
                    if (next.expiry().isAfter(now)) break;
                    events.add(new Expired(next.key()));
                }
                yield new Accepted(events);
            }
        };
    }

    /**
     * Takes a stored event into the state.
     *
     * @throws CorruptHistoryException if it cannot follow what was applied before; the state is unchanged then
     */
    public void apply(LedgerEvent event) {
        switch (event) {
            case BlockCreated created -> {
                if (accounts.putIfAbsent(created.block(), new Account(created)) != null)
                    throw new CorruptHistoryException("block created twice: " + created.block());
            }
            case Reserved(String key, Map<String, Epsilon> demand, Instant expiry) -> {
                if (reservations.containsKey(key)) throw new CorruptHistoryException("reserved twice: " + key);
                Refused refused = refuseDemand(demand);
                if (refused != null) throw new CorruptHistoryException("reserved against " + refused.refusal());
                demand.forEach((block, amount) -> account(block).reserved += amount.nanos());
                reservations.put(key, new Reservation(key, demand, expiry, State.HELD, Map.of()));
                due.add(new Due(expiry, key));
            }
            case Committed(String key, Map<String, Epsilon> amounts) -> {
                Reservation held = held(key);
                if (exceeding(held, amounts) != null)
                    throw new CorruptHistoryException("committed more than reserved: " + key);
                settle(held, State.COMMITTED, amounts);
            }
            case Refunded(String key) -> settle(held(key), State.REFUNDED, Map.of());
            case Expired(String key) -> settle(held(key), State.EXPIRED, Map.of());
        }
    }

    /** All blocks in the order of their creation. */
    public List<Balance> balances() {
        return accounts.values().stream().map(BudgetLedger::balance).toList();
    }

    public Optional<Balance> balance(String block) {
        return Optional.ofNullable(accounts.get(block)).map(BudgetLedger::balance);
    }

    /** The blocks whose windows share an instant with {@code window}: what a query over that span has to pay. */
    public List<Balance> balancesIn(TimeWindow window) {
        return balances().stream().filter(b -> b.window().overlaps(window)).toList();
    }

    /** The reservation of that key, settled or not. */
    public Optional<Reservation> reservation(String key) {
        return Optional.ofNullable(reservations.get(key));
    }

    /** Reservations neither committed, refunded nor expired, the first to expire first. */
    public List<Reservation> held() {
        return due.stream().map(d -> held(d.key())).toList();
    }

    private Decision decideCreate(CreateBlock create) {
        var event = new BlockCreated(create.block(), create.window(), create.total());
        Account known = accounts.get(create.block());
        if (known == null) return new Accepted(List.of(event));
        if (known.created.equals(event)) return new Accepted(List.of());
        return refused(Reason.BLOCK_EXISTS, create.block(), "with another window or total");
    }

    private Decision decideReserve(Reserve reserve) {
        Reservation known = reservations.get(reserve.key());
        if (known != null) {
            boolean same =
                    known.demand().equals(reserve.demand()) && known.expiry().equals(reserve.expiry());
            return same
                    ? new Accepted(List.of())
                    : refused(Reason.KEY_REUSED, reserve.key(), "reserved before with another demand or expiry");
        }
        Refused refused = refuseDemand(reserve.demand());
        return refused != null
                ? refused
                : new Accepted(List.of(new Reserved(reserve.key(), reserve.demand(), reserve.expiry())));
    }

    private @Nullable Refused refuseDemand(Map<String, Epsilon> demand) {
        for (var entry : demand.entrySet()) {
            Account account = accounts.get(entry.getKey());
            if (account == null) return refused(Reason.UNKNOWN_BLOCK, entry.getKey(), "no such block");
            if (entry.getValue().nanos() > account.available())
                return refused(
                        Reason.INSUFFICIENT_BUDGET,
                        entry.getKey(),
                        "asked " + entry.getValue() + ", available " + new Epsilon(account.available()));
        }
        return null;
    }

    private Decision decideCommit(Commit commit) {
        Reservation known = reservations.get(commit.key());
        if (known == null) return unknown(commit.key());
        if (known.state() == State.COMMITTED && known.committed().equals(commit.amounts()))
            return new Accepted(List.of());
        if (known.state() != State.HELD) return alreadySettled(known);
        String exceeding = exceeding(known, commit.amounts());
        if (exceeding != null) return refused(Reason.EXCEEDS_RESERVATION, exceeding, "of reservation " + commit.key());
        return new Accepted(List.of(new Committed(commit.key(), commit.amounts())));
    }

    private Decision decideRefund(Refund refund) {
        Reservation known = reservations.get(refund.key());
        if (known == null) return unknown(refund.key());
        return switch (known.state()) {
            case HELD -> new Accepted(List.of(new Refunded(refund.key())));
            // What a refund wants is so already.
            case REFUNDED, EXPIRED -> new Accepted(List.of());
            case COMMITTED -> alreadySettled(known);
        };
    }

    private static @Nullable String exceeding(Reservation held, Map<String, Epsilon> amounts) {
        for (var entry : amounts.entrySet()) {
            Epsilon reserved = held.demand().get(entry.getKey());
            if (reserved == null || entry.getValue().compareTo(reserved) > 0) return entry.getKey();
        }
        return null;
    }

    private void settle(Reservation held, State state, Map<String, Epsilon> committed) {
        held.demand().forEach((block, amount) -> account(block).reserved -= amount.nanos());
        committed.forEach((block, amount) -> account(block).committed += amount.nanos());
        reservations.put(held.key(), new Reservation(held.key(), held.demand(), held.expiry(), state, committed));
        due.remove(new Due(held.expiry(), held.key()));
    }

    private Account account(String block) {
        Account account = accounts.get(block);
        if (account == null) throw new CorruptHistoryException("no such block: " + block);
        return account;
    }

    private Reservation held(String key) {
        Reservation known = reservations.get(key);
        if (known == null || known.state() != State.HELD)
            throw new CorruptHistoryException("not a held reservation: " + key);
        return known;
    }

    private static Balance balance(Account account) {
        return new Balance(
                account.created.block(),
                account.created.window(),
                account.created.total(),
                new Epsilon(account.available()),
                new Epsilon(account.reserved),
                new Epsilon(account.committed));
    }

    private static Refused alreadySettled(Reservation known) {
        Reason reason = switch (known.state()) {
            case COMMITTED -> Reason.ALREADY_COMMITTED;
            case REFUNDED -> Reason.ALREADY_REFUNDED;
            case EXPIRED -> Reason.ALREADY_EXPIRED;
            case HELD -> throw new IllegalArgumentException("still held: " + known.key());
        };
        return refused(reason, known.key(), "settled before");
    }

    private static Refused unknown(String key) {
        return refused(Reason.UNKNOWN_RESERVATION, key, "no such reservation");
    }

    private static Refused refused(Reason reason, String subject, String detail) {
        return new Refused(new Refusal(reason, subject, detail));
    }
}
