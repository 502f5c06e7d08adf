package dev.croft.operator.decide;

import dev.croft.budget.InvalidInputException;
import dev.croft.budget.InvalidInputException.Problem;
import dev.croft.budget.scheduling.Claim;
import dev.croft.operator.decide.Settings.Policy;
import dev.croft.operator.resource.BlockSpec;
import dev.croft.operator.resource.BlockStatus;
import dev.croft.operator.resource.ClaimSpec;
import dev.croft.operator.resource.ClaimStatus;
import dev.croft.operator.resource.PrivacyBudget;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Allocate requests: selected, waiting, granted, expired; and how blocks unlock. */
final class Allocations {
    static final String ACQUIRED = "dpf_acquired";
    static final String RESERVED = "dpf_reserved";
    private static final int MAX_BLOCKS = 10_000;

    private final Desk desk;

    Allocations(Desk desk) {
        this.desk = desk;
    }

    /** A new request: it is granted, refused by an exception, or waits. */
    void ask(ClaimCase claim, int index, ClaimSpec.Allocate request) {
        String field = "requests[" + index + "].allocateRequest";
        Map<BlockCase, PrivacyBudget> asked = select(claim, field, request);
        ClaimCase.Open open = open(claim, index, field, asked, desk.now, request.timeout());
        for (int i = 0; i < open.blocks.size(); i++) {
            BlockCase block = open.blocks.get(i);
            if (block.isFull())
                throw new InvalidInputException(
                        field, Problem.TOO_MANY, "block " + block.id + " holds as many claims as a resource can");
            if (!block.form().fits(open.claim.demand(i), block.ever()))
                throw new InvalidInputException(
                        field + ".expectedBudget", Problem.OVERFLOW, "block " + block.id + " never has that much");
        }
        enter(claim, open);
        open.family.settle();
        if (claim.open != open) return;
        if (desk.settings.policy() == Policy.FCFS) {
            open.family.dpf.withdrawn(open.claim);
            desk.waiting.remove(open.claim.id());
            claim.open = null;
            throw new InvalidInputException(field + ".expectedBudget", Problem.OVERFLOW, "too little is left");
        }
        reserve(claim, open);
    }

    /** The request as an open one; amounts are checked against each block. */
    ClaimCase.Open open(
            ClaimCase claim, int index, String field, Map<BlockCase, PrivacyBudget> asked, long start, long timeout) {
        List<BlockCase> blocks = new ArrayList<>(asked.keySet());
        blocks.sort(Comparator.comparingInt(b -> b.number));
        Family family = blocks.getFirst().family;
        int[] numbers = new int[blocks.size()];
        double[][] demands = new double[blocks.size()][];
        List<PrivacyBudget> shown = new ArrayList<>();
        for (int i = 0; i < numbers.length; i++) {
            BlockCase block = blocks.get(i);
            if (block.family != family)
                throw new InvalidInputException(
                        field + ".conditions",
                        Problem.MALFORMED,
                        blocks.getFirst().id + " and " + block.id + " count budget differently");
            PrivacyBudget budget = Objects.requireNonNull(asked.get(block));
            numbers[i] = block.number;
            demands[i] = block.form().demand(field + ".expectedBudget", budget, block.total);
            shown.add(block.form().written(budget, demands[i]));
        }
        long patience = timeout == 0 ? desk.settings.timeout() : timeout;
        long deadline = patience < 0 || start > Long.MAX_VALUE - patience ? Long.MAX_VALUE : start + patience;
        int priority = claim.spec.priority() == null ? 0 : claim.spec.priority();
        double weight = priority >= 0 ? 1 + (double) priority : 1 / (1 - (double) priority);
        return new ClaimCase.Open(
                index, family, blocks, shown, new Claim(desk.number(), numbers, demands, weight), start, deadline);
    }

    /** Unlocks what the claim's arrival unlocks, and hands it to the scheduler, which is not yet asked to decide. */
    void enter(ClaimCase claim, ClaimCase.Open open) {
        String request = claim.request(open.index);
        for (BlockCase block : open.blocks) {
            if (block.log.containsKey(request)) continue;
            if (desk.settings.policy() == Policy.DPF_N && !unlocksByTime(desk.settings, block))
                unlock(block, desk.settings.n());
        }
        claim.open = open;
        desk.waiting.put(open.claim.id(), claim);
        open.family.dpf.arrived(open.claim, 0);
    }

