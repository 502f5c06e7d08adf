package dev.croft.app.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import dev.croft.app.server.Victims.Victim;
import dev.croft.capsule.CapsuleVerifier;
import dev.croft.router.Role;
import dev.croft.router.RouterClient;
import dev.croft.router.registry.CatalogueEntry;
import dev.croft.router.registry.PrivateCloud;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ResourceLock;

/**
 * The whole of {@code croft up}, with uploads, queries and services going on all the time: one of its three kinds of processes is killed
 * at a random instant, again and again ({@code -Dcroft.kills}). What was acknowledged stays, the budgets add up, and the audit has it. After
 * each kill it looks for what was acknowledged since the last, of twenty owners if there are more; where there are few, now and then, and at
 * the end always, for everything.
 */
@ResourceLock("installation")
class KillIT {
    static final Duration SOON = Duration.ofMinutes(3);

    private static final int KILLS_PER_FULL_LOOK = 20;
    private static final int LOOKED_AT = 20;
    private static final int AT_ONCE = 8;

    @TempDir
    Path directory;

    private final long seed = Long.getLong("croft.seed", System.nanoTime());
    private final Random random = new Random(seed);
    private final List<WatchedOwner> owners = new ArrayList<>();
    private final ExecutorService threads = Executors.newFixedThreadPool(
            AT_ONCE, Thread.ofVirtual().name("owner-", 0).factory());
    private final long began = System.nanoTime();
    private @Nullable UpProcess up;
    private @Nullable OngoingWork work;

    int kills() {
        return Integer.getInteger("croft.kills", 4);
    }

    /** How many private clouds there are. */
    int clouds() {
        return 5;
    }

    /** How many of them are not in the shared host. */
    int own() {
        return 1;
    }

    /** How long it goes on at least, whatever the number of kills. */
    Duration atLeast() {
        return Duration.ZERO;
    }

    /** What is killed in the course of so many kills, in any order. */
    List<Victim> round() {
        return List.of(Victim.ROUTER, Victim.PM_HOST, Victim.SERVICE);
    }

    /** What is run on. */
    String backend() {
        return "process";
    }

    UpProcess process() throws IOException {
        return new UpProcess(directory, backend());
    }

    Victims victims(UpProcess croft, Random chance) throws IOException, InterruptedException {
        return new ProcessVictims(croft.home(), () -> owners.getLast().cloud(), chance);
    }

    @AfterEach
    void stop() throws InterruptedException, IOException {
        if (work != null) {
            work.end();
        }
        if (up != null) {
            up.close();
        }
        threads.shutdownNow();
    }

    @Test
    @Timeout(value = 1, unit = TimeUnit.DAYS)
    void nothingAcknowledgedIsLostAndTheBudgetsAddUp() {
        assertTimeoutPreemptively(
                Duration.ofMinutes(5).plusSeconds(60L * kills() + 5L * clouds()).plus(atLeast()), () -> {
                    try {
                        killAgainAndAgain();
                    } catch (Throwable e) {
                        tell(up == null ? "croft did not start" : up.lastWords());
                        throw e;
                    }
                });
    }

    private void killAgainAndAgain() throws Exception {
        tell("seed %d: %d private clouds, %d of them in hosts of their own".formatted(seed, clouds(), own()));
        UpProcess croft = process();
        up = croft;
        croft.start();
        RouterClient operator = croft.operator();
        RouterClient analyst = account(operator, "analyst", Role.ANALYST);
        settle(operator, croft.home());
        CatalogueEntry pipeline = operator.services().stream()
                .filter(service -> service.name().equals("pipeline"))
                .findFirst()
                .orElseThrow();
        // Enough that an answer says much; all where there are few, so that each answer was paid for by each.
        int cohort = Math.max(Math.min(5, clouds()), clouds() * 3 / 4);
        OngoingWork going = new OngoingWork(List.copyOf(owners), analyst, pipeline, cohort);
        work = going;
        tell("settled");
        try (Victims victims = victims(croft, random)) {
            long worked = System.nanoTime();
            going.begin();
            Map<Victim, Integer> killed =
                    kill(croft, going, victims, worked + atLeast().toNanos());
            Duration lasted = Duration.ofNanos(System.nanoTime() - worked);
            going.join();
            Set<String> answered = going.settle("seed " + seed);
            accounts(answered, cohort, killed.values().stream().mapToInt(i -> i).sum());
            victims.nothingUnknown();
            tell("%s killed within %d s; %s".formatted(killed, lasted.toSeconds(), going));
            croft.close();
            each(this::verify);
            tell("all capsules verified");
            victims.nothingLeft();
            tell("nothing is left");
        }
        owners.forEach(WatchedOwner::close);
    }

