package dev.croft.budget.claims;

import dev.croft.budget.InvalidInputException;
import dev.croft.budget.InvalidInputException.Problem;
import dev.croft.budget.scheduling.Claim;
import dev.croft.budget.scheduling.Dpf;
import dev.croft.budget.scheduling.Scheduler;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * All blocks and claims of one budget, with DPF deciding who is allocated what. Deterministic: the same calls in the
 * same order give the same state, so a log of calls is all that durability needs. Bad input is refused by an
 * {@link InvalidInputException} that names the field, before anything changes. Not thread-safe: one writer.
 */
public final class ClaimBook {
    /** Most blocks one claim may be on. */
    public static final int MAX_BLOCKS_PER_CLAIM = 10_000;

    /** Told of every change of a claim's state, as it happens. Must not call back into the book. */
    @FunctionalInterface
    public interface Watcher {
        void moved(String claim, ClaimState state);
    }

    private final Composition composition;
    private final Dpf dpf;
    private final Watcher watcher;
    private final BlockShelf shelf = new BlockShelf();
    private final Map<String, ClaimEntry> claims = new HashMap<>();
    private final List<ClaimEntry> byClaimNumber = new ArrayList<>();
    private final Deadlines deadlines = new Deadlines();
    private Instant now = Instant.EPOCH;
    private long changes;

    /** @param unlocking DPF-N or DPF-T; for the latter {@link #tick} is the clock */
    public ClaimBook(Composition composition, Dpf.Unlocking unlocking) {
        this(composition, unlocking, (_, _) -> {});
    }

    /** As {@link #ClaimBook(Composition, Dpf.Unlocking)}, telling what becomes of claims. */
    public ClaimBook(Composition composition, Dpf.Unlocking unlocking, Watcher watcher) {
        this.composition = composition;
        this.watcher = watcher;
        this.dpf = new Dpf(
                unlocking,
                new Dpf.Counting(composition.rule(), false, 0, 1),
                Dpf.Order.LEXICOGRAPHIC,
                Dpf.Retirement.WAIT,
                new Decided());
    }

    /** Creates a block; creating the same one again changes nothing. */
    public void createBlock(BlockSpec spec) {
        double[] total = composition.total(spec.total());
        if (shelf.has(spec)) return;
        changes++;
        shelf.add(spec, total);
        dpf.blockCreated(total, seconds(now));
    }

    /** Unlocks nothing more from the block. */
    public void retireBlock(String id) {
        Block block = shelf.live("block.id", id);
        if (block.retired) return;
        changes++;
        block.retired = true;
        dpf.blockRetired(block.number);
    }

    /**
     * Takes the block out of every selection; its account and history stay. Refused while a claim waits for it or holds
     * some of it.
     */
    public void deleteBlock(String id) {
        Block block = shelf.live("block.id", id);
        if (block.open > 0)
            throw new InvalidInputException("block.id", Problem.OUT_OF_RANGE, block.open + " open claims on " + id);
        changes++;
        block.deleted = true;
    }

    /**
     * Submits a claim and decides what can be decided. A request sent again is answered with the claim as it stands; a
     * different one under the same id is refused.
     */
    public ClaimView submit(ClaimRequest request, Instant at) {
        ClaimEntry known = claims.get(request.id());
        if (known != null) {
            if (!known.request.equals(request))
                throw new InvalidInputException("claim.id", Problem.DUPLICATE, request.id() + " is another claim");
            return view(known);
        }
        double[] demand = composition.demand(request.demand());
        Block[] selected = shelf.select(request.blocks());
        advance(at);
        var demands = new double[selected.length][];
        var numbers = new int[selected.length];
        for (int i = 0; i < selected.length; i++) {
            numbers[i] = selected[i].number;
            demands[i] = i > 0 && Arrays.equals(selected[i].total, selected[0].total)
                    ? demands[0]
                    : Steps.bounded(demand, selected[i].total);
        }
        var claim = new Claim(byClaimNumber.size(), numbers, demands, request.weight());
        var entry = new ClaimEntry(request, claim, selected, Deadlines.later(now, request.patience()));
        changes++;
        claims.put(request.id(), entry);
        byClaimNumber.add(entry);
        for (Block block : selected) block.open++;
        if (entry.neverFits(composition.rule())) {
            move(entry, ClaimState.Event.REFUSE);
            return view(entry);
        }
        deadlines.add(entry);
        dpf.arrived(claim, seconds(now));
        dpf.settle();
        return view(entry);
    }

