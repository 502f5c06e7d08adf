package dev.croft.runtime.pool;

import dev.croft.runtime.Enforcement;
import dev.croft.runtime.Runtime;
import dev.croft.runtime.WorkloadException;
import dev.croft.runtime.WorkloadId;
import dev.croft.runtime.WorkloadSpec;
import dev.croft.runtime.WorkloadStatus;
import dev.croft.runtime.watch.BundleStore;
import dev.croft.runtime.watch.WatchedRuntime;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A runtime whose launches may take a workload that waits. What waits is the very program with the very command, limits and sandbox of the
 * launch, started, with an empty scratch and without a door, and it has never run for anyone. A launch claims it: from then on it is that
 * launch's workload, behind its door, until its end. It is never handed on: the wipe is its destruction, and another is made meanwhile.
 *
 * <p>How many wait of which kind follows from the launches of the last minutes ({@link Demand}); nothing waits before a kind was first
 * wanted. A launch that finds none ready is an ordinary launch. Workloads that wait are neither listed nor counted. Thread-safe.
 */
public final class WarmPool implements Runtime {
    private static final Logger LOG = LoggerFactory.getLogger(WarmPool.class);
    private static final Duration FIRST_GUESS = Duration.ofSeconds(2);
    private static final Duration LOOK = Duration.ofSeconds(30);
    private static final int REMEMBERED = 1_000;

    /**
     * How many may wait.
     *
     * @param least of a kind that was ever wanted, whether it still is or not
     * @param most of one kind that is not named
     * @param mostInAll of all kinds together
     * @param mostOf of kinds by their names
     */
    public record Bounds(int least, int most, int mostInAll, Map<String, Integer> mostOf) {
        public Bounds {
            mostOf = Map.copyOf(mostOf);
        }

        /** The same for all kinds. */
        public Bounds(int least, int most, int mostInAll) {
            this(least, most, mostInAll, Map.of());
        }

        int most(Kind kind) {
            return mostOf.getOrDefault(kind.name(), most);
        }

        int least(Kind kind) {
            return Math.min(least, most(kind));
        }
    }

    private static final class Shelf {
        final Kind kind;
        final ArrayDeque<Slot> ready = new ArrayDeque<>();
        final ArrayDeque<Instant> wanted = new ArrayDeque<>();
        int making;
        int failures;
        int wants;
        long warm;
        long cold;
        Duration makingTakes = FIRST_GUESS;

        Shelf(Kind kind) {
            this.kind = kind;
        }
    }

    private final WatchedRuntime runtime;
    private final Path directory;
    private final Kind.Source kinds;
    private final Bounds bounds;
    private final InstantSource clock;
    private final BooleanSupplier memoryIsShort;
    private final ExecutorService makers = Executors.newVirtualThreadPerTaskExecutor();
    private final Map<Object, Shelf> shelves = new HashMap<>();
    private final Thread keeper = Thread.ofVirtual().name("croft-warm").unstarted(this::keep);
    private boolean closed;

    /**
     * Takes the runtime, which it closes when it is closed, and ends what waited under an earlier pool.
     *
     * @param slots a directory for what waits, on the file system that doors are on; short, as paths of sockets have 107 bytes
     * @param kinds what waits for which launches, of programs that know how to wait: see docs/runtime.md
     */
    public WarmPool(WatchedRuntime runtime, Path slots, Kind.Source kinds, Bounds bounds, InstantSource clock) {
        this(runtime, slots, kinds, bounds, clock, WarmPool::memoryIsShort);
    }

    /** With another sense of when memory is short: then nothing waits. */
    WarmPool(
            WatchedRuntime runtime,
            Path slots,
            Kind.Source kinds,
            Bounds bounds,
            InstantSource clock,
            BooleanSupplier memoryIsShort) {
        this.memoryIsShort = memoryIsShort;
        this.runtime = runtime;
        this.kinds = kinds;
        this.bounds = bounds;
        this.clock = clock;
        try {
            directory = Files.createDirectories(slots.toAbsolutePath()).toRealPath();
            List<String> used = new ArrayList<>();
            for (WorkloadStatus status : runtime.list()) {
                if (Slot.waits(status)) {
                    runtime.stop(status.id(), Duration.ZERO);
                    runtime.remove(status.id());
                } else {
                    used.add(Slot.name(status));
                }
            }
            try (Stream<Path> all = Files.list(directory)) {
                all.filter(slot -> !used.contains(slot.getFileName().toString()))
                        .forEach(BundleStore::delete);
            }
        } catch (IOException e) {
            throw new WorkloadException.Backend("cannot open " + slots, e);
        }
        keeper.start();
    }