    /** Marks a claim that has to wait on its blocks. */
    void reserve(ClaimCase claim, ClaimCase.Open open) {
        for (int i = 0; i < open.blocks.size(); i++) {
            BlockCase block = open.blocks.get(i);
            PrivacyBudget shown = open.shown.get(i);
            block.reserved.put(claim.id, shown);
            log(claim, open, block, new BlockStatus.Change(PrivacyBudget.NONE, shown), RESERVED);
        }
        int lacking = open.family.dpf.firstShort(open.claim);
        if (!open.reserved || claim.waitingFor == null)
            claim.waitingFor = lacking < 0 ? null : open.blocks.get(lacking).id;
        open.reserved = true;
        desk.deadline(claim, open);
        desk.dirtyClaims.add(claim);
    }

    void granted(ClaimCase claim, ClaimCase.Open open) {
        claim.open = null;
        String request = claim.request(open.index);
        Map<String, BlockStatus.Change> budgets = new TreeMap<>();
        for (int i = 0; i < open.blocks.size(); i++) {
            BlockCase block = open.blocks.get(i);
            PrivacyBudget shown = open.shown.get(i);
            BlockStatus.Locked before = block.log.get(request);
            block.acquire(claim, open.claim.demand(i), shown);
            boolean waited = block.reserved.remove(claim.id) != null;
            if (before == null || !before.state().equals(ACQUIRED))
                log(
                        claim,
                        open,
                        block,
                        new BlockStatus.Change(shown, waited ? Desk.negative(shown) : PrivacyBudget.NONE),
                        ACQUIRED);
            else log(claim, open, block, before.budget(), ACQUIRED);
            budgets.put(block.id, new BlockStatus.Change(shown, PrivacyBudget.NONE));
        }
        claim.waitingFor = null;
        desk.answered(
                claim,
                new ClaimStatus.Response(
                        identifier(claim, open.index),
                        "success",
                        null,
                        new ClaimStatus.Allocated(budgets, open.start, desk.now),
                        null,
                        null));
    }

    private void log(ClaimCase claim, ClaimCase.Open open, BlockCase block, BlockStatus.Change change, String state) {
        Integer attempt = claim.attempts == 0 ? null : claim.attempts;
        block.log.put(claim.request(open.index), new BlockStatus.Locked(change, state, attempt));
        block.holders.put(claim.id, claim.uid());
        claim.logged.put(block.id, block);
        desk.dirtyBlocks.add(block);
    }

    void expire(ClaimCase claim, ClaimCase.Open open) {
        withdraw(claim, open);
        for (int i = 0; i < open.blocks.size(); i++)
            log(
                    claim,
                    open,
                    open.blocks.get(i),
                    new BlockStatus.Change(PrivacyBudget.NONE, Desk.negative(open.shown.get(i))),
                    "abortReserved");
        claim.waitingFor = null;
        desk.answered(
                claim,
                new ClaimStatus.Response(
                        identifier(claim, open.index),
                        "failure",
                        "timeout",
                        new ClaimStatus.Allocated(Map.of(), open.start, desk.now),
                        null,
                        null));
    }

    private static @Nullable String identifier(ClaimCase claim, int index) {
        return index < claim.spec.requests().size()
                ? claim.spec.requests().get(index).identifier()
                : null;
    }

    /** Takes a waiting claim out of the queue. */
    void withdraw(ClaimCase claim, ClaimCase.Open open) {
        open.family.dpf.withdrawn(open.claim);
        desk.waiting.remove(open.claim.id());
        claim.open = null;
        for (BlockCase block : open.blocks) {
            block.reserved.remove(claim.id);
            block.forgetHolder(claim.id);
            desk.dirtyBlocks.add(block);
        }
    }

