package dev.croft.budget.books;

import dev.croft.budget.InvalidInputException;
import dev.croft.budget.InvalidInputException.Problem;
import dev.croft.budget.claims.BlockSpec;
import dev.croft.budget.claims.BlockView;
import dev.croft.budget.claims.ClaimBook;
import dev.croft.budget.claims.ClaimRequest;
import dev.croft.budget.claims.ClaimState;
import dev.croft.budget.claims.ClaimView;
import dev.croft.budget.claims.Composition;
import dev.croft.budget.claims.Cost;
import dev.croft.budget.claims.Selector;
import dev.croft.budget.scheduling.Dpf;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;

/**
 * One book for each composition that blocks are counted in, under one set of names. Deterministic, and changed by
 * {@link #apply} alone. Not thread-safe: one writer.
 */
public final class Books {
    /** Label of blocks that hold one person's data; {@link #hides} keeps their names from those who may not know. */
    public static final String USER = "user";

    private static final int MOST_COMPOSITIONS = 64;

    private final Dpf.Unlocking unlocking;
    private final ClaimBook.Watcher watcher;
    private final WaitingByOwner waiting = new WaitingByOwner();
    private final Map<Composition, ClaimBook> books = new LinkedHashMap<>();
    private final NavigableMap<String, ClaimBook> bookOfBlock = new TreeMap<>();
    private final NavigableMap<String, ClaimBook> bookOfClaim = new TreeMap<>();
    private final Set<String> personal = new HashSet<>();
    private final Streams streams = new Streams();
    private long changes;

    /** @param watcher told of every change of a claim's state */
    public Books(Dpf.Unlocking unlocking, ClaimBook.Watcher watcher) {
        this.unlocking = unlocking;
        this.watcher = (claim, state) -> {
            waiting.decided(claim);
            watcher.moved(claim, state);
        };
    }

    /**
     * Carries out a command. Bad input is refused by an {@link InvalidInputException} that names the field, and then
     * nothing has changed, provided that {@link BookCommand.Advance} was applied when {@link #nextDeadline} was due.
     *
     * @param at not before the one of any earlier command
     */
    public void apply(BookCommand command, Instant at) {
        switch (command) {
            case BookCommand.CreateBlock(BlockSpec block) -> create(block, at);
            case BookCommand.RetireBlock(String block) -> bookOf(block).retireBlock(block);
            case BookCommand.DeleteBlock(String block) -> bookOf(block).deleteBlock(block);
            case BookCommand.Submit(ClaimRequest request) -> {
                ClaimBook book = bookFor(request);
                if (book.submit(request, at).state() == ClaimState.WAITING) waiting.waits(request.id());
                bookOfClaim.put(request.id(), book);
            }
            case BookCommand.Consume(String claim, String key, Map<String, Cost> costs) ->
                bookHolding(claim).consume(claim, key, costs);
            case BookCommand.Release(String claim) -> bookHolding(claim).release(claim, at);
            case BookCommand.Advance() -> books.values().forEach(book -> book.advance(at));
            case BookCommand.Tick() -> books.values().forEach(book -> book.tick(at));
            case BookCommand.OpenStream(StreamSpec stream) -> {
                if (streams.open(stream)) changes++;
            }
            case BookCommand.Observe(String stream, List<BookCommand.Observe.Datum> data) -> {
                if (streams.observe(stream, data, block -> create(block, at))) changes++;
            }
            case BookCommand.EndTick end -> {
                if (streams.endTick(end)) changes++;
            }
        }
    }

    /** Grows with everything that is not a repetition. */
    public long changes() {
        return changes + books.values().stream().mapToLong(ClaimBook::changes).sum();
    }

    /** When {@link BookCommand.Advance} is due next. */
    public Optional<Instant> nextDeadline() {
        return books.values().stream()
                .flatMap(book -> book.nextDeadline().stream())
                .min(Comparator.naturalOrder());
    }

    /** Whether a {@link BookCommand.Tick} would still unlock something. */
    public boolean unlocks() {
        return unlocking instanceof Dpf.Unlocking.PerTick
                && books.values().stream().anyMatch(ClaimBook::unlocks);
    }

    public Optional<ClaimView> claim(String id) {
        return Optional.ofNullable(bookOfClaim.get(id)).flatMap(book -> book.find(id));
    }