    private void keep() {
        try {
            while (true) {
                Thread.sleep(LOOK);
                tend();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Whether the kernel could give this machine's processes less than a tenth of its memory. */
    private static boolean memoryIsShort() {
        long all = 0;
        long available = Long.MAX_VALUE;
        try {
            for (String line : Files.readAllLines(Path.of("/proc/meminfo"))) {
                String[] words = line.split("\\s+");
                switch (words[0]) {
                    case "MemTotal:" -> all = Long.parseLong(words[1]);
                    case "MemAvailable:" -> available = Long.parseLong(words[1]);
                    default -> {}
                }
            }
        } catch (IOException e) {
            return false; // not on Linux
        }
        return available < all / 10;
    }

    /** What waits, what should, and how many launches were claims, by kind; in the text format of Prometheus. */
    @Override
    public String metrics() {
        Map<String, long[]> kinds = new TreeMap<>();
        synchronized (this) {
            for (Shelf shelf : shelves.values()) {
                long[] sums = kinds.computeIfAbsent(shelf.kind.name(), _ -> new long[5]);
                sums[0] += shelf.ready.size();
                sums[1] += shelf.making;
                sums[2] += shelf.wants;
                sums[3] += shelf.warm;
                sums[4] += shelf.cold;
            }
        }
        StringBuilder text = new StringBuilder(runtime.metrics());
        String[] names = {"waiting", "making", "wanted", "claimed_total", "cold_total"};
        for (int i = 0; i < names.length; i++) {
            String name = "croft_warm_" + names[i];
            text.append("# TYPE ").append(name).append(i < 3 ? " gauge\n" : " counter\n");
            for (Map.Entry<String, long[]> kind : kinds.entrySet()) {
                text.append(name)
                        .append("{kind=\"")
                        .append(kind.getKey())
                        .append("\"} ")
                        .append(kind.getValue()[i])
                        .append('\n');
            }
        }
        return text.toString();
    }

    /** How many wait at this moment, ready to be claimed. */
    public synchronized int waiting() {
        return shelves.values().stream().mapToInt(shelf -> shelf.ready.size()).sum();
    }

    @Override
    public WorkloadId launch(WorkloadSpec spec) {
        Kind kind = kinds.of(spec).orElse(null);
        if (kind == null) {
            return runtime.launch(spec);
        }
        note(kind);
        try {
            for (Slot slot = take(kind); slot != null; slot = take(kind)) {
                boolean claimed = false;
                try {
                    claimed = slot.claim(spec, kind.told().apply(spec));
                } finally {
                    if (!claimed) {
                        end(slot);
                        failed(kind);
                    }
                }
                if (claimed) {
                    count(kind, true);
                    return spec.id();
                }
            }
            count(kind, false);
            return runtime.launch(spec);
        } finally {
            tend();
        }
    }

    private synchronized void note(Kind kind) {
        Shelf shelf = shelves.computeIfAbsent(kind.key(), _ -> new Shelf(kind));
        shelf.wanted.addLast(clock.instant());
        if (shelf.wanted.size() > REMEMBERED) {
            shelf.wanted.removeFirst();
        }
    }

    /** What cannot be claimed is not to be made again and again. */
    private synchronized void failed(Kind kind) {
        Shelf shelf = shelves.get(kind.key());
        if (shelf != null) {
            shelf.failures++;
        }
    }

    private synchronized void count(Kind kind, boolean warm) {
        Shelf shelf = shelves.get(kind.key());
        if (shelf != null) {
            shelf.warm += warm ? 1 : 0;
            shelf.cold += warm ? 0 : 1;
        }
    }

    private synchronized @Nullable Slot take(Kind kind) {
        Shelf shelf = shelves.get(kind.key());
        return shelf == null ? null : shelf.ready.pollFirst();
    }

    /** Makes what is wanting and ends what is too much; called after each launch and every half minute. */
    void tend() {
        List<Slot> tooMany = new ArrayList<>();
        boolean noRoom = memoryIsShort.getAsBoolean();
        synchronized (this) {
            if (closed) {
                return;
            }
            int all = shelves.values().stream()
                    .mapToInt(shelf -> shelf.ready.size() + shelf.making)
                    .sum();
            for (Shelf shelf : shelves.values()) {
                shelf.ready.removeIf(slot -> !slot.alive() && tooMany.add(slot));
                int wanted = noRoom
                        ? 0
                        : Demand.waiting(
                                List.copyOf(shelf.wanted),
                                clock.instant(),
                                shelf.makingTakes,
                                bounds.least(shelf.kind),
                                bounds.most(shelf.kind));
                shelf.wants = wanted;
                while (shelf.ready.size() > wanted) {
                    tooMany.add(shelf.ready.removeLast());
                }
                // A program that does not wait, whatever was said of it, is not tried for ever.
                for (int have = shelf.ready.size() + shelf.making;
                        have < wanted && all < bounds.mostInAll() && shelf.failures < 3;
                        have++, all++) {
                    shelf.making++;
                    makers.submit(() -> make(shelf));
                }
            }
        }
        tooMany.forEach(slot -> makers.submit(() -> end(slot)));
    }

    private void make(Shelf shelf) {
        Slot slot = null;
        long begin = System.nanoTime();
        try {
            slot = Slot.make(runtime, directory, shelf.kind.waiting().get());
        } catch (IOException | WorkloadException e) {
            LOG.warn("nothing can be kept warm: {}", e.toString());
        }
        boolean kept = false;
        synchronized (this) {
            shelf.making--;
            if (slot == null) {
                shelf.failures++;
            } else {
                shelf.makingTakes = Duration.ofNanos(System.nanoTime() - begin);
                if (!closed) {
                    shelf.ready.addLast(slot);
                    kept = true;
                }
            }
        }
        if (slot != null && !kept) {
            end(slot);
        }
    }

    private void end(Slot slot) {
        try {
            slot.end();
        } catch (WorkloadException e) {
            LOG.warn("what waited does not end: {}", e.toString());
        }
    }

    @Override
    public Enforcement enforcement() {
        return runtime.enforcement();
    }

    @Override
    public WorkloadStatus inspect(WorkloadId id) {
        return runtime.inspect(id);
    }

    @Override
    public List<WorkloadStatus> list() {
        return runtime.list().stream().filter(status -> !Slot.waits(status)).toList();
    }

    @Override
    public WorkloadStatus awaitHealthy(WorkloadId id, Duration timeout) {
        return runtime.awaitHealthy(id, timeout);
    }

    @Override
    public WorkloadStatus awaitEnd(WorkloadId id, Duration timeout) {
        return runtime.awaitEnd(id, timeout);
    }

    @Override
    public InputStream logs(WorkloadId id, boolean follow) {
        return runtime.logs(id, follow);
    }

    @Override
    public void pause(WorkloadId id) {
        runtime.pause(id);
    }

    @Override
    public void resume(WorkloadId id) {
        runtime.resume(id);
    }

    @Override
    public void stop(WorkloadId id, Duration grace) {
        runtime.stop(id, grace);
    }

    @Override
    public void remove(WorkloadId id) {
        Optional<String> slot = Optional.of(Slot.name(runtime.inspect(id))).filter(name -> !name.isEmpty());
        runtime.remove(id);
        slot.ifPresent(name -> BundleStore.delete(directory.resolve(name)));
    }

    @Override
    public CompletableFuture<Void> delete(WorkloadId id) {
        String slot = Slot.name(runtime.inspect(id));
        CompletableFuture<Void> gone = runtime.delete(id);
        return slot.isEmpty() ? gone : gone.thenRun(() -> BundleStore.delete(directory.resolve(slot)));
    }

    @Override
    public void removeVolume(String name) {
        runtime.removeVolume(name);
    }

    @Override
    public ReapReport reap(Predicate<WorkloadStatus> keep) {
        List<String> slots = list().stream()
                .filter(status -> status.state().ended() && !keep.test(status))
                .map(Slot::name)
                .filter(name -> !name.isEmpty())
                .toList();
        ReapReport report = runtime.reap(status -> Slot.waits(status) || keep.test(status));
        slots.forEach(name -> BundleStore.delete(directory.resolve(name)));
        return new ReapReport(
                report.kept().stream().filter(id -> !Slot.waits(id)).toList(), report.ended(), report.forgotten());
    }

    /** Ends what waits; what was claimed runs on. */
    @Override
    public void close() {
        List<Slot> waiting = new ArrayList<>();
        synchronized (this) {
            closed = true;
            shelves.values().forEach(shelf -> waiting.addAll(shelf.ready));
            shelves.clear();
        }
        try {
            waiting.forEach(slot -> makers.submit(() -> end(slot)));
        } catch (RejectedExecutionException e) {
            LOG.debug("closed before", e);
        }
        keeper.interrupt();
        makers.close();
        runtime.close();
    }
}
