package dev.croft.app.bench;

import dev.croft.app.mobility.CountComputation;
import dev.croft.budget.Epsilon;
import dev.croft.capsule.CapsuleReader;
import dev.croft.mobility.generate.TraceOptions;
import dev.croft.router.Role;
import dev.croft.router.query.Coordinator;
import dev.croft.router.query.Enrolment;
import dev.croft.router.query.ParticipantBudget;
import dev.croft.router.query.QueryRequest;
import dev.croft.router.registry.QueryJournal;
import dev.croft.router.registry.Registry;
import dev.croft.vault.api.OwnerKey;
import dev.croft.vault.store.OwnerCapsule;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.bson.BsonDocument;

/** Measures a shared host of many private clouds that sleep, over mutual TLS as the router reaches it. */
final class CloudsBench {
    private static final int AT_ONCE = 8;
    private static final int WARM_UP = 20;
    private static final double WAKINGS_AIM = 50;

    private final Path directory;
    private final int clouds;
    private final Consumer<Measure> found;

    private CloudsBench(Path directory, int clouds, Consumer<Measure> found) {
        this.directory = directory;
        this.clouds = clouds;
        this.found = found;
    }

    /**
     * Measures.
     *
     * @param scratch an existing directory
     * @param clouds how many private clouds sleep in the host
     */
    static void run(Path scratch, int clouds, Consumer<Measure> found) throws Exception {
        Path directory = Files.createDirectory(scratch.toAbsolutePath().resolve("clouds"));
        new CloudsBench(directory, clouds, found).run();
    }

    /** Measures waking alone. */
    static void waking(Path scratch, int clouds, Consumer<Measure> found) throws Exception {
        Path directory = Files.createDirectory(scratch.toAbsolutePath().resolve("waking"));
        CloudsBench bench = new CloudsBench(directory, clouds, found);
        try (OwnerKey key = OwnerKey.generate();
                Colony colony = Colony.open(directory)) {
            colony.settle(key, 0);
            bench.wake(colony, bench.settle(colony));
        }
    }

    private void run() throws Exception {
        Path sleeping;
        try (OwnerKey key = OwnerKey.generate()) {
            try (Colony colony = Colony.open(directory)) {
                sleeping = colony.clouds();
                // The first one loads what the host loads once, so that it is not counted as memory of a private cloud.
                colony.settle(key, 0);
                List<Enrolment> members = settle(colony);
                wake(colony, members);
                count(colony, members);
            }
            start(new HostStart(directory, sleeping, key));
        }
    }

    private List<Enrolment> settle(Colony colony) throws Exception {
        // What the benchmark itself knows of them waits in a file, not on the heap that is measured.
        Path list = directory.resolve("members");
        long before = heap();
        long start = System.nanoTime();
        try (var executor = Executors.newFixedThreadPool(AT_ONCE);
                var lines = Files.newBufferedWriter(list)) {
            var settling = new ArrayList<Callable<Integer>>();
            for (int i = 0; i < clouds; i++) {
                int person = i;
                settling.add(() -> {
                    try (OwnerKey key = OwnerKey.generate()) {
                        Enrolment member = colony.settle(key, person);
                        synchronized (lines) {
                            lines.write(member.cloudId() + " " + member.grantId() + "\n");
                        }
                        return person;
                    }
                });
            }
            for (var settled : executor.invokeAll(settling)) {
                settled.get();
            }
        }
        double seconds = (System.nanoTime() - start) / 1e9;
        double bytes = (double) (heap() - before) / clouds;
        found.accept(Measure.of(
                "private clouds made, with " + Colony.ENTRIES + " entries each", clouds / seconds, "private clouds/s"));
        found.accept(Measure.of("heap per sleeping private cloud, of " + clouds, bytes, "bytes"));

        var members = new ArrayList<Enrolment>();
        for (String line : Files.readAllLines(list)) {
            String[] parts = line.split(" ", 2);
            members.add(new Enrolment(parts[0], parts[1]));
        }
        return members;
    }

    private static long heap() {
        var memory = ManagementFactory.getMemoryMXBean();
        long least = Long.MAX_VALUE;
        for (int i = 0; i < 3; i++) {
            System.gc();
            least = Math.min(least, memory.getHeapMemoryUsage().getUsed());
        }
        return least;
    }

    private void wake(Colony colony, List<Enrolment> members) throws Exception {
        int wakes = clouds < 100 ? 50 : 200;
        double[] woken = new double[wakes];
        double[] opened = new double[wakes];
        double[] read = new double[wakes];
        for (int i = -WARM_UP; i < wakes; i++) {
            String cloud = members.get(Math.floorMod(i, members.size())).cloudId();
            double reading = millis(() -> read(colony, cloud));
            double opening = millis(() -> open(colony, cloud));
            double waking = millis(() -> colony.client().wake(cloud));
            colony.client().hibernate(cloud);
            if (i >= 0) {
                woken[i] = waking;
                opened[i] = opening;
                read[i] = reading;
            }
        }
        String bare = "opening its four capsules, no view, no request";
        String files = "reading its files from the page cache";
        found.accept(new Measure("wake-up in the shared host, median", at(woken, 0.5), "ms", bare, at(opened, 0.5)));
        found.accept(new Measure("the same, 99th percentile", at(woken, 0.99), "ms", bare, at(opened, 0.99)));
        found.accept(new Measure("the same, median", at(woken, 0.5), "ms", files, at(read, 0.5)));
        double seconds = Arrays.stream(woken).sum() / 1000;
        found.accept(Measure.of("wake-ups in the shared host, one after another", wakes / seconds, "1/s"));
        List<Callable<Object>> all = new ArrayList<>();
        for (Enrolment member : members.subList(0, Math.min(wakes, members.size()))) {
            all.add(() -> colony.client().wake(member.cloudId()));
        }
        long begin = System.nanoTime();
        try (var callers = Executors.newFixedThreadPool(AT_ONCE)) {
            for (var one : callers.invokeAll(all)) {
                one.get();
            }
        }
        double together = (System.nanoTime() - begin) / 1e6;
        found.accept(new Measure(
                "wake-ups, " + AT_ONCE + " requests at once, " + clouds + " asleep",
                all.size() / (together / 1000),
                "1/s",
                "the aim, of 1,000 asleep",
                WAKINGS_AIM));
    }

