package dev.croft.operator.decide;

import dev.croft.budget.scheduling.Claim;
import dev.croft.budget.scheduling.Dpf;
import dev.croft.budget.scheduling.Scheduler;
import java.util.function.Consumer;

/** The blocks that count alike, and the scheduler that serves claims on them; a claim is on blocks of one family. */
final class Family {
    final Form form;
    final Dpf dpf;
    private int blocks;
    boolean unsettled;

    Family(Form form, Consumer<Claim> granted) {
        this.form = form;
        this.dpf = new Dpf(
                // The desk unlocks, because what was unlocked is in the resources' status.
                new Dpf.Unlocking.PerTick(1, 1),
                new Dpf.Counting(form.rule(), false, 0, 1),
                Dpf.Order.LEXICOGRAPHIC,
                Dpf.Retirement.WAIT,
                new Scheduler.Decisions() {
                    @Override
                    public void granted(Claim claim) {
                        granted.accept(claim);
                    }

                    @Override
                    public void refused(Claim claim, Scheduler.Refused reason) {
                        throw new IllegalStateException("the desk expires claims itself");
                    }
                });
    }

    /** A block of this total of which so much is unlocked; its number. */
    int add(double[] total, double[] available) {
        dpf.blockCreated(total, 0);
        makeAvailable(blocks, available);
        return blocks++;
    }

    void makeAvailable(int block, double[] amount) {
        dpf.givenBack(block, amount);
        unsettled = true;
    }

    void settle() {
        unsettled = false;
        dpf.settle();
    }
}
