package dev.croft.operator.decide;

import dev.croft.budget.InvalidInputException;
import dev.croft.operator.resource.BlockStatus;
import dev.croft.operator.resource.ClaimSpec;
import dev.croft.operator.resource.ClaimStatus;
import dev.croft.operator.resource.PrivacyBudget;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * Opens a desk from what is stored. Allocations that an operator began and did not answer are first taken back in
 * memory; then everything that waits is decided as ever. Either way the claim's version is changed first, then its
 * blocks', then it is answered. If the other operator still lives, or another one recovers at the same time, it runs into
 * one of these versions: it cannot answer a claim whose blocks are being changed back, nor change blocks back under a
 * claim that is being answered.
 */
final class Recovery {
    private final Desk desk;
    private final List<ClaimCase> resumed = new ArrayList<>();

    private Recovery(Desk desk) {
        this.desk = desk;
    }

    static void onto(Desk desk, Collection<SeenBlock> blocks, Collection<SeenClaim> claims) {
        blocks.stream()
                .sorted(Comparator.comparingLong(SeenBlock::created).thenComparing(SeenBlock::id))
                .forEach(desk::add);
        claims.stream()
                .sorted(Comparator.comparingLong(Recovery::arrival).thenComparing(SeenClaim::id))
                .forEach(desk::add);
        var recovery = new Recovery(desk);
        List.copyOf(desk.blocks.values()).forEach(recovery::attach);
        desk.claims.values().forEach(recovery::leaveMute);
        desk.claims.values().forEach(recovery::resume);
        desk.families.values().forEach(Family::settle);
        recovery.resumed.forEach(recovery::keepWaiting);
        desk.claims.values().forEach(desk::enqueue);
        desk.claims.values().forEach(desk.dirtyClaims::add);
    }

    private static long arrival(SeenClaim claim) {
        if (claim.status() != null)
            for (ClaimStatus.Response response : claim.status().responses())
                if (response.isPending()
                        && response.allocateResponse() != null
                        && response.allocateResponse().startTime() != null)
                    return response.allocateResponse().startTime();
        return claim.created();
    }

    /** Ties what a block says to the claims; what belongs to a claim that is no more is given back. */
    private void attach(BlockCase block) {
        Set<String> named = new HashSet<>(block.acquired().keySet());
        named.addAll(block.reserved.keySet());
        named.addAll(block.holders.keySet());
        block.log.keySet().forEach(request -> named.add(claimOf(request)));
        for (String id : named) {
            ClaimCase claim = desk.claims.get(id);
            String uid = block.holders.get(id);
            if (claim == null || (uid != null && !uid.equals(claim.uid()))) {
                desk.strike(block, id);
                continue;
            }
            if (block.holds(id)) claim.holds.put(block.id, block);
            for (String request : List.copyOf(block.log.keySet()))
                if (claimOf(request).equals(id)) attach(block, claim, request);
            desk.dirtyBlocks.add(block);
        }
    }

    private void attach(BlockCase block, ClaimCase claim, String request) {
        claim.logged.put(block.id, block);
        String part = request.substring(request.lastIndexOf('/') + 1);
        if (part.equals("pod")) {
            desk.ripen(block, claim, request, -1);
            return;
        }
        try {
            int index = Integer.parseInt(part);
            if (!claim.isStoredFinal(index)) return;
            if (isStray(block, claim, request, claim.responses.get(index))) {
                double[] amount =
                        block.form().stored(entry(block, request).budget().acquired());
                if (block.lose(claim.id, amount)) claim.holds.remove(block.id);
                block.family.makeAvailable(block.number, amount);
                aborted(block, request);
            }
            if (entry(block, request).state().equals(Allocations.RESERVED)) {
                // Whoever still waits there is entered again below.
                block.reserved.remove(claim.id);
                aborted(block, request);
            }
            desk.ripen(block, claim, request, index);
        } catch (NumberFormatException _) {
            // Not written by an operator; it stays.
        }
    }

    /** Whether a block says that a request got something there, and the claim's final answer does not. */
    private static boolean isStray(BlockCase block, ClaimCase claim, String request, ClaimStatus.Response answer) {
        if (!entry(block, request).state().equals(Allocations.ACQUIRED) || !block.holds(claim.id)) return false;
        ClaimStatus.Allocated told = answer.allocateResponse();
        return !answer.isSuccess() || told == null || !told.budgets().containsKey(block.id);
    }

