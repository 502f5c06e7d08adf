package dev.croft.router.registry;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A process that writes to the embedded registry is killed with SIGKILL, at any moment and also after a while of many small commits;
 * what it has acknowledged is there for the next. More and longer: {@code -Dcroft.registry.kills=30 -Dcroft.registry.millis=4000}.
 */
@Timeout(3600)
class RegistryKillIT {

    private static final int KILLS = Integer.getInteger("croft.registry.kills", 3);
    private static final int MILLIS = Integer.getInteger("croft.registry.millis", 1000);
    private static final int THREADS = 4;

    @TempDir
    Path directory;

    /** Writes rows without end, and prints the number of each one when its commit has returned. */
    static final class Writer {
        public static void main(String[] arguments) throws Exception {
            long first = Long.parseLong(arguments[1]);
            try (Registry registry = Registry.embedded(Path.of(arguments[0]), Clock.systemUTC())) {
                Thread[] threads = new Thread[THREADS];
                for (int t = 0; t < THREADS; t++) {
                    int thread = t;
                    threads[t] = Thread.ofPlatform().start(() -> {
                        for (long n = first + thread; ; n += THREADS) {
                            registry.audit().append("writer", "row", Long.toString(n), "ok");
                            registry.budget()
                                    .append(List.of(
                                            new BudgetJournal.Entry(n, Instant.EPOCH, "writer", "x".repeat(300))));
                            synchronized (System.out) {
                                System.out.println(n);
                                System.out.flush();
                            }
                        }
                    });
                }
                for (Thread thread : threads) {
                    thread.join();
                }
            }
        }
    }

    private static Set<Long> without(Set<Long> acknowledged, Set<Long> kept) {
        var lost = new TreeSet<>(acknowledged);
        lost.removeAll(kept);
        return lost;
    }

    @Test
    void whatWasAcknowledgedIsThereAfterEachKill() throws Exception {
        Random random = new Random(20261121);
        var acknowledged = new ConcurrentSkipListSet<Long>();
        long next = 0;
        for (int kill = 0; kill < KILLS; kill++) {
            Path log = directory.resolve("log");
            Process writer = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-Xmx128m",
                            "-XX:+UseSerialGC",
                            "-XX:TieredStopAtLevel=1",
                            "--enable-native-access=ALL-UNNAMED",
                            "-cp",
                            System.getProperty("java.class.path"),
                            Writer.class.getName(),
                            directory.resolve("registry").toString(),
                            Long.toString(next))
                    .redirectError(log.toFile())
                    .start();
            int before = acknowledged.size();
            try (BufferedReader told = writer.inputReader()) {
                String line = told.readLine();
                assertThat(line).as("%s", Files.readString(log)).isNotNull();
                long end = System.nanoTime() + random.nextLong(MILLIS * 2_000_000L);
                while (line != null) {
                    acknowledged.add(Long.parseLong(line));
                    if (System.nanoTime() >= end && acknowledged.size() > before + 20) {
                        // Not by the process, which would close the pipe: what it still holds was acknowledged too.
                        writer.toHandle().destroyForcibly();
                    }
                    line = told.readLine();
                }
            }
            writer.waitFor();
            try (Registry registry = Registry.embedded(directory.resolve("registry"), Clock.systemUTC())) {
                var kept = new TreeSet<Long>();
                registry.budget().replay(entry -> kept.add(entry.seq()));
                assertThat(without(acknowledged, kept))
                        .as("lost after kill %d", kill)
                        .isEmpty();
                var audited = new TreeSet<Long>();
                long after = 0;
                for (List<AuditTrail.Entry> page; !(page = registry.audit().list(after, 10_000)).isEmpty(); ) {
                    page.forEach(entry -> audited.add(Long.parseLong(entry.subject())));
                    after = page.getLast().id();
                }
                assertThat(without(acknowledged, audited))
                        .as("lost after kill %d", kill)
                        .isEmpty();
                next = audited.last() + 1;
            }
        }
        System.out.println(acknowledged.size() + " rows acknowledged, " + KILLS + " kills");
    }
}
