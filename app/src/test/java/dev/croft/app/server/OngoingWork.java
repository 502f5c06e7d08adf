package dev.croft.app.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.croft.app.mobility.CountComputation;
import dev.croft.router.RouterClient;
import dev.croft.router.RouterException;
import dev.croft.router.query.QueryRequest;
import dev.croft.router.registry.CatalogueEntry;
import dev.croft.router.registry.Launch;
import dev.croft.vault.api.VaultException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.bson.BsonDocument;
import org.jspecify.annotations.Nullable;

/** Uploads, queries and services that go on all the time, whatever is killed meanwhile. */
final class OngoingWork {
    /** What each query costs each person. */
    static final BigDecimal PRICE = new BigDecimal("0.0002");

    private static final int ENTRIES = 20;
    private static final Duration QUERY = Duration.ofSeconds(60);

    private final List<WatchedOwner> owners;
    private final RouterClient analyst;
    private final CatalogueEntry service;
    private final int cohort;
    private final Set<String> asked = ConcurrentHashMap.newKeySet();
    private final Set<String> answered = ConcurrentHashMap.newKeySet();
    private final Set<String> surprises = ConcurrentHashMap.newKeySet();
    private final AtomicInteger next = new AtomicInteger();
    private final AtomicInteger uploads = new AtomicInteger();
    private final AtomicInteger launches = new AtomicInteger();
    private final List<Thread> threads = new ArrayList<>();
    private volatile @Nullable String open;
    private volatile boolean over;

    /** @param cohort fewest owners that must take part in a query */
    OngoingWork(List<WatchedOwner> owners, RouterClient analyst, CatalogueEntry service, int cohort) {
        this.owners = owners;
        this.analyst = analyst;
        this.service = service;
        this.cohort = cohort;
    }

    /** One upload after the other to all in turn, as many to the first alone; queries; services of the last. */
    void begin() {
        for (Work work : List.<Work>of(
                () -> upload(owners.get(next.get() / ENTRIES % owners.size())),
                () -> upload(owners.getFirst()),
                this::ask,
                this::launch)) {
            threads.add(Thread.ofVirtual().start(() -> until(work)));
        }
    }

    void end() {
        over = true;
    }

    void join() throws InterruptedException {
        end();
        for (Thread thread : threads) {
            thread.join();
        }
    }

    /** Grows with what was done, not with the clock, so that a slow machine gets as far as a fast one. */
    int progress() {
        return uploads.get() + asked.size() + launches.get();
    }

    /** What failed otherwise than because something was killed. */
    Set<String> surprises() {
        return surprises;
    }

    @Override
    public String toString() {
        return "%d uploads of %d entries acknowledged, %d queries asked and %d answered, %d services ended"
                .formatted(uploads.get(), ENTRIES, asked.size(), answered.size(), launches.get());
    }

    private interface Work {
        void once() throws InterruptedException;
    }

    /** What fails because something was killed is tried again; anything else is told. */
    private void until(Work work) {
        while (!over) {
            try {
                work.once();
            } catch (RouterException.Unavailable | RouterClient.Refused | VaultException killed) {
                pause();
            } catch (InterruptedException e) {
                return;
            } catch (RuntimeException | AssertionError e) {
                surprises.add(e.toString());
            }
        }
    }

    private static void pause() {
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50));
    }

    private void upload(WatchedOwner owner) {
        int from = next.getAndAdd(ENTRIES);
        List<String> ids = IntStream.range(from, from + ENTRIES)
                .mapToObj(i -> String.format("%024x", i))
                .toList();
        byte[] lines = IntStream.range(from, from + ENTRIES)
                .mapToObj(i -> """
                        {"_id": {"$oid": "%024x"}, "metadata": {"key": "background/location", "platform": "android", \
                        "time_zone": "America/Denver", "type": "sensor-data", "write_ts": %d.5}, "data": {"accuracy": 10, \
                        "altitude": 1600, "bearing": 9, "latitude": 39.6, "longitude": -104.9, "sensed_speed": 1.5, "ts": %d.25}}""".formatted(i, 1_600_000_000 + i, 1_600_000_000 + i))
                .collect(Collectors.joining("\n"))
                .getBytes(StandardCharsets.UTF_8);
        try {
            assertThat(owner.resident().upload(lines).taken()).isEqualTo(ENTRIES);
        } catch (VaultException e) {
            owner.unlock();
            throw e;
        }
        owner.acknowledge(ids);
        uploads.incrementAndGet();
        // Leaves the processors some time for the others, and the test a bounded number of entries.
        pause();
        pause();
    }

    /** One query after the other; one that a kill interrupts goes on with the next router, and is waited for. */
    private void ask() throws InterruptedException {
        if (open == null) {
            BsonDocument params = BsonDocument.parse("""
                    {"region": {"type": "Polygon", "coordinates": [[[-105, 39], [-104, 39], [-104, 40], [-105, 40], [-105, 39]]]},
                     "from": 1.5e9, "to": 1.7e9}""");
            open = analyst.ask(new QueryRequest(
                            CountComputation.NAME,
                            List.of(new QueryRequest.Cell("people", params)),
                            null,
                            null,
                            PRICE,
                            null,
                            cohort,
                            null))
                    .id();
            asked.add(open);
        }
        RouterClient.Asked now = analyst.await(open, QUERY);
        if (now.answer() != null) {
            answered.add(now.id());
        }
        if (now.answer() != null || now.state().equals("failed")) {
            open = null;
        }
    }

    private void launch() throws InterruptedException {
        WatchedOwner owner = owners.getLast();
        Launch ended = owner.resident().await(owner.resident().launch(service), KillIT.SOON);
        assertThat(ended.state().isFinal()).as("%s", ended).isTrue();
        launches.incrementAndGet();
    }

    /** Waits for every query's end; those that were answered. */
    Set<String> settle(String as) {
        for (String id : asked) {
            // An answer is told before all have confirmed that they paid for it.
            await().atMost(KillIT.SOON)
                    .untilAsserted(() -> assertThat(analyst.query(id).state())
                            .as("%s, query %s", as, id)
                            .isIn("answered", "failed"));
            if (analyst.query(id).answer() != null) {
                answered.add(id);
            } else {
                assertThat(answered).as("an answer stays").doesNotContain(id);
            }
        }
        assertThat(answered).isNotEmpty();
        return new HashSet<>(answered);
    }
}
