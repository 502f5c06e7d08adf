package dev.croft.budget.scheduling;

import java.util.ArrayList;
import java.util.List;

/** First come, first served: the whole budget is available, and a claim is granted or refused when it arrives. */
public final class Fcfs implements Scheduler {
    private final Dpf.Counting counting;
    private final Decisions decisions;
    private final List<BlockAccount> blocks = new ArrayList<>();

    public Fcfs(Dpf.Counting counting, Decisions decisions) {
        this.counting = counting;
        this.decisions = decisions;
    }

    @Override
    public void blockCreated(double[] total, double now) {
        BlockAccount block = counting.open(blocks.size(), total, now);
        block.unlockEverything();
        blocks.add(block);
    }

    @Override
    public void blockRetired(int block) {}

    @Override
    public void arrived(Claim claim, double now) {
        for (int i = 0; i < claim.size(); i++)
            if (!blocks.get(claim.block(i)).fits(claim.demand(i))) {
                decisions.refused(claim, Refused.INSUFFICIENT);
                return;
            }
        for (int i = 0; i < claim.size(); i++) blocks.get(claim.block(i)).consume(claim.demand(i));
        decisions.granted(claim);
    }

    @Override
    public void expired(Claim claim) {}

    @Override
    public void tick(double now) {}

    @Override
    public void settle() {}
}
