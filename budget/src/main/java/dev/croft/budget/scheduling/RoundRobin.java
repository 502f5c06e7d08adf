package dev.croft.budget.scheduling;

import java.util.ArrayList;
import java.util.HashMap;
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
    private final Dpf.Unlocking unlocking;
    private final double tolerance;
    private final Decisions decisions;
    private final List<SharingBlock> blocks = new ArrayList<>();
    private final Map<Long, SharingBlock.Waiter> waiters = new HashMap<>();
    private final Set<SharingBlock.Waiter> failed = new LinkedHashSet<>();
    private final Set<SharingBlock.Waiter> complete = new LinkedHashSet<>();

    /** @param tolerance what counts as nothing, 1e-8 in the reference */
    public RoundRobin(Dpf.Unlocking unlocking, double tolerance, Decisions decisions) {
        this.unlocking = unlocking;
        this.tolerance = tolerance;
        this.decisions = decisions;
    }

    @Override
    public void blockCreated(double[] total, double now) {
        blocks.add(new SharingBlock(total[0], now, tolerance));
    }

    @Override
    public void blockRetired(int block) {}

    @Override
    public void arrived(Claim claim, double now) {
        boolean open = true;
        for (int i = 0; i < claim.size(); i++) {
            SharingBlock block = blocks.get(claim.block(i));
            block.arrivals++;
            open &= !block.closed;
        }
        if (open) {
            var waiter = new SharingBlock.Waiter(claim);
            waiters.put(claim.id(), waiter);
            for (int i = 0; i < claim.size(); i++) blocks.get(claim.block(i)).join(waiter, i);
        } else decisions.refused(claim, Refused.BLOCK_CLOSED);
        if (unlocking instanceof Dpf.Unlocking.PerArrival(double n))
            for (int i = 0; i < claim.size(); i++) {
                SharingBlock block = blocks.get(claim.block(i));
                if (!block.closed) unlockAndShare(block, n);
            }
        finish();
    }

    private void unlockAndShare(SharingBlock block, double n) {
        if (block.arrivals > Math.ceil(n) && block.left < tolerance) {
            close(block);
            return;
        }
        block.unlock(block.arrivals, n);
        block.share(complete::add);
    }

    @Override
    public void tick(double now) {
        if (!(unlocking instanceof Dpf.Unlocking.PerTick(double lifetime, double tick))) return;
        for (SharingBlock block : blocks) {
            if (block.closed) continue;
            if (block.ticksTotal == 0) block.ticksTotal = (int) ((block.created + lifetime - now) / tick) + 1;
            block.ticks++;
            block.unlock(block.ticks, block.ticksTotal);
            block.share(complete::add);
            if (block.left < tolerance && block.ticks >= block.ticksTotal) close(block);
        }
        finish();
    }

    @Override
    public void expired(Claim claim) {
        SharingBlock.Waiter waiter = waiters.remove(claim.id());
        if (waiter == null) return;
        leaveBlocks(waiter);
        decisions.refused(claim, Refused.TIMED_OUT);
    }

    @Override
    public void settle() {}

    private void close(SharingBlock block) {
        block.closed = true;
        block.forEach(failed::add);
    }

    /** Failures take effect after all blocks have shared: a failing claim still takes its pieces of this instant. */
    private void finish() {
        for (SharingBlock.Waiter waiter : failed) {
            waiters.remove(waiter.claim.id());
            leaveBlocks(waiter);
            decisions.refused(waiter.claim, Refused.BLOCK_CLOSED);
        }
        for (SharingBlock.Waiter waiter : complete)
            if (!failed.contains(waiter)) {
                waiters.remove(waiter.claim.id());
                leaveBlocks(waiter);
                decisions.granted(waiter.claim);
            }
        failed.clear();
        complete.clear();
    }

    private void leaveBlocks(SharingBlock.Waiter waiter) {
        for (int i = 0; i < waiter.claim.size(); i++)
            blocks.get(waiter.claim.block(i)).leave(waiter, i);
    }
}
