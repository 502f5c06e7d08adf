package dev.croft.budget.scheduling;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The baselines RR-N and RR-T of PrivateKube's evaluation: what a block unlocks is shared max-min fairly among the
 * claims waiting for it, piece by piece, and a claim is granted when every block has given it everything. Pieces of a
 * claim that fails are lost. Only for a single epsilon.
 */
public final class RoundRobin implements Scheduler {
    private static final class Waiter {
        final Claim claim;
        final double[] received;
        final boolean[] full;
        int missing;

        Waiter(Claim claim) {
            this.claim = claim;
            this.received = new double[claim.size()];
            this.full = new boolean[claim.size()];
            this.missing = claim.size();
        }
    }

    private static final class Block {
        final double total;
        final double created;
        final Map<Waiter, Integer> waiting = new LinkedHashMap<>();
        double locked;
        double left;
        int arrivals;
        int ticks;
        int ticksTotal;
        boolean closed;

        Block(double total, double created) {
            this.total = total;
            this.created = created;
            this.locked = total;
        }

        /** Unlocks up to {@code part} of {@code parts} equal parts. */
        void unlock(double part, double parts) {
            double amount = 0;
            if (part < parts) amount = total / parts * part - (total - locked);
            else amount = locked;
            if (amount == 0) return;
            locked -= amount;
            left += amount;
        }
    }

    private final Dpf.Unlocking unlocking;
    private final double tolerance;
    private final Decisions decisions;
    private final List<Block> blocks = new ArrayList<>();
    private final Map<Long, Waiter> waiters = new HashMap<>();
    private final Set<Waiter> failed = new LinkedHashSet<>();
    private final Set<Waiter> complete = new LinkedHashSet<>();

    /** @param tolerance what counts as nothing, 1e-8 in the reference */
    public RoundRobin(Dpf.Unlocking unlocking, double tolerance, Decisions decisions) {
        this.unlocking = unlocking;
        this.tolerance = tolerance;
        this.decisions = decisions;
    }

    @Override
    public void blockCreated(double[] total, double now) {
        blocks.add(new Block(total[0], now));
    }

    @Override
    public void blockRetired(int block) {}

    @Override
    public void arrived(Claim claim, double now) {
        boolean open = true;
        for (int i = 0; i < claim.size(); i++) {
            Block block = blocks.get(claim.block(i));
            block.arrivals++;
            open &= !block.closed;
        }
        if (open) {
            var waiter = new Waiter(claim);
            waiters.put(claim.id(), waiter);
            for (int i = 0; i < claim.size(); i++)
                blocks.get(claim.block(i)).waiting.put(waiter, i);
        } else decisions.refused(claim, Refused.BLOCK_CLOSED);
        if (unlocking instanceof Dpf.Unlocking.PerArrival(double n))
            for (int i = 0; i < claim.size(); i++) {
                Block block = blocks.get(claim.block(i));
                if (!block.closed) unlockAndShare(block, n);
            }
        finish();
    }

    private void unlockAndShare(Block block, double n) {
        if (block.arrivals > Math.ceil(n) && block.left < tolerance) {
            close(block);
            return;
        }
        block.unlock(block.arrivals, n);
        share(block);
    }

    @Override
    public void tick(double now) {
        if (!(unlocking instanceof Dpf.Unlocking.PerTick(double lifetime, double tick))) return;
        for (Block block : blocks) {
            if (block.closed) continue;
            if (block.ticksTotal == 0) block.ticksTotal = (int) ((block.created + lifetime - now) / tick) + 1;
            block.ticks++;
            block.unlock(block.ticks, block.ticksTotal);
            share(block);
            if (block.left < tolerance && block.ticks >= block.ticksTotal) close(block);
        }
        finish();
    }

    @Override
    public void expired(Claim claim) {
        Waiter waiter = waiters.remove(claim.id());
        if (waiter == null) return;
        leaveBlocks(waiter);
        decisions.refused(claim, Refused.TIMED_OUT);
    }

    @Override
    public void settle() {}

    private void close(Block block) {
        block.closed = true;
        failed.addAll(block.waiting.keySet());
    }

    /** Failures take effect after all blocks have shared: a failing claim still takes its pieces of this instant. */
    private void finish() {
        for (Waiter waiter : failed) {
            waiters.remove(waiter.claim.id());
            leaveBlocks(waiter);
            decisions.refused(waiter.claim, Refused.BLOCK_CLOSED);
        }
        for (Waiter waiter : complete)
            if (!failed.contains(waiter)) {
                waiters.remove(waiter.claim.id());
                leaveBlocks(waiter);
                decisions.granted(waiter.claim);
            }
        failed.clear();
        complete.clear();
    }

    private void leaveBlocks(Waiter waiter) {
        for (int i = 0; i < waiter.claim.size(); i++)
            blocks.get(waiter.claim.block(i)).waiting.remove(waiter);
    }

    private void share(Block block) {
        if (block.waiting.isEmpty()) return;
        int count = block.waiting.size();
        var order = new Waiter[count];
        var places = new int[count];
        var missing = new double[count];
        int at = 0;
        for (var entry : block.waiting.entrySet()) {
            order[at] = entry.getKey();
            places[at] = entry.getValue();
            missing[at] = order[at].claim.demand(places[at])[0] - order[at].received[places[at]];
            at++;
        }
        var amounts = new double[count];
        double sum = MaxMin.share(missing, block.left, amounts);
        block.left = sum < block.left ? block.left - sum : 0;
        for (int i = 0; i < count; i++) give(block, order[i], places[i], missing[i], amounts[i]);
    }

    private void give(Block block, Waiter waiter, int place, double missing, double amount) {
        double off = missing - amount;
        boolean last = -tolerance < off && off < tolerance;
        double demand = waiter.claim.demand(place)[0];
        waiter.received[place] += last ? missing : amount;
        if (last) block.waiting.remove(waiter);
        if (!waiter.full[place] && waiter.received[place] >= demand * (1 - tolerance)) {
            waiter.full[place] = true;
            if (--waiter.missing == 0) complete.add(waiter);
        }
    }
}