    /**
     * Spends part of what a claim was allocated, for ever.
     *
     * @param key names this consumption within the claim: the same one sent again changes nothing
     * @param costs per block, at most what is left of the allocation there
     */
    public ClaimView consume(String id, String key, Map<String, Cost> costs) {
        ClaimEntry entry = claim(id);
        BlockSpec.checkName("consume.key", key);
        if (costs.isEmpty()) throw new InvalidInputException("consume", Problem.EMPTY, "no block named");
        Map<String, Cost> done = entry.consumption(key);
        if (done != null) {
            if (done.equals(costs)) return view(entry);
            throw new InvalidInputException("consume.key", Problem.DUPLICATE, key + " consumed something else");
        }
        entry.require(ClaimState.Event.CONSUME);
        var parts = new HashMap<Integer, double[]>();
        costs.forEach((blockId, cost) -> {
            int place = entry.place(blockId);
            double[] part = Steps.bounded(composition.demand(cost), entry.blocks[place].total);
            double[] left = entry.left(place);
            double[] most = Steps.mostCounted(entry.blocks[place].total);
            for (int i = 0; i < part.length; i++) {
                if (part[i] <= left[i]) continue;
                // What was asked beyond the most that is counted cannot be told apart any more: such an order is used
                // up.
                if (entry.claim.demand(place)[i] < most[i])
                    throw new InvalidInputException("consume." + blockId, Problem.OVERFLOW, "more than is allocated");
                part[i] = left[i];
            }
            parts.put(place, part);
        });
        changes++;
        parts.forEach((place, part) -> {
            Block block = entry.blocks[place];
            double[] spent = entry.spent(place);
            for (int i = 0; i < part.length; i++) {
                spent[i] += part[i];
                block.allocated[i] -= part[i];
                block.consumed[i] += part[i];
            }
        });
        entry.remember(key, costs);
        return view(entry);
    }

    /** Gives back what is left: a waiting claim is withdrawn, an allocated one settled; a final one stays as it is. */
    public ClaimView release(String id, Instant at) {
        ClaimEntry entry = claim(id);
        advance(at);
        if (!entry.state.isFinal()) {
            end(entry, ClaimState.Event.RELEASE);
            dpf.settle();
        }
        return view(entry);
    }

    /** Time passes: claims give up waiting, leases end. Going back in time is refused. */
    public void advance(Instant at) {
        if (at.isBefore(now)) throw new InvalidInputException("now", Problem.OUT_OF_RANGE, at + " is before " + now);
        now = at;
        boolean ended = false;
        for (ClaimEntry due = deadlines.poll(now); due != null; due = deadlines.poll(now)) {
            end(due, ClaimState.Event.TIME_OUT);
            ended = true;
        }
        if (ended) dpf.settle();
    }

    /** When {@link #advance} has something to do next: a claim gives up or a lease ends. */
    public Optional<Instant> nextDeadline() {
        return deadlines.next();
    }

    /** One tick of DPF-T. */
    public void tick(Instant at) {
        advance(at);
        changes++;
        dpf.tick(seconds(now));
        dpf.settle();
    }

    public Optional<ClaimView> find(String claim) {
        return Optional.ofNullable(claims.get(claim)).map(this::view);
    }

    public Optional<BlockView> findBlock(String id) {
        return shelf.find(id).map(this::view);
    }

    /** All blocks in order of creation, deleted ones included. */
    public List<BlockView> blocks() {
        return shelf.all().stream().map(this::view).toList();
    }

    /** Whether a tick would still unlock something somewhere. */
    public boolean unlocks() {
        return dpf.unlocks();
    }

    /** Grows with everything that is not a repetition: a log needs no call that left it as it was. */
    public long changes() {
        return changes;
    }

    /** How amounts are counted. */
    public Composition composition() {
        return composition;
    }

    /** How many claims wait. */
    public int waiting() {
        return dpf.waiting();
    }

    private final class Decided implements Scheduler.Decisions {
        @Override
        public void granted(Claim claim) {
            ClaimEntry entry = byClaimNumber.get((int) claim.id());
            move(entry, ClaimState.Event.ALLOCATE);
            for (int i = 0; i < entry.blocks.length; i++) Steps.add(entry.blocks[i].allocated, claim.demand(i), 1);
            entry.deadline = Deadlines.later(now, entry.request.lease());
            deadlines.add(entry);
        }

        @Override
        public void refused(Claim claim, Scheduler.Refused reason) {
            move(byClaimNumber.get((int) claim.id()), ClaimState.Event.TIME_OUT);
        }
    }

    private void end(ClaimEntry entry, ClaimState.Event event) {
        changes++;
        if (entry.state == ClaimState.WAITING && event == ClaimState.Event.TIME_OUT) {
            dpf.expired(entry.claim);
            return;
        }
        if (entry.state == ClaimState.WAITING) {
            dpf.withdrawn(entry.claim);
        } else {
            for (int i = 0; i < entry.blocks.length; i++) {
                double[] left = entry.left(i);
                Steps.add(entry.blocks[i].allocated, left, -1);
                dpf.givenBack(entry.blocks[i].number, left);
            }
        }
        move(entry, event);
    }

    private void move(ClaimEntry entry, ClaimState.Event event) {
        entry.state =
                entry.state.after(event).orElseThrow(() -> new IllegalStateException(entry.state + " cannot " + event));
        if (entry.state.isFinal()) for (Block block : entry.blocks) block.open--;
        watcher.moved(entry.request.id(), entry.state);
    }

    private ClaimEntry claim(String id) {
        ClaimEntry entry = claims.get(id);
        if (entry == null) throw new InvalidInputException("claim.id", Problem.UNKNOWN, id);
        return entry;
    }

    private ClaimView view(ClaimEntry entry) {
        int lacking = entry.state == ClaimState.WAITING ? dpf.firstShort(entry.claim) : -1;
        return entry.view(composition, lacking);
    }

    private BlockView view(Block block) {
        return block.view(dpf.available(block.number));
    }

    private static double seconds(Instant instant) {
        return instant.getEpochSecond() + instant.getNano() / 1e9;
    }
}
