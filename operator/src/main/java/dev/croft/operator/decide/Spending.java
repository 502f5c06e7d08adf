package dev.croft.operator.decide;

import dev.croft.budget.InvalidInputException;
import dev.croft.budget.InvalidInputException.Problem;
import dev.croft.operator.resource.BlockStatus;
import dev.croft.operator.resource.ClaimSpec;
import dev.croft.operator.resource.ClaimStatus;
import dev.croft.operator.resource.PrivacyBudget;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Consume and release requests. A block that remembers the request has done its part. */
final class Spending {
    private record Piece(BlockCase block, double[] amount, PrivacyBudget shown) {}

    private final Desk desk;

    Spending(Desk desk) {
        this.desk = desk;
    }

    void answer(ClaimCase claim, int index, ClaimSpec.Request request) {
        ClaimSpec.Release back = request.releaseRequest();
        ClaimSpec.Consume spend = request.consumeRequest();
        if ((back == null) == (spend == null))
            throw new InvalidInputException(
                    "requests[" + index + "]",
                    Problem.MALFORMED,
                    "one of allocateRequest, consumeRequest and releaseRequest is needed");
        boolean release = back != null;
        String field = "requests[" + index + "]." + (release ? "releaseRequest.release" : "consumeRequest.consume");
        String policy = back != null ? back.policy() : spend == null ? null : spend.policy();
        Map<String, PrivacyBudget> wanted = back != null ? back.release() : spend == null ? null : spend.consume();
        if (wanted == null || wanted.isEmpty()) {
            if (!release) throw new InvalidInputException(field, Problem.EMPTY, "no block named");
            wanted = everything(claim, claim.request(index));
        }
        boolean capped = says(policy, release ? "abortAvailable=true" : "consumeAvailableBudget=true");
        Map<String, Piece> pieces = new TreeMap<>();
        Map<String, ClaimStatus.Part> parts = new TreeMap<>();
        String error = null;
        for (Map.Entry<String, PrivacyBudget> one : new TreeMap<>(wanted).entrySet()) {
            String block = one.getKey();
            BlockStatus.Locked done = done(claim, claim.request(index), block);
            if (done != null) {
                parts.put(block, new ClaimStatus.Part(done.budget().acquired(), ""));
                if (!release) addCommitted(claim, block, done.budget().acquired());
                continue;
            }
            try {
                pieces.put(block, piece(claim, field + "." + block, block, one.getValue(), capped));
            } catch (InvalidInputException e) {
                error = error == null ? e.getMessage() : error;
                parts.put(block, new ClaimStatus.Part(PrivacyBudget.NONE, String.valueOf(e.getMessage())));
            }
        }
        boolean all = error == null || says(policy, "allOrNothing=false");
        for (Map.Entry<String, Piece> one : pieces.entrySet()) {
            if (!all) {
                parts.put(one.getKey(), new ClaimStatus.Part(PrivacyBudget.NONE, "not done: " + error));
                continue;
            }
            Piece piece = one.getValue();
            if (release) release(claim, claim.request(index), piece);
            else consume(claim, claim.request(index), piece);
            parts.put(one.getKey(), new ClaimStatus.Part(piece.shown(), ""));
        }
        desk.answered(
                claim,
                new ClaimStatus.Response(
                        request.identifier(),
                        error == null ? "success" : "failure",
                        error,
                        null,
                        release ? null : parts,
                        release ? parts : null));
    }

    /**
     * What is left is consumed, or given back, at the end of the claim's pod.
     *
     * @param report blocks of which only so much is consumed and the rest given back
     */
    void settle(ClaimCase claim, boolean release, Map<String, PrivacyBudget> report) {
        String request = claim.podRequest();
        for (BlockCase block : new ArrayList<>(claim.logged.values())) {
            BlockStatus.Locked done = block.log.get(request);
            if (done == null || !done.state().equals("committed")) continue;
            addCommitted(claim, block.id, done.budget().acquired());
        }
        for (BlockCase block : new ArrayList<>(claim.holds.values())) {
            if (block.log.containsKey(request)) continue;
            BlockCase.Holding held = block.acquired(claim.id);
            PrivacyBudget said = report.get(block.id);
            if (said != null && consumeReported(claim, request, block, said)) continue;
            var piece = new Piece(block, held.amount(), held.shown());
            if (release) release(claim, request, piece);
            else consume(claim, request, piece);
        }
        for (BlockCase block : claim.logged.values())
            if (block.log.containsKey(request)) desk.ripen(block, claim, request, -1);
    }

