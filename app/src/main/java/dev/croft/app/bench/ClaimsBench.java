package dev.croft.app.bench;

import com.sun.management.OperatingSystemMXBean;
import dev.croft.app.server.Backend;
import dev.croft.app.server.Home;
import dev.croft.app.server.LocalServer;
import dev.croft.budget.claims.BlockSpec;
import dev.croft.budget.claims.ClaimRequest;
import dev.croft.budget.claims.Cost;
import dev.croft.budget.claims.Selector;
import dev.croft.budget.ledger.TimeWindow;
import dev.croft.router.BudgetClient;
import dev.croft.router.RouterClient;
import dev.croft.router.RouterConfig;
import dev.croft.router.http.ApiServer;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;

/**
 * Budget claims over HTTPS at a router in this process, durable when answered; client and server share the machine. Syncs of a bare
 * file are measured in the same run.
 */
final class ClaimsBench {
    private static final int ALONE = 300;
    private static final int BLOCKS = 50;

    private ClaimsBench() {}

    static void run(Path scratch, Duration each, Consumer<Measure> found) throws Exception {
        var home = new Home(scratch.resolve("claims"));
        RouterConfig config = RouterConfig.embedded(home.router())
                .withServicesDirectory(home.services())
                .withListen("127.0.0.1", 0)
                .withRates(new ApiServer.RateLimits(1_000_000, 1_000_000, 60_000));
        try (LocalServer server = LocalServer.start(home, config, Backend.PROCESS, false, _ -> {});
                RouterClient operator = server.operator()) {
            BudgetClient budget = operator.budget();
            for (int i = 0; i < BLOCKS; i++)
                budget.createBlock(new BlockSpec("b" + i, "bench", TimeWindow.ALWAYS, Map.of(), Cost.of(1000, 1e-3)));
            var number = new AtomicInteger();
            for (int i = 0; i < ALONE; i++) budget.submit(request(number.getAndIncrement()));
            double[] alone = times(_ -> budget.submit(request(number.getAndIncrement())));
            double[] sync;
            try (FileChannel file =
                    FileChannel.open(scratch.resolve("sync"), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
                sync = times(_ -> sync(file));
            }
            found.accept(new Measure(
                    "a lone claim over HTTPS, median", alone[ALONE / 2], "ms", "a bare sync", sync[ALONE / 2]));
            found.accept(new Measure(
                    "a lone claim over HTTPS, p99",
                    alone[ALONE * 99 / 100],
                    "ms",
                    "a bare sync, p99",
                    sync[ALONE * 99 / 100]));
            double cpu = cpuSeconds();
            int before = number.get();
            for (int i = 0; i < ALONE; i++) budget.submit(request(number.getAndIncrement()));
            found.accept(Measure.of(
                    "a claim over HTTPS, client and server",
                    (cpuSeconds() - cpu) / (number.get() - before) * 1000,
                    "ms of CPU"));
            double syncsPerSecond = 1000 / Arrays.stream(sync).average().orElse(1);
            found.accept(new Measure(
                    "claims over HTTPS, one a request, 32 clients",
                    perSecond(32, each, () -> {
                        budget.submit(request(number.getAndIncrement()));
                        return 1;
                    }),
                    "durable decisions/s",
                    "bare syncs/s",
                    syncsPerSecond));
            found.accept(new Measure(
                    "claims over HTTPS, 250 a request, 4 clients",
                    perSecond(4, each, () -> {
                        budget.submit(IntStream.range(0, 250)
                                .mapToObj(_ -> request(number.getAndIncrement()))
                                .toList());
                        return 250;
                    }),
                    "durable decisions/s",
                    "bare syncs/s",
                    syncsPerSecond));
            cpu = cpuSeconds();
            for (int i = 0; i < 20; i++)
                budget.submit(IntStream.range(0, 250)
                        .mapToObj(_ -> request(number.getAndIncrement()))
                        .toList());
            found.accept(Measure.of(
                    "a claim over HTTPS, 250 a request, client and server",
                    (cpuSeconds() - cpu) / 5000 * 1000,
                    "ms of CPU"));
        }
    }

    private static double cpuSeconds() {
        return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getProcessCpuTime() / 1e9;
    }

    private static ClaimRequest request(int number) {
        return new ClaimRequest(
                "c" + number,
                new Selector.Named(List.of("b" + number % BLOCKS)),
                Cost.of(0.001, 1e-9),
                1,
                Duration.ofDays(1),
                Duration.ofDays(1));
    }

    private static void sync(FileChannel file) {
        try {
            file.write(ByteBuffer.allocate(512));
            file.force(false);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    /** Milliseconds of each of {@link #ALONE} runs, ascending. */
    private static double[] times(IntConsumer run) {
        var times = new double[ALONE];
        for (int i = 0; i < ALONE; i++) {
            long start = System.nanoTime();
            run.accept(i);
            times[i] = (System.nanoTime() - start) / 1e6;
        }
        Arrays.sort(times);
        return times;
    }

    private interface Work {
        int run();
    }

    private static double perSecond(int clients, Duration each, Work work)
            throws InterruptedException, ExecutionException {
        var done = new AtomicLong();
        long start = System.nanoTime();
        long end = start + each.toNanos();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> running = new ArrayList<>();
            for (int i = 0; i < clients; i++)
                running.add(threads.submit(() -> {
                    while (System.nanoTime() < end) done.addAndGet(work.run());
                }));
            for (Future<?> one : running) one.get();
        }
        return done.get() / ((System.nanoTime() - start) / 1e9);
    }
}