    public Optional<BlockView> block(String id) {
        return Optional.ofNullable(bookOfBlock.get(id)).flatMap(book -> book.findBlock(id));
    }

    /** How a block's amounts are counted. */
    public Composition composition(String block) {
        return bookOf(block).composition();
    }

    /** Blocks whose id is above {@code after}, in order of id. */
    public Stream<BlockView> blocks(String after) {
        return bookOfBlock.tailMap(after, false).entrySet().stream()
                .flatMap(entry -> entry.getValue().findBlock(entry.getKey()).stream());
    }

    /** All blocks in order of id. */
    public Stream<BlockView> blocks() {
        return blocks("");
    }

    /** Claims whose id is above {@code after} and begins with {@code prefix}, in order of id. */
    public Stream<ClaimView> claims(String prefix, String after) {
        return bookOfClaim.tailMap(after.compareTo(prefix) < 0 ? prefix : after, false).entrySet().stream()
                .takeWhile(entry -> entry.getKey().startsWith(prefix))
                .flatMap(entry -> entry.getValue().find(entry.getKey()).stream());
    }

    /** All claims in order of id. */
    public Stream<ClaimView> claims() {
        return claims("", "");
    }

    /** How many claims wait. */
    public int waiting() {
        return books.values().stream().mapToInt(ClaimBook::waiting).sum();
    }

    /** How many claims wait whose id begins with this name and a slash. */
    public int waiting(String owner) {
        return waiting.of(owner);
    }

    public List<StreamView> streams() {
        return streams.views();
    }

    /** The end of a stream's tick with noise from {@code random}, to be applied. */
    public BookCommand.EndTick drawTick(String stream, RandomGenerator random) {
        return streams.draw(stream, random);
    }

    /** Whether some block the selector may name or reach holds one person's data. */
    public boolean hides(Selector selector) {
        return switch (selector) {
            case Selector.Named(List<String> ids) ->
                ids.stream().flatMap(id -> block(id).stream()).anyMatch(block -> hides(block.spec()));
            case Selector.Within within -> personal.contains(within.dataset());
            case Selector.Newest newest -> personal.contains(newest.dataset());
            case Selector.Where where -> personal.contains(where.dataset());
            case Selector.Matching _ -> true;
        };
    }

    /** Whether a block holds one person's data. */
    public static boolean hides(BlockSpec block) {
        return block.labels().containsKey(USER);
    }

    private void create(BlockSpec block, Instant at) {
        ClaimBook known = bookOfBlock.get(block.id());
        Composition composition = Composition.of(block.total());
        if (known != null && !known.composition().equals(composition))
            throw new InvalidInputException("block.id", Problem.DUPLICATE, block.id() + " counts in another way");
        ClaimBook book = books.get(composition);
        if (book == null) {
            if (books.size() == MOST_COMPOSITIONS)
                throw new InvalidInputException("block.total.orders", Problem.TOO_MANY, "sets of orders are in use");
            book = new ClaimBook(composition, unlocking, watcher);
            book.advance(at);
            book.createBlock(block);
            books.put(composition, book);
        } else {
            // What unlocks with time begins now.
            book.advance(at);
            book.createBlock(block);
        }
        bookOfBlock.put(block.id(), book);
        if (hides(block)) personal.add(block.dataset());
    }

    private ClaimBook bookOf(String block) {
        ClaimBook book = bookOfBlock.get(block);
        if (book == null) throw new InvalidInputException("block.id", Problem.UNKNOWN, block);
        return book;
    }

    private ClaimBook bookHolding(String claim) {
        ClaimBook book = bookOfClaim.get(claim);
        if (book == null) throw new InvalidInputException("claim.id", Problem.UNKNOWN, claim);
        return book;
    }

    /** The book that knows the claim, else that of the blocks it names, else the one that counts as its demand does. */
    private ClaimBook bookFor(ClaimRequest request) {
        ClaimBook book = bookOfClaim.get(request.id());
        if (book == null && request.blocks() instanceof Selector.Named(List<String> ids)) {
            book = bookOfBlock.get(ids.getFirst());
            if (book == null) throw new InvalidInputException("blocks", Problem.UNKNOWN, ids.getFirst());
        }
        if (book == null) book = books.get(Composition.of(request.demand()));
        if (book == null) throw new InvalidInputException("demand", Problem.UNKNOWN, "no block counts in this way");
        return book;
    }
}
