package dev.croft.budget.simulation;

import dev.croft.budget.scheduling.Claim;
import dev.croft.budget.scheduling.Scheduler;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** What became of each claim of a run, by claim number. */
public final class Outcomes implements Scheduler.Decisions {
    /** The three ends a claim can come to. */
    public enum Outcome {
        GRANTED,
        REFUSED,
        /** Still queued when time ran out. */
        WAITING
    }

    private final Outcome[] outcomes;
    private final double[] decidedAt;
    private final Scheduler.@Nullable Refused[] reasons;
    private final int[] grantOrder;
    private double now;
    private int granted;
    private int refused;

    public Outcomes(int claims) {
        outcomes = new Outcome[claims];
        Arrays.fill(outcomes, Outcome.WAITING);
        decidedAt = new double[claims];
        reasons = new Scheduler.Refused[claims];
        grantOrder = new int[claims];
    }

    void at(double time) {
        now = time;
    }

    @Override
    public void granted(Claim claim) {
        int id = open(claim);
        outcomes[id] = Outcome.GRANTED;
        grantOrder[id] = granted++;
    }

    @Override
    public void refused(Claim claim, Scheduler.Refused reason) {
        int id = open(claim);
        outcomes[id] = Outcome.REFUSED;
        reasons[id] = reason;
        refused++;
    }

    private int open(Claim claim) {
        int id = Math.toIntExact(claim.id());
        if (outcomes[id] != Outcome.WAITING) throw new IllegalStateException("decided twice: " + claim);
        decidedAt[id] = now;
        return id;
    }

    public int size() {
        return outcomes.length;
    }

    public Outcome outcome(int claim) {
        return outcomes[claim];
    }

    /** In seconds; meaningless for a claim that waits. */
    public double decidedAt(int claim) {
        return decidedAt[claim];
    }

    /** Null unless refused. */
    public Scheduler.@Nullable Refused reason(int claim) {
        return reasons[claim];
    }

    /** The how-manieth grant of the run it was, from 0; meaningless unless granted. */
    public int grantOrder(int claim) {
        return grantOrder[claim];
    }

    public int granted() {
        return granted;
    }

    public int refused() {
        return refused;
    }

    public int waiting() {
        return outcomes.length - granted - refused;
    }
}
