package dev.croft.app.bench;

import dev.croft.budget.bench.BudgetBench;
import dev.croft.capsule.bench.BenchResult;
import dev.croft.capsule.bench.CapsuleBench;
import dev.croft.capsule.bench.FilesBench;
import dev.croft.capsule.bench.HistoryBench;
import dev.croft.capsule.bench.KeyValueBench;
import dev.croft.capsule.bench.ServerBench;
import dev.croft.mobility.bench.PipelineBench;
import dev.croft.mobility.generate.TraceOptions;
import dev.croft.runtime.bench.RuntimeBench;
import dev.croft.runtime.docker.DockerRuntime;
import dev.croft.vault.bench.DocumentBench;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** The measurements that can be asked for, by room. */
public enum Bench {
    /** Durable appends, verification, opening, reads, proofs, copies, servers and followers, against the bare primitives on the same bytes. */
    CAPSULE {
        @Override
        public void run(Path scratch, Duration each, Consumer<Measure> found) throws Exception {
            var bench = new CapsuleBench(scratch, each);
            for (int bodyBytes : new int[] {128, 4096}) {
                for (int batch : new int[] {1, 256, 4096}) {
                    bench.append(batch, bodyBytes).forEach(result -> found.accept(measure(result)));
                }
            }
            for (int callers : new int[] {1, 16, 256}) {
                found.accept(measure(bench.concurrent(callers, 128)));
            }
            for (int bodyBytes : new int[] {128, 4096}) {
                found.accept(measure(bench.verify(20_000, 256, bodyBytes)));
            }
            found.accept(measure(bench.appendOnTwoThreads(20_000, 4096, 4096)));
            found.accept(measure(bench.verifyOnTwoThreads(20_000, 256, 4096)));
            // 10 million records take 2.2 GB of disk and a minute or two to make, so they must be asked for by time.
            int records = each.toSeconds() <= 1 ? 10_000 : each.toSeconds() < 10 ? 1_000_000 : 10_000_000;
            new HistoryBench(scratch, each, records).run(result -> found.accept(measure(result)));
            new ServerBench(scratch, each, Math.min(records, 500_000)).run(result -> found.accept(measure(result)));
        }
    },
    /** The key-value view on YCSB's workloads A, B and C, against RocksDB where that is on the class path. */
    KEY_VALUES {
        @Override
        public void run(Path scratch, Duration each, Consumer<Measure> found) throws Exception {
            if (KeyValueBench.available()) {
                int records = each.toSeconds() <= 1 ? 10_000 : 100_000;
                new KeyValueBench(scratch, each, records).run(result -> found.accept(measure(result)));
            } else {
                found.accept(Measure.of("nothing: put rocksdbjni 11.8.1 into app/target/lib", 0, "operations/s"));
            }
        }
    },
    /** A model file of 255 MB, loaded through a capsule's file view, against plain local files and an S3-compatible store behind shaped links. */
    FILES {
        @Override
        public void run(Path scratch, Duration each, Consumer<Measure> found) throws Exception {
            int megabytes = each.toSeconds() <= 1 ? 10 : each.toSeconds() < 3 ? 64 : 255;
            new FilesBench(scratch, megabytes).run(result -> found.accept(measure(result)));
            if (System.getenv("CROFT_S3PROXY") == null) {
                found.accept(Measure.of("no S3 store: CROFT_S3PROXY names the folder of s3proxy's jars", 0, "MB/s"));
            }
        }
    },
    /** The mobility pipeline on made-up people, against the rate the Python reference reached. */
    PIPELINE {
        @Override
        public void run(Path scratch, Duration each, Consumer<Measure> found) {
            PipelineBench.Result result = PipelineBench.run(TraceOptions.STANDARD, each.toSeconds());
            found.accept(new Measure(
                    "pipeline, raw location points",
                    result.points() / result.cpuSeconds(),
                    "points per CPU second",
                    "the Python reference, measured before",
                    PipelineBench.REFERENCE_POINTS_PER_CPU_SECOND));
        }
    },
    /** One person's documents: waking, writing and finding. */
    DOCUMENTS {
        @Override
        public void run(Path scratch, Duration each, Consumer<Measure> found) throws Exception {
            DocumentBench.Result result = DocumentBench.run(scratch.resolve("documents"), 5_000);
            String of = result.documents() + " documents of " + result.documentBytes() + " B, ";
            found.accept(new Measure(
                    of + "wake-up",
                    result.wakeMillis(),
                    "ms",
                    "making the view anew from the capsule",
                    result.rebuildMillis()));
            found.accept(Measure.of(of + "durable inserts", result.insertsPerSecond(), "documents/s"));
            found.accept(new Measure(
                    of + "found by index",
                    result.findsPerSecond(),
                    "finds/s",
                    "the same by looking at every document",
                    result.scannedPerSecond()));
            found.accept(Measure.of(of + "on disk", result.viewBytesPerDocument(), "bytes/document"));
        }
    },
    /** A host with many private clouds that sleep: their memory, waking, a query across all of them, and a host of its own. */
    CLOUDS {
        @Override
        public void run(Path scratch, Duration each, Consumer<Measure> found) throws Exception {
            CloudsBench.run(scratch, clouds(each), found);
        }
    },
    /** Schedulers of budget, against a plain implementation where one is at hand; then claims over HTTPS, against bare syncs. */
    BUDGET {
        @Override
        public void run(Path scratch, Duration each, Consumer<Measure> found) throws Exception {
            // A million claims take half a minute and half a gigabyte.
            BudgetBench.run(
                    each.toSeconds() >= 5,
                    measured -> found.accept(Measure.of(
                            measured.name() + ": " + measured.note(),
                            measured.claimsPerCpuSecond(),
                            "claims per CPU second")));
            ClaimsBench.run(scratch, each, found);
        }
    },
    /** Launching, cold and warm, pausing, resuming and deleting: processes against bare bubblewrap, containers against the docker command, pods against the API. Then how many sleeping private clouds wake in a second. */
    RUNTIME {
        @Override
        public void run(Path scratch, Duration each, Consumer<Measure> found) throws Exception {
            int rounds = each.toSeconds() <= 1 ? 3 : 20;
            // Paths of sockets are short.
            Path near = Files.createTempDirectory("croft");
            try {
                List<RuntimeBench.Figure> figures =
                        new ArrayList<>(RuntimeBench.process(Files.createDirectory(near.resolve("p")), rounds));
                if (Files.exists(DockerRuntime.usualSocket())) {
                    figures.addAll(RuntimeBench.docker(Files.createDirectory(near.resolve("d")), rounds));
                }
                tell(figures, rounds, found);
                if (System.getenv("KUBECONFIG") != null) {
                    // A bare pod takes seconds to be gone.
                    int few = Math.min(rounds, 5);
                    tell(RuntimeBench.kubernetes(Files.createDirectory(near.resolve("k")), few), few, found);
                } else {
                    found.accept(Measure.of("no cluster: KUBECONFIG is not set", 0, "ms"));
                }
                CloudsBench.waking(scratch, clouds(each), found);
            } finally {
                delete(near);
            }
        }
    };