    private static BlockStatus.Locked entry(BlockCase block, String request) {
        return Objects.requireNonNull(block.log.get(request));
    }

    private static void aborted(BlockCase block, String request) {
        block.log.put(
                request,
                new BlockStatus.Locked(
                        new BlockStatus.Change(PrivacyBudget.NONE, PrivacyBudget.NONE), "aborted", null));
    }

    private static String claimOf(String request) {
        int slash = request.lastIndexOf('/');
        return slash < 0 ? request : request.substring(0, slash);
    }

    /** A claim on a block that nothing can be done about stays as it is too. */
    private void leaveMute(ClaimCase claim) {
        Set<String> on = new HashSet<>(claim.stored.acquiredBudgets().keySet());
        on.addAll(claim.stored.reservedBudgets().keySet());
        on.addAll(claim.holds.keySet());
        on.addAll(claim.logged.keySet());
        for (String id : on) {
            BlockCase block = desk.blocks.get(id);
            claim.mute |= desk.unusable.containsKey(id) || (block != null && block.mute);
        }
    }

    /** Takes back what the claim's open request did, and puts it into the queue again. */
    private void resume(ClaimCase claim) {
        if (claim.mute) return;
        int index = claim.responses.size();
        String request = claim.request(index);
        ClaimStatus.Allocated pending = claim.storedPending(index);
        List<BlockCase> acquired = new ArrayList<>();
        List<BlockCase> known = new ArrayList<>();
        for (BlockCase block : claim.logged.values()) {
            BlockStatus.Locked entry = block.log.get(request);
            if (entry == null) continue;
            boolean allocating = entry.state().equals(Allocations.ACQUIRED)
                    || entry.state().startsWith("dpf_")
                    || entry.state().equals("abortReserved");
            if (!allocating) continue;
            known.add(block);
            if (!entry.state().equals(Allocations.ACQUIRED) || !block.holds(claim.id)) continue;
            double[] amount = block.form().stored(entry.budget().acquired());
            if (block.lose(claim.id, amount)) claim.holds.remove(block.id);
            block.family.makeAvailable(block.number, amount);
            acquired.add(block);
        }
        if (pending == null && known.isEmpty()) return;
        if (!acquired.isEmpty()) {
            claim.attempts++;
            claim.fence = true;
        }
        Map<BlockCase, PrivacyBudget> asked = new LinkedHashMap<>();
        if (pending != null)
            pending.budgets().forEach((id, change) -> {
                BlockCase block = desk.blocks.get(id);
                if (block != null) asked.put(block, change.reserved());
            });
        ClaimSpec.Allocate described = index < claim.spec.requests().size()
                ? claim.spec.requests().get(index).allocateRequest()
                : null;
        long start = pending != null && pending.startTime() != null ? pending.startTime() : desk.now;
        if (asked.isEmpty()
                || asked.size() < (pending == null ? 0 : pending.budgets().size())) {
            // Never answered: it arrives again, and finds which blocks have already unlocked for it.
            takeBack(claim, request, known);
            return;
        }
        try {
            ClaimCase.Open open = desk.allocations.open(
                    claim, index, "status", asked, start, described == null ? 0 : described.timeout());
            List<BlockCase> strays = new ArrayList<>(known);
            strays.removeAll(open.blocks);
            takeBack(claim, request, strays);
            open.reserved = true;
            desk.allocations.enter(claim, open);
            resumed.add(claim);
        } catch (InvalidInputException e) {
            takeBack(claim, request, known);
            desk.fail(claim, null, e.getMessage());
        }
    }

    /** Removes the traces of an unanswered request, but for the entry that says what was unlocked for it. */
    private void takeBack(ClaimCase claim, String request, List<BlockCase> blocks) {
        for (BlockCase block : blocks) {
            block.reserved.remove(claim.id);
            aborted(block, request);
            desk.dirtyBlocks.add(block);
        }
    }

    private void keepWaiting(ClaimCase claim) {
        ClaimCase.Open open = claim.open;
        if (open != null) desk.allocations.reserve(claim, open);
    }
}