    private static void read(Colony colony, String cloud) throws IOException {
        for (Path file : colony.files(cloud)) {
            Files.readAllBytes(file);
        }
    }

    private static void open(Colony colony, String cloud) {
        for (OwnerCapsule capsule : OwnerCapsule.values()) {
            CapsuleReader.open(colony.clouds().resolve(cloud).resolve(capsule.id()), null)
                    .close();
        }
    }

    private void count(Colony colony, List<Enrolment> members) throws Exception {
        Path database = Files.createDirectory(directory.resolve("registry"));
        Clock clock = Clock.systemUTC();
        var limits = new Coordinator.Limits(5, Epsilon.parse("1"), AT_ONCE);
        double seconds;
        DiskWork.Done disk;
        try (Registry registry = Registry.embedded(database, clock);
                Coordinator coordinator = new Coordinator(
                        registry.queries(),
                        new DirectPort(colony.client(), colony.coordinator(), members),
                        ParticipantBudget.NONE,
                        limits,
                        clock);
                DiskWork work = DiskWork.below(colony.clouds())) {
            coordinator.resume();
            String account =
                    registry.accounts().create("bench", Role.ANALYST, null).id();
            long start = System.nanoTime();
            String id = coordinator.begin(account, presence());
            await(coordinator, account, id);
            seconds = (System.nanoTime() - start) / 1e9;
            disk = work.done();
        }
        double bare = disk.again(directory, AT_ONCE);
        found.accept(new Measure(
                "count over " + members.size() + " sleeping private clouds",
                seconds,
                "s",
                "its " + disk.forces() + " fsyncs alone, of " + disk.bytes() + " bytes in all",
                bare));
    }

    /** Who was in town at all? */
    private static QueryRequest presence() {
        TraceOptions options = TraceOptions.STANDARD;
        long from = options.firstDay().atStartOfDay(options.zone()).toEpochSecond();
        double west = options.longitude() - 1;
        double east = options.longitude() + 1;
        double south = options.latitude() - 1;
        double north = options.latitude() + 1;
        BsonDocument parameters = BsonDocument.parse("{region: {type: 'Polygon', coordinates: [["
                + "[%1$s, %3$s], [%2$s, %3$s], [%2$s, %4$s], [%1$s, %4$s], [%1$s, %3$s]]]}, from: %5$d, to: %6$d}"
                        .formatted(west, east, south, north, from, from + options.days() * 86_400L));
        return new QueryRequest(
                CountComputation.NAME,
                List.of(new QueryRequest.Cell("in town", parameters)),
                null,
                null,
                new BigDecimal("0.1"),
                null,
                null,
                null);
    }

    private static void await(Coordinator coordinator, String account, String id)
            throws IOException, InterruptedException {
        while (true) {
            QueryJournal.State state = Optional.ofNullable(coordinator.find(account, id))
                    .orElseThrow()
                    .state();
            switch (state) {
                case ANSWERED -> {
                    return;
                }
                case FAILED -> throw new IOException("the query failed");
                default -> TimeUnit.MILLISECONDS.sleep(20);
            }
        }
    }

    private void start(HostStart host) throws IOException, InterruptedException {
        int times = clouds < 100 ? 1 : 5;
        List<String> cached = host.cache();
        double[] answers = new double[times];
        double[] awake = new double[times];
        double[] without = new double[times];
        double[] bare = new double[times];
        for (int i = 0; i < times; i++) {
            HostStart.Took took = host.host(cached);
            answers[i] = took.answers();
            awake[i] = took.awake();
            without[i] = host.host(List.of()).awake();
            bare[i] = host.bare();
        }
        String how = cached.isEmpty() ? ", no AOT cache to be had" : ", AOT cache";
        String nothing = "a JVM that does nothing";
        found.accept(new Measure("own process until it answers" + how, at(answers, 0.5), "ms", nothing, at(bare, 0.5)));
        found.accept(new Measure("own process until awake" + how, at(awake, 0.5), "ms", nothing, at(bare, 0.5)));
        found.accept(
                new Measure("own process until awake, no AOT cache", at(without, 0.5), "ms", nothing, at(bare, 0.5)));
    }

    private interface Step {
        void run() throws IOException;
    }

    private static double millis(Step step) throws IOException {
        long start = System.nanoTime();
        step.run();
        return (System.nanoTime() - start) / 1e6;
    }

    /** The smallest value that at least that share of values does not exceed. */
    private static double at(double[] values, double share) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[Math.max(0, (int) Math.ceil(share * sorted.length) - 1)];
    }
}
