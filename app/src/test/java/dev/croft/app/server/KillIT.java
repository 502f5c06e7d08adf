package dev.croft.app.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import dev.croft.app.Main;
import dev.croft.app.demo.Resident;
import dev.croft.app.mobility.CountComputation;
import dev.croft.budget.Epsilon;
import dev.croft.capsule.CapsuleVerifier;
import dev.croft.router.Role;
import dev.croft.router.RouterClient;
import dev.croft.router.RouterException;
import dev.croft.router.query.QueryRequest;
import dev.croft.router.registry.CatalogueEntry;
import dev.croft.router.registry.Launch;
import dev.croft.router.registry.PrivateCloud;
import dev.croft.vault.api.BudgetEntry;
import dev.croft.vault.api.BudgetStatus;
import dev.croft.vault.api.CloudState;
import dev.croft.vault.api.OwnerKey;
import dev.croft.vault.api.VaultException;
import java.io.IOException;
import java.math.BigDecimal;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.bson.BsonArray;
import org.bson.BsonDocument;
import org.bson.BsonObjectId;
import org.bson.types.ObjectId;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The whole of {@code croft up}, with uploads, queries and services going on: one of its three kinds of processes is killed with
 * SIGKILL at a random instant, again and again ({@code -Dcroft.kills}). What was acknowledged stays, and the budgets add up. After each
 * kill it looks for what was acknowledged since the last, now and then and at the end for everything. What runs are the jars that were
 * packaged, with their AOT caches, if no source is newer, else the classes of the test.
 */
class KillIT {
    private static final int PARTICIPANTS = 5;
    private static final int KILLS_PER_FULL_LOOK = 20;
    private static final int IDS_PER_LOOK = 5_000;
    private static final BigDecimal PRICE = new BigDecimal("0.0002");
    static final Duration SOON = Duration.ofSeconds(90);

    @TempDir
    Path directory;

    private final long seed = Long.getLong("croft.seed", System.nanoTime());
    private final Random random = new Random(seed);
    private final List<Person> people = new ArrayList<>();
    private final Map<String, Set<String>> acknowledged = new ConcurrentHashMap<>();
    private final Map<String, Set<String>> seen = new HashMap<>();
    private final Set<String> asked = ConcurrentHashMap.newKeySet();
    private final Set<String> surprises = ConcurrentHashMap.newKeySet();
    private final AtomicInteger next = new AtomicInteger();
    private final AtomicInteger launches = new AtomicInteger();
    private volatile boolean over;
    private List<String> code = List.of();
    private @Nullable Process up;

    private record Person(RouterClient account, Resident resident, OwnerKey key) {
        String cloud() {
            return key.cloudId();
        }
    }

    /** Which process is killed. */
    enum Victim {
        ROUTER,
        PM_HOST,
        SERVICE
    }

    int kills() {
        return Integer.getInteger("croft.kills", 4);
    }

    int people() {
        return PARTICIPANTS;
    }

    /** What is run on. */
    String backend() {
        return "process";
    }

    /** After the last has been stopped: what must not be there any more. */
    void afterwards() throws IOException {}

    Home home() {
        return new Home(directory.resolve("h"));
    }

