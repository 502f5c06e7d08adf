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
import java.io.UncheckedIOException;
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
import java.util.stream.IntStream;

/**
 * Budget claims over HTTPS at a router in this process, durable when answered; client and server share the machine. Syncs of a bare
 * file are measured by turns with them.
 */
final class ClaimsBench {
    private static final int ALONE = 300;
    private static final int BLOCKS = 50;
    private static final int TURNS = 5;

    private ClaimsBench() {}

    static void run(Path scratch, Duration each, Consumer<Measure> found) throws Exception {
        var home = new Home(scratch.resolve("claims"));
        RouterConfig config = RouterConfig.embedded(home.router())
                .withServicesDirectory(home.services())
                .withListen("127.0.0.1", 0)
                .withRates(new ApiServer.RateLimits(1_000_000, 1_000_000, 60_000));
        var number = new AtomicInteger();
        serve(scratch, home, config, each, number, found);
        long start = System.nanoTime();
        LocalServer.start(home, config, Backend.PROCESS, false, _ -> {}).close();
        double seconds = (System.nanoTime() - start) / 1e9;
        start = System.nanoTime();
        var other = new Home(scratch.resolve("no-claims"));
        RouterConfig empty = RouterConfig.embedded(other.router())
                .withServicesDirectory(other.services())
                .withListen("127.0.0.1", 0);
        LocalServer.start(other, empty, Backend.PROCESS, false, _ -> {}).close();
        found.accept(new Measure(
                "a start that replays " + number + " claims",
                seconds,
                "s",
                "a first start",
                (System.nanoTime() - start) / 1e9));
    }

    private static void serve(
            Path scratch, Home home, RouterConfig config, Duration each, AtomicInteger number, Consumer<Measure> found)
            throws Exception {
        try (LocalServer server = LocalServer.start(home, config, Backend.PROCESS, false, _ -> {});
                RouterClient operator = server.operator()) {
            BudgetClient budget = operator.budget();
            for (int i = 0; i < BLOCKS; i++)
                budget.createBlock(new BlockSpec("b" + i, "bench", TimeWindow.ALWAYS, Map.of(), Cost.of(1000, 1e-3)));
            Work one = () -> {
                budget.submit(request(number.getAndIncrement()));
                return 1;
            };
            Work many = () -> {
                budget.submit(IntStream.range(0, 250)
                        .mapToObj(_ -> request(number.getAndIncrement()))
                        .toList());
                return 250;
            };
            // Compiling what a request runs through takes longer than any of the measurements.
            perSecond(32, each.multipliedBy(4), one);
            try (FileChannel file =
                    FileChannel.open(scratch.resolve("sync"), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
                alone(one, file, found);
                double cpu = cpuSeconds();
                for (int i = 0; i < ALONE; i++) one.run();
                found.accept(Measure.of(
                        "a claim over HTTPS, client and server", (cpuSeconds() - cpu) / ALONE * 1000, "ms of CPU"));
                raced("claims over HTTPS, one a request, 32 clients", 32, each, one, file, found);
                raced("claims over HTTPS, one a request, 256 clients", 256, each, one, file, found);
                raced("claims over HTTPS, 250 a request, 4 clients", 4, each, many, file, found);
            }
            double cpu = cpuSeconds();
            for (int i = 0; i < 20; i++) many.run();
            found.accept(Measure.of(
                    "a claim over HTTPS, 250 a request, client and server",
                    (cpuSeconds() - cpu) / 5000 * 1000,
                    "ms of CPU"));
        }
    }

    /** A claim and a bare sync by turns, so that both meet the same disk. */
    private static void alone(Work one, FileChannel file, Consumer<Measure> found) {
        var claims = new double[ALONE];
        var syncs = new double[ALONE];
        for (int i = 0; i < ALONE; i++) {
            long start = System.nanoTime();
            one.run();
            long middle = System.nanoTime();
            sync(file);
            claims[i] = (middle - start) / 1e6;
            syncs[i] = (System.nanoTime() - middle) / 1e6;
        }
        Arrays.sort(claims);
        Arrays.sort(syncs);
        for (int percent : new int[] {50, 99}) {
            int at = ALONE * percent / 100;
            found.accept(new Measure(
                    "a lone claim over HTTPS, percentile " + percent, claims[at], "ms", "a bare sync", syncs[at]));
        }
    }

    /** Requests and bare syncs by turns. */
    private static void raced(
            String name, int clients, Duration each, Work work, FileChannel file, Consumer<Measure> found)
            throws InterruptedException, ExecutionException {
        double ours = 0;
        double bare = 0;
        for (int turn = 0; turn < TURNS; turn++) {
            ours += perSecond(clients, each.dividedBy(TURNS), work);
            bare += perSecond(1, each.dividedBy(2 * TURNS), () -> {
                sync(file);
                return 1;
            });
        }
        found.accept(new Measure(name, ours / TURNS, "durable decisions/s", "bare syncs/s", bare / TURNS));
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
            throw new UncheckedIOException(e);
        }
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
