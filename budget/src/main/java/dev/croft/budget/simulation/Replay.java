package dev.croft.budget.simulation;

import dev.croft.budget.InvalidInputException;
import dev.croft.budget.InvalidInputException.Problem;
import dev.croft.budget.scheduling.Balance;
import dev.croft.budget.scheduling.Dpf;
import dev.croft.budget.scheduling.Fcfs;
import dev.croft.budget.scheduling.RoundRobin;
import dev.croft.budget.scheduling.Scheduler;
import dev.croft.budget.scheduling.WaitingQueue;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Replays a recorded workload: the folder of a run of PrivateKube's simulator ({@code trace.json}, {@code claims.csv} or
 * {@code claims.csv.gz}, optionally {@code runs.json}) or of DPack's. Claims end as in the reference, claim by claim and
 * at the same times, except that DPF really sorts its queue as the paper says.
 */
public final class Replay {
    private static final long MOST_TICKS = 100_000_000;
    private static final String LINE = "\r\n";

    private Replay() {}

    /**
     * Whether a folder is one of DPack's, which records the number of steps.
     *
     * @throws InvalidInputException if it makes no sense
     * @throws IOException if it cannot be read
     */
    public static boolean isBatches(Path dir) throws IOException {
        return BatchTrace.isOne(dir);
    }

    /**
     * Replays and writes one CSV row per claim, in order of arrival: {@code claim_id,outcome,decided_at,reason}, for
     * DPack's workloads {@code claim_id,outcome,decided_at,allocation_index}.
     *
     * @param nOrT N for policies that go by number, the lifetime T in seconds for those that go by time; ignored by
     *     FCFS. DPACK and DPBALANCE take a lifetime T. For DPack's own workloads see {@link #runBatches}, whose steps it is
     * @throws InvalidInputException if the folder's files do not make sense, naming the field
     * @throws IOException if they cannot be read or {@code csv} not be written
     */
    public static Outcomes run(Path dir, Policy policy, double nOrT, Appendable csv) throws IOException {
        if (BatchTrace.isOne(dir)) return runBatches(dir, policy, nOrT, 0, csv);
        Outcomes outcomes = play(Trace.read(dir, policy), policy, nOrT, null).outcomes();
        write(outcomes, csv);
        return outcomes;
    }

    /**
     * Replays a workload of DPack's simulator; else as {@link #run}.
     *
     * @param steps in how many steps a block unlocks, 0 for as many as recorded
     * @param lifetime in how many seconds a block unlocks, 0 for as many as recorded
     */
    public static Outcomes runBatches(Path dir, Policy policy, double steps, double lifetime, Appendable csv)
            throws IOException {
        Outcomes outcomes = BatchTrace.replay(dir, policy, steps, lifetime);
        writeOrder(outcomes, csv);
        return outcomes;
    }

    /**
     * What a run gave.
     *
     * @param events blocks, retirements, ticks, arrivals and ends of patience that happened
     */
    public record Played(Outcomes outcomes, long events) {}

    /** Plays a workload that is in memory; {@code queue} replaces DPF's queue, for comparisons. */
    public static Played play(
            Workload workload,
            Policy policy,
            double nOrT,
            @Nullable Function<WaitingQueue.Context, WaitingQueue> queue) {
        if (policy.isInBatches())
            return new Played(
                    pack(workload, policy, nOrT, Balance.STANDARD),
                    workload.claims().size());
        var outcomes = new Outcomes(workload.claims().size());
        Scheduler scheduler = scheduler(workload, policy, nOrT, outcomes, queue);
        boolean ticking = policy == Policy.DPF_T || policy == Policy.RR_T;
        long events = new EventLoop(workload, ticking, policy == Policy.DPF_N).play(scheduler, outcomes);
        return new Played(outcomes, events);
    }

    /** As DPack's sample configuration does: a hundred steps of unlocking and ten batches in a lifetime. */
    static Outcomes pack(Workload workload, Policy policy, double lifetime, Balance balance) {
        if (!(lifetime > 0 && lifetime < Double.POSITIVE_INFINITY))
            throw new InvalidInputException("t", Problem.OUT_OF_RANGE, lifetime + " is not above 0");
        return BatchTrace.play(
                workload.blockTotal(),
                workload.blockCreated(),
                workload.claims(),
                workload.arrivals(),
                new BatchTrace.Settings(
                        BatchTrace.metric(policy),
                        100,
                        lifetime,
                        lifetime / 10,
                        10,
                        Math.nextDown(workload.duration()),
                        balance));
    }