    private void start(int port) throws IOException {
        Files.deleteIfExists(home().address());
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow"));
        command.addAll(code);
        command.addAll(List.of(
                Main.class.getName(),
                "up",
                "--backend",
                backend(),
                "--home",
                home().root().toString(),
                "--port",
                Integer.toString(port)));
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(
                        directory.resolve("log").toFile()))
                .start();
        up = process;
        await().atMost(SOON).until(() -> {
            assertThat(process.isAlive())
                    .as("%s", Files.readString(directory.resolve("log")))
                    .isTrue();
            return Files.exists(home().address())
                    && !Files.readString(home().address()).isBlank();
        });
    }

    @AfterEach
    void stop() throws InterruptedException {
        over = true;
        Process process = up;
        if (process != null && process.isAlive()) {
            process.destroy();
            if (!process.waitFor(60, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        }
    }

    /** Options that say where the code is. */
    private static List<String> code() throws IOException {
        Path target = Path.of("target").toAbsolutePath();
        Path jar = target.resolve("croft.jar");
        if (!Files.exists(jar)) {
            return List.of("-cp", System.getProperty("java.class.path"));
        }
        FileTime packaged = Files.getLastModifiedTime(jar);
        try (Stream<Path> rooms = Files.list(Path.of("..").toAbsolutePath().normalize())) {
            for (Path sources : rooms.map(room -> room.resolve("src").resolve("main"))
                    .filter(Files::isDirectory)
                    .toList()) {
                try (Stream<Path> files = Files.walk(sources)) {
                    for (Path file : files.filter(Files::isRegularFile).toList()) {
                        if (Files.getLastModifiedTime(file).compareTo(packaged) > 0) {
                            return List.of("-cp", System.getProperty("java.class.path"));
                        }
                    }
                }
            }
        }
        List<String> options = new ArrayList<>();
        Path cache = target.resolve("croft.aot");
        if (Files.exists(cache)) {
            options.add("-XX:AOTCache=" + cache);
        }
        options.addAll(List.of("-cp", jar + ":" + target.resolve("lib") + "/*"));
        return options;
    }

    @Test
    @Timeout(value = 1, unit = TimeUnit.DAYS)
    void nothingAcknowledgedIsLostAndTheBudgetsAddUp() {
        assertTimeoutPreemptively(
                Duration.ofMinutes(5).plusSeconds(30L * kills() + 5L * people()), this::killAgainAndAgain);
    }

    private void killAgainAndAgain() throws Exception {
        code = code();
        System.out.println("KillIT: seed " + seed);
        int port;
        try (ServerSocket free = new ServerSocket(0)) {
            port = free.getLocalPort();
        }
        start(port);
        RouterClient operator = RouterClient.of(
                URI.create("https://localhost:" + port),
                home().router().resolve("ca").resolve("ca.pem"),
                Files.readString(home().router().resolve("operator.token")).strip());
        RouterClient analyst = account(operator, "analyst", Role.ANALYST);
        String coordinator = operator.coordinatorKey();
        for (int i = 0; i < people(); i++) {
            String name = "person-" + i;
            RouterClient account = account(operator, name, Role.OWNER);
            Resident resident = Resident.settle(account, home(), name, PrivateCloud.Hosting.SHARED);
            resident.takePart(coordinator, CountComputation.NAME, Epsilon.parse("0.9"));
            people.add(new Person(account, resident, OwnerKey.load(home().keys().resolve(name + ".key"), null)));
            acknowledged.put(resident.cloud().cloud(), ConcurrentHashMap.newKeySet());
        }
        CatalogueEntry pipeline = operator.services().stream()
                .filter(service -> service.name().equals("pipeline"))
                .findFirst()
                .orElseThrow();
        List<Thread> work = List.of(
                Thread.ofVirtual().start(() -> until(() -> upload(people.get(next.get() / 20 % people.size())))),
                Thread.ofVirtual().start(() -> until(() -> upload(people.getFirst()))),
                Thread.ofVirtual().start(() -> until(() -> ask(analyst))),
                Thread.ofVirtual().start(() -> until(() -> launch(people.getLast(), pipeline))));

        Map<Victim, Integer> killed = new HashMap<>();
        List<Victim> waiting = new ArrayList<>();
        for (int i = 0; i < kills(); i++) {
            // By what was done, not by the clock, so that a slow machine gets as far as a fast one.
            int enough = progress() + random.nextInt(1, 12);
            await().atMost(SOON).pollInterval(Duration.ofMillis(5)).until(() -> progress() >= enough);
            if (waiting.isEmpty()) {
                waiting.addAll(List.of(Victim.values()));
                Collections.shuffle(waiting, random);
            }
            Victim victim = waiting.removeLast();
            String as = "seed " + seed + ", kill " + i + " of " + victim;
            kill(victim);
            killed.merge(victim, 1, Integer::sum);
            if (victim == Victim.ROUTER) {
                start(port);
            }
            for (Person person : people) {
                unlock(person);
                Set<String> sure = Set.copyOf(Objects.requireNonNull(acknowledged.get(person.cloud())));
                Set<String> before = seen.computeIfAbsent(person.cloud(), _ -> new HashSet<>());
                boolean everything = i % KILLS_PER_FULL_LOOK == KILLS_PER_FULL_LOOK - 1;
                Set<String> looked = everything
                        ? sure
                        : sure.stream().filter(id -> !before.contains(id)).collect(Collectors.toSet());
                assertThat(looked.isEmpty() ? looked : stored(person, everything ? Set.of() : looked))
                        .as(as)
                        .containsAll(looked);
                before.addAll(sure);
                assertThat(person.resident().cloud().count("entries", new BsonDocument()))
                        .as(as)
                        .isGreaterThanOrEqualTo(sure.size());
            }
            assertThat(surprises).as(as).isEmpty();
        }
        over = true;
        for (Thread thread : work) {
            thread.join();
        }
        Set<String> answered = settle(analyst);
        for (Person person : people) {
            budgetAddsUp(person, answered);
            assertThat(stored(person, Set.of())).containsAll(Objects.requireNonNull(acknowledged.get(person.cloud())));
            person.resident().close();
        }
        System.out.printf(
                "KillIT: %s, %d entries, %d queries asked and %d answered, %d services ended%n",
                killed,
                acknowledged.values().stream().mapToInt(Set::size).sum(),
                asked.size(),
                answered.size(),
                launches.get());
        stop();
        for (Person person : people) {
            Path cloud = home().router().resolve("clouds").resolve(person.cloud());
            for (String capsule : List.of("data", "grants", "budget", "audit")) {
                assertThat(CapsuleVerifier.verify(cloud.resolve(capsule)).intact())
                        .as("seed %d, %s of %s", seed, capsule, person.cloud())
                        .isTrue();
            }
        }
        afterwards();
    }

    private int progress() {
        return acknowledged.values().stream().mapToInt(Set::size).sum() / 20 + asked.size() + launches.get();
    }

    // ---- what goes on meanwhile

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
        java.util.concurrent.locks.LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50));
    }

    private void upload(Person person) {
        int from = next.getAndAdd(20);
        List<String> ids = IntStream.range(from, from + 20)
                .mapToObj(i -> String.format("%024x", i))
                .toList();
        byte[] lines = IntStream.range(from, from + 20)
                .mapToObj(i -> """
                        {"_id": {"$oid": "%024x"}, "metadata": {"key": "background/location", "platform": "android", \
                        "time_zone": "America/Denver", "type": "sensor-data", "write_ts": %d.5}, "data": {"accuracy": 10, \
                        "altitude": 1600, "bearing": 9, "latitude": 39.6, "longitude": -104.9, "sensed_speed": 1.5, "ts": %d.25}}""".formatted(i, 1_600_000_000 + i, 1_600_000_000 + i))
                .collect(Collectors.joining("\n"))
                .getBytes(StandardCharsets.UTF_8);
        assertThat(person.resident().upload(lines).taken()).isEqualTo(20);
        Objects.requireNonNull(acknowledged.get(person.cloud())).addAll(ids);
        // Leaves the processors some time for the others, and the test a bounded number of entries.
        pause();
        pause();
    }

    private void ask(RouterClient analyst) throws InterruptedException {
        BsonDocument params = BsonDocument.parse("""
                {"region": {"type": "Polygon", "coordinates": [[[-105, 39], [-104, 39], [-104, 40], [-105, 40], [-105, 39]]]},
                 "from": 1.5e9, "to": 1.7e9}""");
        RouterClient.Asked query = analyst.ask(new QueryRequest(
                CountComputation.NAME,
                List.of(new QueryRequest.Cell("people", params)),
                null,
                null,
                PRICE,
                null,
                PARTICIPANTS,
                null));
        asked.add(query.id());
        analyst.await(query.id(), Duration.ofSeconds(20));
    }

    private void launch(Person person, CatalogueEntry service) throws InterruptedException {
        Launch ended = person.resident().await(person.resident().launch(service), SOON);
        assertThat(ended.state().isFinal()).as("%s", ended).isTrue();
        launches.incrementAndGet();
    }

    // ---- killing and coming back

    private void kill(Victim victim) throws Exception {
        if (victim == Victim.ROUTER) {
            Process process = Objects.requireNonNull(up);
            process.destroyForcibly().waitFor();
        } else {
            killOther(victim);
        }
    }

    void killOther(Victim victim) throws Exception {
        await().atMost(SOON).pollInterval(Duration.ofMillis(5)).until(() -> {
            for (ProcessHandle process : ProcessHandle.allProcesses().toList()) {
                if (isOurs(process.pid(), victim) && process.destroyForcibly()) {
                    return true;
                }
            }
            return false;
        });
    }

    /**
     * The host by the folder in its arguments, a service by the private cloud in its environment, or, if it waited to be claimed, by the
     * directory that it sees and what is in there: all are this test's own.
     */
    private boolean isOurs(long pid, Victim victim) {
        Path of = Path.of("/proc", Long.toString(pid));
        try {
            String command = Files.readString(of.resolve("cmdline"), StandardCharsets.ISO_8859_1);
            if (!command.startsWith("java\0") && !command.contains("/bin/java\0")) {
                return false;
            }
            if (victim == Victim.PM_HOST) {
                return command.contains(HostMain.class.getName())
                        && command.contains(home().root().toString())
                        && !command.contains("bwrap");
            }
            String environment = Files.readString(of.resolve("environ"), StandardCharsets.ISO_8859_1);
            return environment.contains("CROFT_CLOUD=" + people.getLast().cloud())
                    || environment.contains("CROFT_WAIT=")
                            && wasClaimed(environment + Files.readString(of.resolve("mountinfo")));
        } catch (IOException gone) {
            return false;
        }
    }

    /** Whether one of the slots of this installation is in what is known of a process, and a launch's token in that slot. */
    private boolean wasClaimed(String known) throws IOException {
        if (!Files.isDirectory(home().warm())) {
            return false;
        }
        try (Stream<Path> slots = Files.list(home().warm())) {
            return slots.anyMatch(
                    slot -> known.contains("/" + slot.getFileName()) && Files.exists(slot.resolve("token")));
        }
    }

    private void unlock(Person person) {
        await().atMost(SOON).pollInterval(Duration.ofMillis(20)).until(() -> {
            try {
                return person.account().bringKey(person.key(), null, null).state() == CloudState.AWAKE;
            } catch (RouterException.Unavailable | RouterClient.Refused | VaultException notYet) {
                return false;
            }
        });
    }

    /** The entries that are there, of these or, if none is given, of all; none is there twice. */
    private static Set<String> stored(Person person, Set<String> of) {
        List<BsonDocument> filters = new ArrayList<>();
        List<BsonObjectId> ids =
                of.stream().map(id -> new BsonObjectId(new ObjectId(id))).toList();
        // A filter holds a bounded number of values.
        for (int from = 0; from < ids.size(); from += IDS_PER_LOOK) {
            List<BsonObjectId> some = ids.subList(from, Math.min(ids.size(), from + IDS_PER_LOOK));
            filters.add(new BsonDocument("_id", new BsonDocument("$in", new BsonArray(some))));
        }
        if (filters.isEmpty()) {
            filters.add(new BsonDocument());
        }
        Set<String> found = new HashSet<>();
        for (BsonDocument filter : filters) {
            for (BsonDocument entry : person.resident().cloud().findAll("entries", filter)) {
                assertThat(found.add(entry.getObjectId("_id").getValue().toHexString()))
                        .isTrue();
            }
        }
        return found;
    }

    // ---- the accounts

    /** Waits for every query's end; those that were answered. */
    private Set<String> settle(RouterClient analyst) throws InterruptedException {
        Set<String> answered = new HashSet<>();
        for (String id : asked) {
            RouterClient.Asked end = analyst.await(id, SOON);
            assertThat(end.state()).as("seed %d, query %s", seed, id).isIn("answered", "failed");
            if (end.answer() != null) {
                answered.add(id);
            }
        }
        assertThat(answered).isNotEmpty();
        return answered;
    }

    private void budgetAddsUp(Person person, Set<String> answered) {
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(block(person).reserved())
                        .as("seed %d: nothing hangs", seed)
                        .isEqualTo(Epsilon.ZERO));
        Map<String, Epsilon> committed = new HashMap<>();
        long from = 0;
        while (true) {
            var page = person.resident().cloud().budgetHistory(from, 500);
            for (BudgetEntry entry : page.items()) {
                if (entry.kind().equals("committed")) {
                    assertThat(committed.put(entry.key(), entry.amount()))
                            .as("seed %d: %s is paid once", seed, entry.key())
                            .isNull();
                }
            }
            if (page.items().isEmpty()) {
                break;
            }
            from = page.next();
        }
        assertThat(committed.values())
                .allSatisfy(amount -> assertThat(amount.toBigDecimal()).isEqualByComparingTo(PRICE));
        // Each answer was paid for by all; of a query that a kill cut off, whoever had already computed has paid.
        assertThat(answered)
                .as("seed %d: %s", seed, committed.keySet())
                .allMatch(id -> committed.keySet().stream().anyMatch(paid -> paid.contains(id)));
        assertThat(committed.size()).as("seed %d", seed).isBetween(answered.size(), answered.size() + kills());
        BudgetStatus.Block block = block(person);
        assertThat(block.spent().toBigDecimal())
                .isEqualByComparingTo(PRICE.multiply(BigDecimal.valueOf(committed.size())));
        assertThat(block.available().plus(block.spent())).isEqualTo(block.total());
    }

    private static BudgetStatus.Block block(Person person) {
        return person.resident().budget().blocks().getFirst();
    }

    private static RouterClient account(RouterClient operator, String name, Role role) {
        operator.createAccount(name, role, null);
        return operator.as(
                operator.issueTokenFor(name, "test", Duration.ofHours(2)).secret());
    }
}
