package dev.croft.operator.decide;

import dev.croft.budget.InvalidInputException;
import dev.croft.budget.scheduling.Claim;
import dev.croft.operator.resource.BlockStatus;
import dev.croft.operator.resource.ClaimSpec;
import dev.croft.operator.resource.ClaimStatus;
import dev.croft.operator.resource.PrivacyBudget;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.PriorityQueue;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Every block and claim, and what is to be done about them. Resources are shown to it, time passes in {@link #turn}, and
 * {@link #writes} says which statuses to store, in stages: a stage begins when the one before is stored.
 *
 * <p>How nothing is overspent or lost, whoever dies when:
 *
 * <ol>
 *   <li>A status is stored only over the version that was decided upon, so every block's account is one history.
 *   <li>A request changes each of its blocks together with an entry of {@code lockedBudgetMap} under the request's name;
 *       doing it again finds the entry. The entry goes only after the request's answer is stored with the claim.
 *   <li>A claim is told that it has something only after all its blocks say so.
 *   <li>An allocation that was not finished is decided again by {@link #open}: it is finished, or taken back. Before it is
 *       taken back the claim's version is changed, so that an operator that only seems dead cannot still answer it.
 *   <li>Whenever something was stored that this desk does not know, it is thrown away and opened again.
 * </ol>
 *
 * <p>Not thread-safe.
 */
public final class Desk {
    private static final int REMEMBERED_VERSIONS = 200_000;

    private record Deadline(long at, ClaimCase claim, ClaimCase.Open open) {}

    private record Ripe(long at, BlockCase block, ClaimCase claim, String request, int index) {}

    final Settings settings;
    final Map<String, BlockCase> blocks = new LinkedHashMap<>();
    final Map<String, SeenBlock> unusable = new HashMap<>();
    private final Map<String, Write> notes = new LinkedHashMap<>();
    final Map<String, ClaimCase> claims = new LinkedHashMap<>();
    final Map<Form, Family> families = new HashMap<>();
    final Map<Long, ClaimCase> waiting = new HashMap<>();
    final Set<BlockCase> dirtyBlocks = new LinkedHashSet<>();
    final Set<ClaimCase> dirtyClaims = new LinkedHashSet<>();
    final Deque<ClaimCase> todo = new ArrayDeque<>();
    final Allocations allocations = new Allocations(this);
    private final Spending spending = new Spending(this);
    private final PodWishes pods = new PodWishes(this, spending);
    private final PriorityQueue<Deadline> deadlines = new PriorityQueue<>(Comparator.comparingLong(Deadline::at)
            .thenComparingLong(d -> d.open().claim.id()));
    /** Claims without a block so far, the oldest first. */
    private final Deque<ClaimCase> newcomers = new ArrayDeque<>();

    private final Deque<Ripe> ripening = new ArrayDeque<>();
    private final Set<String> versions = new LinkedHashSet<>();
    private long nextNumber;
    private long decided;
    private long granted;
    private long refused;
    private final List<Long> waits = new ArrayList<>();
    long now;

    Desk(Settings settings, long now) {
        this.settings = settings;
        this.now = now;
    }

    /**
     * A desk with these resources on it; what an operator before left unfinished is finished or taken back. The claims
     * must have been read while the blocks' accounts were {@linkplain #isQuiet at rest}.
     *
     * @param now milliseconds since the epoch
     */
    public static Desk open(Settings settings, Collection<SeenBlock> blocks, Collection<SeenClaim> claims, long now) {
        var desk = new Desk(settings, now);
        Recovery.onto(desk, blocks, claims);
        return desk;
    }

    /** Whether no account changed between two lists of the blocks, so that claims read in between belong to it. */
    public static boolean isQuiet(Collection<SeenBlock> before, Collection<SeenBlock> after) {
        Map<String, SeenBlock> known = new HashMap<>();
        for (SeenBlock block : before) known.put(block.uid(), block);
        for (SeenBlock block : after) {
            SeenBlock was = known.remove(block.uid());
            if (was == null ? block.status() != null : !Objects.equals(was.status(), block.status())) return false;
        }
        return known.isEmpty();
    }

    /** A block appeared or changed. False if its status is not what this desk stored: open a new desk. */
    public boolean see(SeenBlock seen) {
        BlockCase known = blocks.get(seen.id());
        if (known == null) {
            newcomers.forEach(this::enqueue);
            boolean account = seen.status() != null && seen.status().totalBudget() != null;
            SeenBlock aside = unusable.get(seen.id());
            if (account) return aside != null && aside.spec().equals(seen.spec()) && aside.mute() == seen.mute();
            add(seen);
            return true;
        }
        if (!known.first.uid().equals(seen.uid())) return false;
        if (known.mute != seen.mute() || !Objects.equals(known.first.fault(), seen.fault())) return false;
        known.spec = seen.spec();
        known.deleting = seen.deleting();
        known.guarded = seen.guarded();
        if (versions.remove(seen.version())) return true;
        if (!Objects.equals(known.stored, seen.status())) return false;
        known.version = seen.version();
        return true;
    }

    /** A claim appeared or changed; as with {@link #see(SeenBlock)}. */
    public boolean see(SeenClaim seen) {
        ClaimCase known = claims.get(seen.id());
        if (known == null) {
            if (seen.status() != null && !seen.status().responses().isEmpty()) return false;
            enqueue(add(seen));
            return true;
        }
        if (!known.uid().equals(seen.uid())) return false;
        if (known.first.mute() != seen.mute()) return false;
        known.spec = seen.spec();
        known.fault = seen.fault();
        enqueue(known);
        if (versions.remove(seen.version())) return true;
        if (!known.stored.equals(seen.status() == null ? ClaimStatus.NEW : seen.status())) return false;
        known.version = seen.version();
        return true;
    }

    /** The resource has another version than was decided upon. True if only its description changed: store again. */
    public boolean reread(SeenBlock seen) {
        boolean same = see(seen);
        if (same) remember(seen.version());
        return same;
    }

    /** As {@link #reread(SeenBlock)}. */
    public boolean reread(SeenClaim seen) {
        boolean same = see(seen);
        if (same) remember(seen.version());
        return same;
    }

    /** A block is gone. True if nothing was held there or waited for it, which is what its finalizer is for. */
    public boolean blockGone(String id) {
        unusable.remove(id);
        notes.remove(id);
        BlockCase gone = blocks.get(id);
        return gone == null || (gone.acquired().isEmpty() && gone.reserved.isEmpty() && blocks.remove(id, gone));
    }

    /** A claim was deleted: what it held or waited for is given back. */
    public void claimGone(String id) {
        ClaimCase gone = claims.remove(id);
        if (gone == null) return;
        dirtyClaims.remove(gone);
        ClaimCase.Open open = gone.open;
        if (open != null) allocations.withdraw(gone, open);
        Set<BlockCase> on = new LinkedHashSet<>(gone.holds.values());
        on.addAll(gone.logged.values());
        for (BlockCase block : on) strike(block, id);
    }

    /** Removes whatever a claim that is no more has on a block, except for what it consumed. */
    void strike(BlockCase block, String claim) {
        String prefix = claim + "/";
        block.log.keySet().removeIf(request -> request.startsWith(prefix));
        if (block.holds(claim)) {
            double[] amount = block.acquired(claim).amount();
            block.acquired().remove(claim);
            allocations.giveBack(block, amount);
        }
        block.reserved.remove(claim);
        block.holders.remove(claim);
        dirtyBlocks.add(block);
    }

    /** What is to be done about pods that claims ask for, and what became of them. */
    public PodWishes pods() {
        return pods;
    }

    /** What is known of a claim. */
    public @Nullable SeenClaim claim(String id) {
        ClaimCase claim = claims.get(id);
        return claim == null
                ? null
                : new SeenClaim(
                        claim.first.namespace(),
                        claim.first.name(),
                        claim.uid(),
                        claim.version,
                        claim.first.created(),
                        claim.spec,
                        claim.stored,
                        claim.fault,
                        claim.mute);
    }

    /** Blocks whose finalizer is to be set (true) or, because they are to go and nobody needs them, removed (false). */
    public Map<SeenBlock, Boolean> guards() {
        Map<SeenBlock, Boolean> changes = new LinkedHashMap<>();
        for (BlockCase block : blocks.values()) {
            if (block.mute) continue;
            boolean needed = !block.deleting || !block.acquired().isEmpty() || !block.reserved.isEmpty();
            if (needed == block.guarded || (needed && block.deleting)) continue;
            changes.put(
                    new SeenBlock(
                            block.first.namespace(),
                            block.first.name(),
                            block.first.uid(),
                            block.version,
                            block.first.created(),
                            block.deleting,
                            block.guarded,
                            block.spec,
                            block.stored),
                    needed);
        }
        return changes;
    }

    /** A block's finalizer was set or removed. */
    public void guarded(String id, boolean on, String version) {
        BlockCase block = blocks.get(id);
        if (block == null) return;
        block.guarded = on;
        block.version = version;
        remember(version);
    }

    /** Does everything that is due. */
    public void turn(long at) {
        now = Math.max(now, at);
        for (Deadline next = deadlines.peek(); next != null && next.at() <= now; next = deadlines.peek()) {
            deadlines.poll();
            if (next.claim().open == next.open()) allocations.expire(next.claim(), next.open());
        }
        for (ClaimCase next = newcomers.peek(); next != null && next.newUntil <= now; next = newcomers.peek())
            enqueue(newcomers.poll());
        for (BlockCase block : blocks.values()) allocations.unlockByTime(block);
        settle();
        for (ClaimCase next = todo.poll(); next != null; next = todo.poll()) {
            next.queued = false;
            if (claims.get(next.id) == next) answer(next);
            settle();
        }
        forget();
    }

    private void settle() {
        for (Family family : families.values()) if (family.unsettled) family.settle();
    }

    private void answer(ClaimCase claim) {
        if (!isNext(claim)) return;
        int index = claim.responses.size();
        if (claim.fault != null) {
            fail(claim, null, claim.fault);
            return;
        }
        ClaimSpec.Request request = claim.spec.requests().get(index);
        try {
            if (request.allocateRequest() != null) allocations.ask(claim, index, request.allocateRequest());
            else spending.answer(claim, index, request);
        } catch (NoBlockException e) {
            if (now < claim.newUntil) newcomers.add(claim);
            else fail(claim, request, e.cause.getMessage());
        } catch (InvalidInputException e) {
            fail(claim, request, e.getMessage());
        }
    }

    void fail(ClaimCase claim, ClaimSpec.@Nullable Request request, @Nullable String error) {
        boolean allocating = request != null && request.allocateRequest() != null;
        answered(
                claim,
                new ClaimStatus.Response(
                        request == null ? null : request.identifier(),
                        "failure",
                        error,
                        allocating ? new ClaimStatus.Allocated(Map.of(), null, now) : null,
                        null,
                        null));
    }

    void answered(ClaimCase claim, ClaimStatus.Response response) {
        int index = claim.responses.size();
        claim.responses.add(response);
        decided++;
        if (response.allocateResponse() != null) {
            if (response.isSuccess()) granted++;
            else refused++;
            Long start = response.allocateResponse().startTime();
            waits.add(start == null ? 0 : Math.max(0, now - start));
        }
        dirtyClaims.add(claim);
        String request = claim.request(index);
        for (BlockCase block : claim.logged.values())
            if (block.log.containsKey(request)) ripen(block, claim, request, index);
    }

    void ripen(BlockCase block, ClaimCase claim, String request, int index) {
        ripening.add(new Ripe(now + settings.keepLog(), block, claim, request, index));
    }

    /** Removes what blocks remember of requests whose answers have been stored for long enough. */
    private void forget() {
        Ripe oldest = ripening.peek();
        // Many at once, because each block is then stored once.
        if (oldest == null || oldest.at() + settings.keepLog() / 2 > now) return;
        for (Ripe next = oldest; next != null && next.at() <= now; next = ripening.peek()) {
            ripening.poll();
            boolean stored = next.index() < 0
                    ? next.claim().stored.pod() != null
                            && !next.claim().stored.pod().state().equals("Created")
                    : next.claim().isStoredFinal(next.index());
            if (!stored || claims.get(next.claim().id) != next.claim()) continue;
            next.block().log.remove(next.request());
            next.block().forgetHolder(next.claim().id);
            String prefix = next.claim().id + "/";
            if (next.block().log.keySet().stream().noneMatch(r -> r.startsWith(prefix)))
                next.claim().logged.remove(next.block().id);
            dirtyBlocks.add(next.block());
        }
    }

    void enqueue(ClaimCase claim) {
        if (claim.queued || !isNext(claim)) return;
        claim.queued = true;
        todo.add(claim);
    }

    /** A request is looked at when the answers to those before are stored, so that at most one is ever half done. */
    private static boolean isNext(ClaimCase claim) {
        // A claim that cannot be read is told so; one that had answers before keeps them, and waits to be mended.
        int requests = claim.fault == null ? claim.spec.requests().size() : 1;
        return claim.open == null
                && !claim.mute
                && claim.responses.size() < requests
                && (claim.responses.isEmpty() || claim.isStoredFinal(claim.responses.size() - 1));
    }

    void granted(Claim claim) {
        ClaimCase of = waiting.remove(claim.id());
        if (of == null || of.open == null) throw new IllegalStateException("granted and not waiting: " + claim);
        allocations.granted(of, of.open);
    }

    long number() {
        return nextNumber++;
    }

    void deadline(ClaimCase claim, ClaimCase.Open open) {
        if (open.deadline != Long.MAX_VALUE) deadlines.add(new Deadline(open.deadline, claim, open));
    }

    ClaimCase add(SeenClaim seen) {
        var claim = new ClaimCase(seen);
        claim.newUntil = now + settings.newcomer();
        claims.put(claim.id, claim);
        return claim;
    }

    /** Puts a block on the desk; one that is described wrongly is put aside, with a message in its status. */
    @Nullable
    BlockCase add(SeenBlock seen) {
        try {
            unusable.remove(seen.id());
            notes.remove(seen.id());
            BlockCase block = Accounts.read(this, seen);
            blocks.put(block.id, block);
            dirtyBlocks.add(block);
            return block;
        } catch (InvalidInputException e) {
            unusable.put(seen.id(), seen);
            BlockStatus told = seen.status();
            boolean account = told != null && told.totalBudget() != null;
            if (!seen.mute()
                    && !account
                    && !(told != null && String.valueOf(e.getMessage()).equals(told.message())))
                notes.put(seen.id(), new Write.Note(seen, BlockStatus.unusable(String.valueOf(e.getMessage()))));
            return null;
        }
    }

    /** What to store, stage by stage; to be reported by {@link #stored} one by one. */
    public List<List<Write>> writes() {
        List<Write> fences = new ArrayList<>();
        List<Write> accounts = new ArrayList<>();
        List<Write> answers = new ArrayList<>();
        for (ClaimCase claim : dirtyClaims) {
            if (claim.mute) continue;
            if (claim.fence) fences.add(new Write.OfClaim(claim, claim.renderFence()));
            claim.fence = false;
            ClaimStatus status = claim.render();
            if (!status.equals(claim.stored)) answers.add(new Write.OfClaim(claim, status));
        }
        for (BlockCase block : dirtyBlocks) {
            if (block.mute) continue;
            BlockStatus status = block.render();
            if (!status.equals(block.stored)) accounts.add(new Write.OfBlock(block, status));
        }
        accounts.addAll(notes.values());
        notes.clear();
        dirtyClaims.clear();
        dirtyBlocks.clear();
        return List.of(fences, accounts, answers);
    }

    /** A write succeeded and the resource now has this version. */
    public void stored(Write write, String version) {
        remember(version);
        switch (write) {
            case Write.OfBlock(BlockCase block, BlockStatus status) -> {
                block.stored = status;
                block.version = version;
            }
            case Write.Note _ -> {}
            case Write.OfClaim(ClaimCase claim, ClaimStatus status) -> {
                claim.stored = status;
                claim.version = version;
                if (claims.get(claim.id) == claim) enqueue(claim);
            }
        }
    }

    private void remember(String version) {
        versions.add(version);
        if (versions.size() > REMEMBERED_VERSIONS)
            versions.remove(versions.iterator().next());
    }

    /** When {@link #turn} has something to do though nothing is shown, ms since the epoch. */
    public long nextDue() {
        if (!todo.isEmpty()) return now;
        long due = now + settings.releasingPeriod();
        Deadline next = deadlines.peek();
        if (next != null) due = Math.min(due, next.at());
        ClaimCase newcomer = newcomers.peek();
        if (newcomer != null) due = Math.min(due, newcomer.newUntil);
        Ripe ripe = ripening.peek();
        if (ripe != null) due = Math.min(due, ripe.at() + settings.keepLog() / 2);
        return due;
    }

    /** How long the allocate requests waited that were answered since this was last asked, ms. */
    public List<Long> waits() {
        List<Long> since = List.copyOf(waits);
        waits.clear();
        return since;
    }

    /**
     * Figures for metrics.
     *
     * @param decided requests answered since this desk was opened, of every kind
     * @param granted allocate requests of those
     * @param refused allocate requests of those, timed out ones too
     */
    public record Figures(
            int blocks, int unusable, int claims, int waiting, int holding, long decided, long granted, long refused) {}

    /** How things stand. */
    public Figures figures() {
        return new Figures(
                blocks.size(),
                unusable.size(),
                claims.size(),
                waiting.size(),
                (int) claims.values().stream().filter(c -> !c.holds.isEmpty()).count(),
                decided,
                granted,
                refused);
    }

    static PrivacyBudget negative(PrivacyBudget budget) {
        if (budget.epsDel() != null)
            return PrivacyBudget.of(-budget.epsDel().epsilon(), -budget.epsDel().delta());
        if (budget.renyi() == null) return budget;
        return PrivacyBudget.of(budget.renyi().stream()
                .map(o -> new PrivacyBudget.Order(o.alpha(), 0 - o.epsilon()))
                .toList());
    }
}
