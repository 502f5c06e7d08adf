package dev.croft.budget.bench;

import dev.croft.budget.claims.BlockSpec;
import dev.croft.budget.claims.ClaimBook;
import dev.croft.budget.claims.ClaimRequest;
import dev.croft.budget.claims.Composition;
import dev.croft.budget.claims.Cost;
import dev.croft.budget.claims.Selector;
import dev.croft.budget.ledger.TimeWindow;
import dev.croft.budget.scheduling.BlockAccount;
import dev.croft.budget.scheduling.Claim;
import dev.croft.budget.scheduling.Dpf;
import dev.croft.budget.scheduling.Scheduler;
import dev.croft.budget.simulation.Load;
import dev.croft.budget.simulation.Policy;
import dev.croft.budget.simulation.Replay;
import dev.croft.budget.simulation.Workload;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.function.Consumer;
import java.util.function.IntConsumer;

/**
 * Claims decided per second of processor time, on one thread. Workloads are drawn before the clock starts; everything
 * is played once to warm up where a run is short.
 */
public final class BudgetBench {
    private static final Instant START = Instant.EPOCH;

    private BudgetBench() {}

    /**
     * One line of the table.
     *
     * @param claims how many claims were decided
     * @param granted how many of them were granted, 0 where that is not the point
     * @param cpuSeconds of the measuring thread
     * @param note what else is to be known
     */
    public record Measurement(String name, long claims, long granted, double cpuSeconds, String note) {
        public double claimsPerCpuSecond() {
            return cpuSeconds == 0 ? 0 : claims / cpuSeconds;
        }
    }

    /**
     * Runs everything, about twenty seconds and half a gigabyte; with {@code full} the million claims as well, a minute.
     *
     * @param progress receives each line as it is known
     */
    public static List<Measurement> run(boolean full, Consumer<Measurement> progress) {
        var results = new ArrayList<Measurement>();
        Consumer<Measurement> take = m -> {
            results.add(m);
            progress.accept(m);
        };
        Workload basic = Load.multiBlock(false).draw();
        take.accept(play("multi-block basic, DPF-N 375", basic, 375, 5));
        for (Baseline baseline : ServiceLoader.load(Baseline.class))
            take.accept(race("multi-block basic, DPF-N 375, " + baseline.name(), basic, 375, baseline));
        Workload heavy = Load.multiBlock(true).draw();
        take.accept(play("heavy multi-block Rényi, DPF-N 14514", heavy, 14_514, 2));
        Workload start = first(heavy, 20);
        take.accept(play("its first 20 s", start, 14_514, 2));
        for (Baseline baseline : ServiceLoader.load(Baseline.class))
            take.accept(race("its first 20 s, " + baseline.name(), start, 14_514, baseline));
        arrivalsBeside(1_000);
        for (int waiting : new int[] {1_000, 10_000, 100_000}) take.accept(arrivalsBeside(waiting));
        take.accept(decisions(200_000));
        if (full) take.accept(million());
        take.accept(memoryPerClaim(200_000));
        return results;
    }

    private static Measurement play(String name, Workload workload, double n, int warmUps) {
        for (int i = 1; i < warmUps; i++) Replay.play(workload, Policy.DPF_N, n, null);
        var played = new Replay.Played[1];
        double seconds = cpuSeconds(() -> played[0] = Replay.play(workload, Policy.DPF_N, n, null));
        return measured(name, seconds, played[0]);
    }

    private static Measurement race(String name, Workload workload, double n, Baseline baseline) {
        var played = new Replay.Played[1];
        double seconds = cpuSeconds(() -> played[0] = Replay.play(workload, Policy.DPF_N, n, baseline::open));
        return measured(name, seconds, played[0]);
    }

    private static Measurement measured(String name, double seconds, Replay.Played played) {
        return new Measurement(
                name,
                played.outcomes().size(),
                played.outcomes().granted(),
                seconds,
                String.format("%.0f events/s", played.events() / seconds));
    }

    private static Workload first(Workload of, double duration) {
        int claims = 0;
        while (of.arrivals()[claims] < duration) claims++;
        return new Workload(
                duration,
                Arrays.stream(of.blockCreated()).filter(t -> t < duration).toArray(),
                of.blockTotal(),
                of.renyi(),
                of.claims().subList(0, claims),
                Arrays.copyOf(of.arrivals(), claims),
                of.timeout(),
                of.tick(),
                of.blockLife(),
                of.tolerance());
    }

    private static final class Count implements Scheduler.Decisions {
        long granted;
        long refused;

        @Override
        public void granted(Claim claim) {
            granted++;
        }

        @Override
        public void refused(Claim claim, Scheduler.Refused reason) {
            refused++;
        }
    }