    private static Scheduler scheduler(
            Workload workload,
            Policy policy,
            double nOrT,
            Scheduler.Decisions decisions,
            @Nullable Function<WaitingQueue.Context, WaitingQueue> queue) {
        Dpf.Counting counting =
                workload.renyi() ? Dpf.Counting.referenceRenyi() : Dpf.Counting.reference(workload.tolerance());
        if (policy == Policy.FCFS) return new Fcfs(counting, decisions);
        boolean byTime = policy == Policy.DPF_T || policy == Policy.RR_T;
        if (byTime && workload.duration() / workload.tick() > MOST_TICKS)
            throw new InvalidInputException("tick", Problem.TOO_MANY, "more than " + MOST_TICKS + " in the duration");
        Dpf.Unlocking unlocking =
                byTime ? new Dpf.Unlocking.PerTick(nOrT, workload.tick()) : new Dpf.Unlocking.PerArrival(nOrT);
        if (policy == Policy.RR_N || policy == Policy.RR_T) {
            if (workload.renyi())
                throw new InvalidInputException("policy", Problem.OUT_OF_RANGE, "round-robin has no Rényi form");
            return new RoundRobin(unlocking, workload.tolerance(), decisions);
        }
        Dpf.Order order = workload.renyi() ? Dpf.Order.DOMINANT_SHARE : Dpf.Order.EPSILON;
        Dpf.Retirement retirement;
        if (workload.renyi()) retirement = Dpf.Retirement.REFUSE_IN_TURN;
        else retirement = byTime ? Dpf.Retirement.REFUSE_BY_OLDEST : Dpf.Retirement.REFUSE_BY_ENDS;
        return queue == null
                ? new Dpf(unlocking, counting, order, retirement, decisions)
                : new Dpf(unlocking, counting, order, retirement, decisions, queue);
    }

    static void write(Outcomes outcomes, Appendable csv) throws IOException {
        csv.append("claim_id,outcome,decided_at,reason").append(LINE);
        for (int i = 0; i < outcomes.size(); i++) {
            csv.append(Integer.toString(i))
                    .append(',')
                    .append(name(outcomes.outcome(i)))
                    .append(',');
            if (outcomes.outcome(i) != Outcomes.Outcome.WAITING) csv.append(PythonFloat.repr(outcomes.decidedAt(i)));
            Scheduler.Refused reason = outcomes.reason(i);
            csv.append(',').append(reason == null ? "" : name(reason)).append(LINE);
        }
    }

    /** The same rows as {@link #write}. */
    static Table table(Outcomes outcomes) {
        return new Table(outcomes.size())
                .integer("claim_id", i -> (long) i)
                .text("outcome", i -> name(outcomes.outcome(i)))
                .number(
                        "decided_at",
                        i -> outcomes.outcome(i) == Outcomes.Outcome.WAITING ? null : outcomes.decidedAt(i))
                .text("reason", i -> {
                    Scheduler.Refused reason = outcomes.reason(i);
                    return reason == null ? null : name(reason);
                });
    }

    private static void writeOrder(Outcomes outcomes, Appendable csv) throws IOException {
        csv.append("claim_id,outcome,decided_at,allocation_index").append(LINE);
        for (int i = 0; i < outcomes.size(); i++) {
            csv.append(Integer.toString(i))
                    .append(',')
                    .append(name(outcomes.outcome(i)))
                    .append(',');
            if (outcomes.outcome(i) == Outcomes.Outcome.GRANTED)
                csv.append(PythonFloat.repr(outcomes.decidedAt(i)))
                        .append(',')
                        .append(Integer.toString(outcomes.grantOrder(i)));
            else csv.append(',');
            csv.append(LINE);
        }
    }

    private static String name(Outcomes.Outcome outcome) {
        return switch (outcome) {
            case GRANTED -> "granted";
            case REFUSED -> "rejected";
            case WAITING -> "waiting";
        };
    }

    /** The exception names of the reference, which the recorded files hold. */
    private static String name(Scheduler.Refused reason) {
        return switch (reason) {
            case INSUFFICIENT -> "InsufficientDpException";
            case BLOCK_RETIRED -> "DpBlockRetiredError";
            case BLOCK_CLOSED -> "StopReleaseDpError";
            case TIMED_OUT -> "DprequestTimeoutError";
        };
    }
}
