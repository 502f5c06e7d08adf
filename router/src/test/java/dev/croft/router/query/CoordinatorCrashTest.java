package dev.croft.router.query;

import static org.assertj.core.api.Assertions.assertThat;

import dev.croft.router.Role;
import dev.croft.router.query.SimulatedWorld.Faults;
import dev.croft.router.query.SimulatedWorld.State;
import dev.croft.router.registry.Account;
import dev.croft.router.registry.QueryJournal;
import dev.croft.router.registry.Registry;
import dev.croft.router.registry.TestDatabases;
import java.math.BigDecimal;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.bson.BsonDocument;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** Whatever fails and wherever the router dies, afterwards nothing is reserved and everyone has paid at most once, and knows it. */
@Execution(ExecutionMode.SAME_THREAD)
class CoordinatorCrashTest {

    private static final long SENSITIVITY = 9_876_543_210L;

    /** One database for all scenarios, each in its own world with its own clock. */
    private static final AtomicReference<Clock> WORLDS_CLOCK = new AtomicReference<>(Clock.systemUTC());

    private static final Registry REGISTRY = TestDatabases.quick().open(new Clock() {
        @Override
        public Instant instant() {
            return Objects.requireNonNull(WORLDS_CLOCK.get()).instant();
        }

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }
    });

    private static final Account ANALYST = REGISTRY.accounts().create("ana", Role.ANALYST, null);

    @AfterAll
    static void close() {
        REGISTRY.close();
    }

    private static Registry open(SimulatedWorld world) {
        WORLDS_CLOCK.set(world.clock);
        return REGISTRY;
    }

    private record Scenario(
            long seed, int clouds, int cells, int cohort, Faults faults, int crashes, int pauseMinutes) {
        static Scenario of(long seed) {
            Random random = new Random(seed);
            return new Scenario(
                    seed,
                    random.nextInt(1, 7),
                    random.nextInt(1, 4),
                    random.nextInt(1, 4),
                    new Faults(
                            random.nextInt(3) * 0.15,
                            random.nextInt(3) * 0.15,
                            random.nextInt(3) * 0.1,
                            random.nextBoolean(),
                            random.nextBoolean()),
                    random.nextInt(4),
                    random.nextInt(4) == 0 ? 20 : 0);
        }

        List<Scenario> smaller() {
            return Stream.of(
                            new Scenario(seed, clouds - 1, cells, cohort, faults, crashes, pauseMinutes),
                            new Scenario(seed, clouds, cells - 1, cohort, faults, crashes, pauseMinutes),
                            new Scenario(seed, clouds, cells, cohort, faults, crashes - 1, pauseMinutes),
                            new Scenario(seed, clouds, cells, cohort, Faults.NONE, crashes, pauseMinutes))
                    .filter(scenario -> scenario.clouds > 0
                            && scenario.cells > 0
                            && scenario.crashes >= 0
                            && !scenario.equals(this))
                    .toList();
        }
    }

    private static QueryRequest request(int cells, int cohort) {
        List<QueryRequest.Cell> wanted = IntStream.range(0, cells)
                .mapToObj(i -> new QueryRequest.Cell("cell " + i, new BsonDocument()))
                .toList();
        return new QueryRequest(
                "count", wanted, null, null, new BigDecimal("0.5"), new BigDecimal("0.01"), cohort, null);
    }

    private static void check(Scenario scenario) {
        SimulatedWorld world = new SimulatedWorld(scenario.seed(), scenario.clouds(), SENSITIVITY);
        Random random = new Random(scenario.seed() ^ 0x5eedL);
        Registry registry = open(world);
        String id = UUID.randomUUID().toString();
        world.begin(registry, ANALYST, id, request(scenario.cells(), scenario.cohort()));
        for (int i = 0; i <= scenario.crashes(); i++) {
            world.faults(scenario.faults(), i < scenario.crashes() ? random.nextInt(40) : -1);
            try (Coordinator coordinator = world.coordinator(registry, 1)) {
                coordinator.drive(id);
            }
            world.restart(Duration.ofMinutes(i == 1 ? scenario.pauseMinutes() : 0));
        }
        try (Coordinator coordinator = world.coordinator(registry, 1)) {
            coordinator.drive(id);
        }
        QueryJournal.Entry end = registry.queries().find(id).orElseThrow();
        Map<Leg, QueryJournal.Settlement> legs = registry.queries().legs(id);

        assertThat(end.state()).isIn(QueryJournal.State.ANSWERED, QueryJournal.State.FAILED);
        assertThat(world.legs).as("no reservation hangs").doesNotContainValue(State.RESERVED);
        assertThat(legs.values()).allMatch(QueryJournal.Settlement::isFinal);
        legs.forEach((leg, settlement) -> {
            String key = leg.cloudId() + "/" + id + "-" + leg.cell();
            long price = leg.cell() == 0 ? 510_000_000 : 500_000_000;
            boolean paid = world.legs.get(key) == State.PAID;
            assertThat(world.charged.getOrDefault(key, 0L))
                    .as("charged once or not at all")
                    .isEqualTo(paid ? price : 0);
            assertThat(settlement == QueryJournal.Settlement.COMMITTED)
                    .as("the journal knows %s", leg)
                    .isEqualTo(paid);
        });
        assertThat(world.charged.keySet())
                .as("nothing is charged that the journal does not know")
                .isSubsetOf(legs.keySet().stream()
                        .map(leg -> leg.cloudId() + "/" + id + "-" + leg.cell())
                        .toList());
        if (end.state() == QueryJournal.State.ANSWERED) {
            long answered = legs.values().stream()
                    .filter(state -> state == QueryJournal.Settlement.COMMITTED)
                    .count();
            assertThat(answered).isGreaterThanOrEqualTo((long) scenario.cohort() * scenario.cells());
        }
        world.values.forEach((key, value) -> assertThat(end.request() + end.plan() + end.answer() + end.problem())
                .as("no one's answer is written")
                .doesNotContain(value > 1_000_000 ? value.toString() : "no such text"));
    }

    @Test
    void nothingHangsAndNobodyPaysTwiceWhereverItCrashes() {
        for (long seed = 0; seed < 300; seed++) {
            Scenario scenario = Scenario.of(seed);
            @Nullable AssertionError failure = fails(scenario);
            if (failure != null) {
                Scenario smallest = scenario;
                for (boolean smaller = true; smaller; ) {
                    smaller = false;
                    for (Scenario candidate : smallest.smaller()) {
                        AssertionError still = fails(candidate);
                        if (still != null) {
                            smallest = candidate;
                            failure = still;
                            smaller = true;
                            break;
                        }
                    }
                }
                throw new AssertionError("seed " + seed + ", smallest failing scenario " + smallest, failure);
            }
        }
    }

    private static @Nullable AssertionError fails(Scenario scenario) {
        try {
            check(scenario);
            return null;
        } catch (AssertionError e) {
            return e;
        }
    }

    @Test
    void everySingleStepMayBeTheLast() {
        Faults crashesOnly = new Faults(0, 0, 0, true, true);
        String counting = UUID.randomUUID().toString();
        SimulatedWorld counted = new SimulatedWorld(1, 3, SENSITIVITY);
        Registry registry = open(counted);
        counted.begin(registry, ANALYST, counting, request(2, 2));
        counted.faults(crashesOnly, -1);
        try (Coordinator coordinator = counted.coordinator(registry, 1)) {
            coordinator.drive(counting);
        }
        int steps = counted.steps.get();
        assertThat(steps).isGreaterThan(40);
        for (int at = 0; at < steps; at++) {
            SimulatedWorld world = new SimulatedWorld(1, 3, SENSITIVITY);
            open(world);
            String id = UUID.randomUUID().toString();
            world.begin(registry, ANALYST, id, request(2, 2));
            world.faults(crashesOnly, at);
            try (Coordinator coordinator = world.coordinator(registry, 1)) {
                coordinator.drive(id);
            }
            world.restart(Duration.ZERO);
            try (Coordinator coordinator = world.coordinator(registry, 1)) {
                coordinator.drive(id);
            }
            assertThat(registry.queries().find(id).orElseThrow().state())
                    .as("crash at step %s", at)
                    .isEqualTo(QueryJournal.State.ANSWERED);
            assertThat(world.legs.values()).hasSize(6).containsOnly(State.PAID);
            assertThat(world.charged.values()).containsOnly(510_000_000L, 500_000_000L);
        }
    }
}
