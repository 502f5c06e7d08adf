package dev.croft.router.claims;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.util.RawValue;
import dev.croft.budget.BudgetException;
import dev.croft.budget.InvalidInputException;
import dev.croft.budget.books.BookCommand;
import dev.croft.budget.books.Books;
import dev.croft.budget.books.CommandJson;
import dev.croft.budget.claims.ClaimState;
import dev.croft.budget.scheduling.Dpf;
import dev.croft.router.Json;
import dev.croft.router.RouterException;
import dev.croft.router.registry.BudgetJournal;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The books, and what of them is not yet in the journal. Commands are decided in memory and collected; {@link #store} makes them
 * durable together. Nothing decided since may be told to anyone before. Not thread-safe: one writer.
 */
final class DurableBooks {

    private static final String ROUTER = "router";
    // Quotes inside of names are escaped, and no command has a field of this name: each is where it says.
    private static final String COMMAND = ",\"command\":";
    private static final String DECIDED = ",\"decided\":[";
    private static final Logger LOG = LoggerFactory.getLogger(DurableBooks.class);

    private final BudgetJournal journal;
    private final Dpf.Unlocking unlocking;
    private final List<String[]> moves = new ArrayList<>();
    private final List<BudgetJournal.Entry> entries = new ArrayList<>();
    private final List<byte[]> records = new ArrayList<>();
    private Books books;
    private Instant last = Instant.EPOCH;
    private long next;

    DurableBooks(BudgetJournal journal, Dpf.Unlocking unlocking) {
        this.journal = journal;
        this.unlocking = unlocking;
        this.books = fresh();
    }

    private Books fresh() {
        return new Books(unlocking, (claim, state) -> moves.add(new String[] {claim, lower(state)}));
    }

    private static String lower(ClaimState state) {
        return state.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    Books books() {
        return books;
    }

    /** Claims whose state was changed by what was decided since {@link #store}. */
    List<String[]> moved() {
        return moves;
    }

    /**
     * Rebuilds everything from the journal.
     *
     * @throws RouterException.Broken if it differs from the capsule, or contradicts itself
     */
    void load(DecisionLog log) {
        books = fresh();
        next = 0;
        last = Instant.EPOCH;
        entries.clear();
        try (DecisionLog.Check check = log.check()) {
            journal.replay(entry -> check.next(replay(entry)));
            heal(check.beyond());
            check.end();
        } catch (BudgetException e) {
            throw new RouterException.Broken("the budget's journal has an entry that cannot be: " + next, e);
        }
        moves.clear();
        records.clear();
        if (next == 0) {
            entries.add(new BudgetJournal.Entry(0, Instant.EPOCH, ROUTER, opening(unlocking)));
            records.add(record(entries.getFirst(), moves));
            next = 1;
        }
        Soundness.check(books);
    }

    /** The journal lost its end: it is completed from the capsule. */
    private void heal(List<byte[]> beyond) {
        List<BudgetJournal.Entry> lost = new ArrayList<>();
        for (byte[] record : beyond) {
            BudgetJournal.Entry entry = entry(record);
            if (!Arrays.equals(replay(entry), record)) {
                throw new RouterException.Broken(
                        "the budget's audit capsule has a decision that does not follow: " + entry.seq(), null);
            }
            lost.add(entry);
        }
        for (int from = 0; from < lost.size(); from += 1000) {
            journal.append(lost.subList(from, Math.min(lost.size(), from + 1000)));
        }
        if (!lost.isEmpty()) {
            LOG.warn(
                    "the budget's journal lacked its last {} entries; they were taken from the audit capsule",
                    lost.size());
        }
    }

    /** Applies an entry and gives its record. */
    private byte[] replay(BudgetJournal.Entry entry) {
        if (entry.seq() != next) {
            throw new RouterException.Broken("the budget's journal lacks entry " + next, null);
        }
        moves.clear();
        apply(entry);
        next++;
        last = entry.at();
        return record(entry, moves);
    }

    private void apply(BudgetJournal.Entry entry) {
        if (entry.seq() > 0) {
            books.apply(CommandJson.parse(entry.command()), entry.at());
        } else if (!entry.command().equals(opening(unlocking))) {
            throw new RouterException.Broken(
                    "the budget was begun with " + entry.command() + " and cannot go on with " + opening(unlocking),
                    null);
        }
    }

    private static String opening(Dpf.Unlocking unlocking) {
        ObjectNode json = JsonNodeFactory.instance.objectNode().put("command", "open");
        switch (unlocking) {
            case Dpf.Unlocking.PerArrival(double n) -> json.put("n", n);
            case Dpf.Unlocking.PerTick(double lifetime, double tick) ->
                json.put("lifetime", lifetime).put("tick", tick);
        }
        return json.toString();
    }

    /** Lets what is due by then end. */
    Instant advance(Instant now) {
        // Milliseconds are what the database keeps, and time never goes back.
        Instant at = now.isBefore(last) ? last : now;
        if (books.nextDeadline().filter(due -> !due.isAfter(at)).isPresent()) {
            decide(ROUTER, new BookCommand.Advance(), at);
        }
        return at;
    }

    /**
     * Carries out a command, in memory.
     *
     * @throws InvalidInputException naming the field; nothing has changed
     */
    void decide(String actor, BookCommand command, Instant at) {
        long before = books.changes();
        int moved = moves.size();
        books.apply(command, at);
        if (books.changes() == before) {
            return;
        }
        var entry = new BudgetJournal.Entry(next++, at, actor, CommandJson.write(command));
        last = at;
        entries.add(entry);
        records.add(record(entry, moves.subList(moved, moves.size())));
    }

    /** Whether something is decided and not durable. */
    boolean dirty() {
        return !entries.isEmpty();
    }

    /**
     * Makes everything decided durable: in journal and capsule at the same time, or, where another router could have written the journal
     * since, first in the journal. A capsule that has only what its journal has fits whatever another router decided later.
     */
    void store(DecisionLog log) throws InterruptedException {
        if (journal.isShared()) {
            journal.append(entries);
            entries.clear();
        }
        Future<?> recorded = log.append(List.copyOf(records));
        try {
            if (dirty()) {
                journal.append(entries);
            }
        } finally {
            try {
                recorded.get();
            } catch (ExecutionException e) {
                throw new RouterException.Unavailable("the audit capsule cannot be written", e);
            }
        }
        entries.clear();
        moves.clear();
        records.clear();
    }

    /** One line of JSON: the entry, and every claim whose state it changed. */
    private static byte[] record(BudgetJournal.Entry entry, List<String[]> moved) {
        ObjectNode json = JsonNodeFactory.instance
                .objectNode()
                .put("seq", entry.seq())
                .put("at", entry.at().toString())
                .put("actor", entry.actor());
        json.putRawValue("command", new RawValue(entry.command()));
        ArrayNode decided = json.putArray("decided");
        for (String[] move : moved) {
            decided.addObject().put("claim", move[0]).put("state", move[1]);
        }
        return json.toString().getBytes(StandardCharsets.UTF_8);
    }

    /** The entry of a record. The command is cut out as it was written: printed anew, a number might look different. */
    private static BudgetJournal.Entry entry(byte[] record) {
        String text = new String(record, StandardCharsets.UTF_8);
        int from = text.indexOf(COMMAND) + COMMAND.length();
        int to = text.indexOf(DECIDED);
        try {
            JsonNode json = Json.shared().readTree(text);
            return new BudgetJournal.Entry(
                    json.path("seq").longValue(),
                    Instant.parse(json.path("at").asText()),
                    json.path("actor").asText(),
                    text.substring(from, to));
        } catch (IOException | DateTimeException | IndexOutOfBoundsException e) {
            throw new RouterException.Broken("the budget's audit capsule has a record that is none", e);
        }
    }
}