    /**
     * Measures, telling each result as it is found.
     *
     * @param scratch an existing directory to work in
     * @param each about how long one measurement may take, where that can be chosen
     */
    public abstract void run(Path scratch, Duration each, Consumer<Measure> found) throws Exception;

    private static int clouds(Duration each) {
        return each.toSeconds() <= 1 ? 10 : each.toSeconds() == 2 ? 100 : 1_000;
    }

    private static void tell(List<RuntimeBench.Figure> figures, int rounds, Consumer<Measure> found) {
        for (RuntimeBench.Figure figure : figures) {
            String what = figure.backend() + ", " + figure.what();
            Double bare = figure.bare();
            String command = bare == null ? null : figure.command();
            found.accept(new Measure(what, figure.median(), "ms", command, bare));
            found.accept(Measure.of(what + ", slowest of " + rounds, figure.slowest(), "ms"));
        }
    }

    /** Removes a scratch directory. */
    public static void delete(Path scratch) throws IOException {
        try (Stream<Path> files = Files.walk(scratch)) {
            files.sorted(Comparator.reverseOrder()).forEach(file -> {
                try {
                    Files.deleteIfExists(file);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        }
    }

    private static Measure measure(BenchResult result) {
        boolean bytes = result.unit().equals("bytes");
        double unit = bytes ? 1e6 : 1;
        return new Measure(
                result.name(),
                result.rate() / unit,
                (bytes ? "MB" : result.unit()) + "/s",
                result.baseline(),
                result.baselineRate() / unit);
    }
}