    private static Dpf scheduler(double n, Count count) {
        return new Dpf(
                new Dpf.Unlocking.PerArrival(n),
                new Dpf.Counting(BlockAccount.Rule.ALL, false, 0, 0),
                Dpf.Order.LEXICOGRAPHIC,
                Dpf.Retirement.WAIT,
                count);
    }

    /** Claims arriving on one block while others wait for a second one that cannot help them. */
    private static Measurement arrivalsBeside(int waiting) {
        var count = new Count();
        Dpf dpf = scheduler(1e9, count);
        dpf.blockCreated(new double[] {1}, 0);
        dpf.blockCreated(new double[] {1}, 0);
        for (int i = 0; i < waiting; i++) {
            dpf.arrived(new Claim(i, new int[] {0}, new double[] {0.5 + i * 1e-7}), 0);
            dpf.settle();
        }
        int arrivals = 200_000;
        IntConsumer batch = from -> {
            for (int i = 0; i < arrivals / 2; i++) {
                dpf.arrived(new Claim(from + i, new int[] {1}, new double[] {1e-9}), 1);
                dpf.settle();
            }
        };
        batch.accept(waiting);
        long before = count.granted;
        double seconds = cpuSeconds(() -> batch.accept(waiting + arrivals));
        return new Measurement(
                "arrivals beside " + waiting + " waiting on another block",
                arrivals / 2,
                count.granted - before,
                seconds,
                String.format("%.2f us per arrival", seconds / (arrivals / 2) * 1e6));
    }

    /** The engine of the service with its bookkeeping, in memory: allocate and consume. */
    private static Measurement decisions(int claims) {
        var book = book(100);
        double seconds = 0;
        long granted = 0;
        for (int half = 0; half < 2; half++) {
            int from = half * claims / 2;
            var allocated = new long[1];
            seconds = cpuSeconds(() -> {
                for (int i = from; i < from + claims / 2; i++) {
                    var view = book.submit(request(i, i % 100), START);
                    allocated[0] += view.allocated().size();
                    if (!view.allocated().isEmpty()) book.consume(view.id(), "all", view.allocated());
                }
            });
            granted = allocated[0];
        }
        return new Measurement("service engine in memory: allocate, consume", claims / 2, granted, seconds, "");
    }

    private static ClaimBook book(int blocks) {
        var book = new ClaimBook(new Composition.EpsilonDelta(), new Dpf.Unlocking.PerArrival(2_000));
        for (int i = 0; i < blocks; i++)
            book.createBlock(new BlockSpec("block-" + i, "bench", TimeWindow.ALWAYS, Map.of(), Cost.of(1000, 1e-3)));
        return book;
    }

    private static ClaimRequest request(int number, int block) {
        return new ClaimRequest(
                "claim-" + number,
                new Selector.Named(List.of("block-" + block)),
                Cost.of(0.001 + number % 7 * 0.0001, 1e-9),
                1,
                Duration.ofDays(1),
                Duration.ofDays(30));
    }

    /** A million claims on a thousand blocks, one to ten of them each, with more asked than there is. */
    private static Measurement million() {
        var count = new Count();
        Dpf dpf = scheduler(4_000, count);
        for (int i = 0; i < 1_000; i++) dpf.blockCreated(new double[] {1}, 0);
        double seconds = cpuSeconds(() -> {
            long mixed = 1;
            for (int i = 0; i < 1_000_000; i++) {
                mixed = mixed * 6364136223846793005L + 1442695040888963407L;
                int[] blocks = new int[(mixed >>> 40 & 3) == 0 ? 10 : 1];
                int first = (int) ((mixed >>> 33) % (1_001 - blocks.length));
                for (int b = 0; b < blocks.length; b++) blocks[b] = first + b;
                double demand = (mixed >>> 20 & 3) == 0 ? 0.01 : 0.001;
                dpf.arrived(new Claim(i, blocks, new double[] {demand * (1 - (mixed >>> 44 & 1023) * 1e-7)}), i);
                dpf.settle();
            }
        });
        return new Measurement(
                "a million claims on 1,000 blocks",
                1_000_000,
                count.granted,
                seconds,
                dpf.waiting() + " still waiting");
    }

    private static Measurement memoryPerClaim(int claims) {
        var book = book(100);
        long before = usedBytes();
        double seconds = cpuSeconds(() -> {
            for (int i = 0; i < claims; i++) book.submit(request(i, i % 100), START);
        });
        long bytes = usedBytes() - before;
        return new Measurement(
                "memory of the service engine",
                claims,
                0,
                seconds,
                bytes / claims + " bytes per claim held, " + book.waiting() + " waiting");
    }

    private static long usedBytes() {
        for (int i = 0; i < 3; i++) System.gc();
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }

    private static double cpuSeconds(Runnable work) {
        var threads = ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadCpuTime();
        work.run();
        return (threads.getCurrentThreadCpuTime() - before) / 1e9;
    }
}