    private void settle(RouterClient operator, Home home) throws Exception {
        String coordinator = operator.coordinatorKey();
        List<Integer> all = IntStream.range(0, clouds()).boxed().toList();
        Map<Integer, WatchedOwner> settled = new ConcurrentSkipListMap<>();
        eachOf(all, i -> {
            String name = "person-" + i;
            // The first has the most entries and the last the services.
            PrivateCloud.Hosting hosting =
                    i >= 1 && i <= own() ? PrivateCloud.Hosting.OWN_PROCESS : PrivateCloud.Hosting.SHARED;
            settled.put(i, WatchedOwner.settle(account(operator, name, Role.OWNER), home, name, hosting, coordinator));
        });
        owners.addAll(settled.values());
    }

    private Map<Victim, Integer> kill(UpProcess croft, OngoingWork going, Victims victims, long until)
            throws Exception {
        Map<Victim, Integer> killed = new EnumMap<>(Victim.class);
        List<Victim> waiting = new ArrayList<>();
        for (int i = 0; i < kills() || System.nanoTime() < until; i++) {
            int enough = going.progress() + random.nextInt(1, 12);
            await().atMost(SOON).pollInterval(Duration.ofMillis(5)).until(() -> going.progress() >= enough);
            if (waiting.isEmpty()) {
                waiting.addAll(round());
                Collections.shuffle(waiting, random);
            }
            Victim victim = waiting.removeLast();
            String as = "seed " + seed + ", kill " + i + " of " + victim;
            if (victim == Victim.ROUTER) {
                croft.kill();
                croft.start();
            } else {
                victims.kill(victim);
            }
            killed.merge(victim, 1, Integer::sum);
            boolean everything = owners.size() <= LOOKED_AT && i % KILLS_PER_FULL_LOOK == KILLS_PER_FULL_LOOK - 1;
            if (victim == Victim.PM_HOST) {
                each(owner -> owner.insist(() -> {}));
            }
            eachOf(some(), owner -> owner.insist(() -> owner.look(as, everything)));
            assertThat(going.surprises()).as(as).isEmpty();
            tell("kill %d of %d was of %s; %s".formatted(i + 1, kills(), victim, going));
        }
        return killed;
    }

    /** The first, the last, and so many at random. */
    private List<WatchedOwner> some() {
        if (owners.size() <= LOOKED_AT) {
            return owners;
        }
        List<WatchedOwner> others = new ArrayList<>(owners.subList(1, owners.size() - 1));
        Collections.shuffle(others, random);
        List<WatchedOwner> some = new ArrayList<>(others.subList(0, LOOKED_AT - 2));
        some.add(owners.getFirst());
        some.add(owners.getLast());
        return some;
    }

    /** What everyone paid is what was answered, and everything that was acknowledged is there and in the audit. */
    private void accounts(Set<String> answered, int cohort, int kills) throws Exception {
        String as = "seed " + seed;
        Map<String, Set<String>> payers = new ConcurrentHashMap<>();
        each(owner -> owner.insist(() -> {
            owner.look(as, true);
            Set<String> paid = owner.paid(as, OngoingWork.PRICE);
            owner.audited(as, paid);
            // Of a query that a kill cut off, whoever had already computed has paid.
            assertThat(paid.stream()
                            .filter(key -> answered.stream().noneMatch(key::contains))
                            .count())
                    .as(as)
                    .isLessThanOrEqualTo(kills);
            for (String id : answered) {
                if (paid.stream().anyMatch(key -> key.contains(id))) {
                    payers.computeIfAbsent(id, _ -> ConcurrentHashMap.newKeySet())
                            .add(owner.cloud());
                }
            }
        }));
        assertThat(payers.keySet()).as(as).isEqualTo(answered);
        assertThat(payers.values()).as("%s: each answer was paid for", as).allMatch(all -> all.size() >= cohort);
    }

    private void verify(WatchedOwner owner) {
        Path cloud = directory.resolve("h").resolve("router").resolve("clouds").resolve(owner.cloud());
        for (String capsule : List.of("data", "grants", "budget", "audit")) {
            assertThat(CapsuleVerifier.verify(cloud.resolve(capsule)).intact())
                    .as("seed %d, %s of %s", seed, capsule, owner.cloud())
                    .isTrue();
        }
    }

    private void each(Consumer<WatchedOwner> act) throws Exception {
        eachOf(owners, act);
    }

    private <T> void eachOf(List<T> all, Consumer<T> act) throws Exception {
        List<Future<?>> acts = new ArrayList<>();
        all.forEach(one -> acts.add(threads.submit(() -> act.accept(one))));
        for (Future<?> done : acts) {
            try {
                done.get();
            } catch (ExecutionException e) {
                if (e.getCause() instanceof Error failed) {
                    throw failed;
                }
                throw e;
            }
        }
    }

    private void tell(String what) {
        System.out.printf(
                "%s: %4d s: %s%n",
                getClass().getSimpleName(), TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - began), what);
    }

    private static RouterClient account(RouterClient operator, String name, Role role) {
        operator.createAccount(name, role, null);
        return operator.as(operator.issueTokenFor(name, "test", role.scopes(), Duration.ofHours(3))
                .secret());
    }
}