    /** False if the report is none, or not less than all that is held. */
    private boolean consumeReported(ClaimCase claim, String request, BlockCase block, PrivacyBudget said) {
        double[] rest = block.acquired(claim.id).amount().clone();
        double[] part;
        try {
            part = block.form().part("report", said, rest);
        } catch (InvalidInputException _) {
            return false;
        }
        // At an order that no budget reaches anyway, less is held than was asked.
        for (int i = 0; i < part.length; i++) part[i] = Math.min(part[i], rest[i]);
        if (Arrays.equals(part, rest)) return false;
        Form.add(rest, part, -1);
        consume(claim, request, new Piece(block, part, block.form().show(part)));
        // The entry in the block's log says what was consumed; both are stored with it, or neither.
        if (block.lose(claim.id, rest)) claim.holds.remove(block.id);
        desk.allocations.giveBack(block, rest);
        return true;
    }

    private Map<String, PrivacyBudget> everything(ClaimCase claim, String request) {
        Map<String, PrivacyBudget> all = new HashMap<>();
        claim.holds.forEach((id, block) -> all.put(id, block.acquired(claim.id).shown()));
        claim.logged.forEach((id, block) -> {
            BlockStatus.Locked done = block.log.get(request);
            if (done != null) all.put(id, done.budget().acquired());
        });
        return all;
    }

    private BlockStatus.@Nullable Locked done(ClaimCase claim, String request, String block) {
        BlockCase at = claim.logged.get(block);
        return at == null ? null : at.log.get(request);
    }

    private static Piece piece(ClaimCase claim, String field, String id, PrivacyBudget wanted, boolean capped) {
        BlockCase block = claim.holds.get(id);
        if (block == null) throw new InvalidInputException(field, Problem.UNKNOWN, "nothing is allocated there");
        BlockCase.Holding held = block.acquired(claim.id);
        double[] amount = block.form().part(field, wanted, held.amount());
        if (Arrays.equals(amount, held.amount())) return new Piece(block, amount, wanted);
        if (Form.within(amount, held.amount()))
            return new Piece(block, amount, block.form().show(amount));
        if (!capped) throw new InvalidInputException(field, Problem.OVERFLOW, "more than is allocated");
        for (int i = 0; i < amount.length; i++) amount[i] = Math.min(amount[i], held.amount()[i]);
        return new Piece(block, amount, block.form().show(amount));
    }

    private void consume(ClaimCase claim, String request, Piece piece) {
        lose(claim, request, piece, "committed");
        piece.block().committed.merge(claim.id, piece.amount().clone(), (a, b) -> {
            Form.add(a, b, 1);
            return a;
        });
        addCommitted(claim, piece.block().id, piece.shown());
    }

    private void release(ClaimCase claim, String request, Piece piece) {
        lose(claim, request, piece, "aborted");
        desk.allocations.giveBack(piece.block(), piece.amount());
    }

    private void lose(ClaimCase claim, String request, Piece piece, String state) {
        BlockCase block = piece.block();
        if (block.lose(claim.id, piece.amount())) claim.holds.remove(block.id);
        block.log.put(
                request,
                new BlockStatus.Locked(new BlockStatus.Change(piece.shown(), PrivacyBudget.NONE), state, null));
        claim.logged.put(block.id, block);
        desk.dirtyBlocks.add(block);
        desk.dirtyClaims.add(claim);
    }

    private void addCommitted(ClaimCase claim, String id, PrivacyBudget amount) {
        PrivacyBudget before = claim.committed.get(id);
        BlockCase block = desk.blocks.get(id);
        if (before == null || block == null) {
            claim.committed.put(id, amount);
            return;
        }
        double[] sum = block.form().stored(before);
        Form.add(sum, block.form().stored(amount), 1);
        claim.committed.put(id, block.form().show(sum));
    }

    /** Policies are words separated by commas. */
    private static boolean says(@Nullable String policy, String word) {
        if (policy == null) return false;
        for (String one : policy.split(",", -1)) if (one.trim().equals(word)) return true;
        return false;
    }
}