    private Map<BlockCase, PrivacyBudget> select(ClaimCase claim, String field, ClaimSpec.Allocate request) {
        ClaimSpec.Demand demand = request.expectedBudget();
        if (demand == null || (demand.constant() == null) == (demand.budgetMap() == null))
            throw new InvalidInputException(
                    field + ".expectedBudget", Problem.MALFORMED, "exactly one of constant and budgetMap is needed");
        Predicate<BlockSpec> condition = Selection.of(field, request);
        Map<String, PrivacyBudget> each = demand.budgetMap();
        PrivacyBudget constant = demand.constant();
        Map<BlockCase, PrivacyBudget> found = new LinkedHashMap<>();
        for (BlockCase block : desk.blocks.values()) {
            if (block.deleting || block.closed || !block.first.namespace().equals(claim.first.namespace())) continue;
            PrivacyBudget asked = constant != null ? constant : each == null ? null : each.get(block.id);
            if (asked != null && condition.test(block.spec)) found.put(block, asked);
        }
        if (each != null)
            for (String id : each.keySet())
                if (found.keySet().stream().noneMatch(b -> b.id.equals(id)))
                    throw new NoBlockException(new InvalidInputException(
                            field + ".expectedBudget.budgetMap", Problem.UNKNOWN, "block " + id + " does not match"));
        int least = Math.max(1, request.minNumberOfBlocks());
        if (found.size() < least)
            throw new NoBlockException(new InvalidInputException(
                    field + ".conditions",
                    Problem.EMPTY,
                    found.size() + " blocks match where " + least + " are needed"));
        int most = request.maxNumberOfBlocks() > 0 ? request.maxNumberOfBlocks() : Integer.MAX_VALUE;
        if (most < least)
            throw new InvalidInputException(
                    field + ".maxNumberOfBlocks", Problem.OUT_OF_RANGE, "below minNumberOfBlocks");
        if (found.size() > most) keepCheapest(field, found, most);
        if (found.size() > MAX_BLOCKS)
            throw new InvalidInputException(field + ".conditions", Problem.TOO_MANY, found.size() + " blocks match");
        return found;
    }

    /** The blocks with the smallest share asked of the total, and among those the ones with most left. */
    private static void keepCheapest(String field, Map<BlockCase, PrivacyBudget> found, int most) {
        record Candidate(BlockCase block, double share, double left) {}
        List<Candidate> candidates = new ArrayList<>();
        found.forEach((block, budget) -> {
            double[] asked = block.form().demand(field + ".expectedBudget", budget, block.total);
            double[] ever = block.ever();
            double share = 0;
            double left = 0;
            for (int i = 0; i < asked.length; i++) {
                if (block.total[i] == 0) continue;
                share = Math.max(share, asked[i] / block.total[i]);
                left = Math.max(left, (block.available()[i] + block.pending[i]) / block.total[i]);
            }
            if (block.form().fits(asked, ever)) candidates.add(new Candidate(block, share, left));
        });
        candidates.sort(Comparator.comparingDouble(Candidate::share)
                .thenComparing(Comparator.comparingDouble(Candidate::left).reversed())
                .thenComparing(c -> c.block().id));
        if (candidates.size() < most) return;
        found.keySet()
                .retainAll(candidates.subList(0, most).stream()
                        .map(Candidate::block)
                        .toList());
    }

    /** Unlocks one of so many parts of a block, or what is left. */
    private void unlock(BlockCase block, double parts) {
        double[] part = new double[block.total.length];
        boolean some = false;
        for (int i = 0; i < part.length; i++) {
            part[i] = Math.min(block.pending[i], Math.ceil(block.total[i] / parts));
            some |= part[i] > 0;
        }
        if (!some) return;
        Form.add(block.pending, part, -1);
        block.family.makeAvailable(block.number, part);
        desk.dirtyBlocks.add(block);
    }

    static boolean unlocksByTime(Settings settings, BlockCase block) {
        String mode = block.spec.releaseMode();
        return "flow".equals(mode) || (settings.policy() == Policy.DPF_T && !"base".equals(mode));
    }

    /** Unlocks in proportion to the time since the last time, once a period. */
    void unlockByTime(BlockCase block) {
        if (!unlocksByTime(desk.settings, block) || Form.isZero(block.pending)) return;
        BlockSpec.Flow flow = block.spec.flowReleasingOption();
        long start = flow != null && flow.startTime() > 0 ? flow.startTime() : block.first.created();
        long duration = flow == null || (flow.duration() <= 0 && flow.endTime() <= 0)
                ? desk.settings.releasingDuration()
                : flow.duration() > 0 ? flow.duration() : Math.max(1, flow.endTime() - start);
        if (block.lastRelease == 0) block.lastRelease = start;
        if (desk.now - block.lastRelease < desk.settings.releasingPeriod()) return;
        boolean over = desk.now >= start + duration;
        unlock(block, over ? 1 : (double) duration / (desk.now - block.lastRelease));
        block.lastRelease = desk.now;
    }

    /** What a claim had on a block goes where the block says. */
    void giveBack(BlockCase block, double[] amount) {
        boolean available = "toAvailable".equals(block.spec.budgetReturnPolicy())
                || "base".equals(block.spec.releaseMode())
                || desk.settings.policy() == Policy.FCFS;
        if (available) block.family.makeAvailable(block.number, amount);
        else Form.add(block.pending, amount, 1);
        desk.dirtyBlocks.add(block);
    }
}
