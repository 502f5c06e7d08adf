package dev.croft.router.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import dev.croft.router.lifecycle.Decision.Action;
import dev.croft.router.lifecycle.Decision.Reason;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.Test;

class LifecyclePolicyTest {
    private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
    private static final Duration IDLE = Duration.ofSeconds(300);
    private static final int GAMES = 3000;

    private static Demand demand(String cloud, String account, long unused, long awake, boolean inUse) {
        return new Demand(cloud, account, false, NOW.minusSeconds(unused), NOW.minusSeconds(awake), inUse, false);
    }

    private static Map<String, Decision> decide(
            Map<String, AccountPolicy> policies, LifecyclePolicy.Room room, Demand... demands) {
        return new LifecyclePolicy(IDLE, policies)
                .decide(NOW, room, List.of(demands)).stream()
                        .collect(Collectors.toMap(Decision::cloud, Function.identity()));
    }

    @Test
    void eachReasonHasItsTurnAndItsNumbers() {
        var strict = new AccountPolicy(60L, 1000L, 2, null);
        Map<String, Decision> decided = decide(
                Map.of("strict", strict),
                LifecyclePolicy.Room.AMPLE,
                demand("used", "free", 10, 5000, false),
                demand("idle", "free", 300, 5000, false),
                demand("busy", "strict", 900, 5000, true),
                demand("short", "strict", 61, 100, false),
                demand("long", "strict", 1, 1000, false),
                demand("older", "strict", 30, 100, false),
                demand("newer", "strict", 20, 100, false));
        assertThat(decided.values().stream().collect(Collectors.toMap(Decision::cloud, Decision::reason)))
                .isEqualTo(Map.of(
                        "used", Reason.RECENTLY_USED,
                        "idle", Reason.IDLE,
                        "busy", Reason.IN_USE,
                        "short", Reason.IDLE,
                        "long", Reason.WALL_CLOCK,
                        "older", Reason.ACCOUNT_LIMIT,
                        "newer", Reason.RECENTLY_USED));
        assertThat(decided.get("idle"))
                .extracting(Decision::detail)
                .isEqualTo("unused for 300 s, and 300 s are allowed");
    }

    @Test
    void oneWithAProcessOfItsOwnIsStoppedAndAnyOtherHibernated() {
        var own = new Demand("own", "a", true, NOW.minusSeconds(900), NOW.minusSeconds(900), false, false);
        assertThat(new LifecyclePolicy(IDLE, Map.of()).decide(NOW, LifecyclePolicy.Room.AMPLE, List.of(own)))
                .extracting(Decision::action)
                .containsExactly(Action.STOP);
    }

    @Test
    void whatIsWishedAwakeIsNeverIdleAndMakesRoomLikeOthers() {
        var held = new Demand("held", "a", false, NOW.minusSeconds(900), NOW.minusSeconds(900), false, true);
        assertThat(decide(Map.of(), LifecyclePolicy.Room.AMPLE, held))
                .extractingByKey("held")
                .extracting(Decision::action)
                .isEqualTo(Action.KEEP);
        assertThat(decide(Map.of(), new LifecyclePolicy.Room(9, 1), held))
                .extractingByKey("held")
                .extracting(Decision::reason)
                .isEqualTo(Reason.MEMORY);
        assertThat(decide(Map.of("a", new AccountPolicy(null, 60L, null, null)), LifecyclePolicy.Room.AMPLE, held))
                .extractingByKey("held")
                .extracting(Decision::reason)
                .isEqualTo(Reason.WALL_CLOCK);
    }

    @Test
    void whenMemoryIsShortTheLargestShareGivesWayAndWeightCounts() {
        Demand[] demands = {
            demand("a1", "a", 5, 100, false), demand("a2", "a", 4, 100, false), demand("a3", "a", 3, 100, false),
            demand("b1", "b", 200, 300, false), demand("c1", "c", 250, 300, false), demand("c2", "c", 240, 300, false)
        };
        assertThat(decide(Map.of(), new LifecyclePolicy.Room(Integer.MAX_VALUE, 1), demands))
                .extractingByKey("a1")
                .extracting(Decision::reason)
                .isEqualTo(Reason.MEMORY);
        Map<String, Decision> weighted = decide(
                Map.of("a", new AccountPolicy(null, null, null, 3)),
                new LifecyclePolicy.Room(Integer.MAX_VALUE, 1),
                demands);
        assertThat(weighted.values().stream().filter(one -> one.action() != Action.KEEP))
                .extracting(Decision::cloud, Decision::reason)
                .containsExactly(Assertions.tuple("c1", Reason.MEMORY));
    }

    private record Game(Map<String, AccountPolicy> policies, LifecyclePolicy.Room room, List<Demand> demands) {
        static Game random(Random random) {
            Map<String, AccountPolicy> policies = new HashMap<>();
            int accounts = 1 + random.nextInt(4);
            for (int i = 0; i < accounts; i++) {
                if (random.nextBoolean()) {
                    policies.put(
                            "account" + i,
                            new AccountPolicy(
                                    random.nextBoolean() ? null : 1L + random.nextInt(400),
                                    random.nextBoolean() ? null : 1L + random.nextInt(900),
                                    random.nextBoolean() ? null : 1 + random.nextInt(3),
                                    random.nextBoolean() ? null : 1 + random.nextInt(4)));
                }
            }
            List<Demand> demands = new ArrayList<>();
            int count = random.nextInt(12);
            for (int i = 0; i < count; i++) {
                demands.add(new Demand(
                        "cloud" + i,
                        "account" + random.nextInt(accounts),
                        random.nextBoolean(),
                        NOW.minusSeconds(random.nextInt(500) - 5),
                        NOW.minusSeconds(random.nextInt(1000) - 5),
                        random.nextInt(4) == 0,
                        random.nextInt(4) == 0));
            }
            return new Game(policies, new LifecyclePolicy.Room(random.nextInt(12), random.nextInt(4)), demands);
        }

        LifecyclePolicy policy() {
            return new LifecyclePolicy(IDLE, policies);
        }

        double share(String account, long awake) {
            Integer weight =
                    policies.getOrDefault(account, AccountPolicy.STANDARD).weight();
            return (double) awake / (weight == null ? 1 : weight);
        }
    }

    @Test
    void inAnyGameDecisionsAreCompleteSafeFairAndTheSameInAnyOrder() {
        long seed = Long.getLong("croft.seed", System.nanoTime());
        for (int game = 0; game < GAMES; game++) {
            Random random = new Random(seed + game);
            Game played = Game.random(random);
            List<Decision> decisions = played.policy().decide(NOW, played.room(), played.demands());
            String named = "-Dcroft.seed=" + (seed + game);

            List<Demand> shuffled = new ArrayList<>(played.demands());
            Collections.shuffle(shuffled, random);
            assertThat(played.policy().decide(NOW, played.room(), shuffled))
                    .as(named)
                    .isEqualTo(decisions);

            Map<String, Demand> byId =
                    played.demands().stream().collect(Collectors.toMap(Demand::cloud, Function.identity()));
            assertThat(decisions)
                    .as(named)
                    .extracting(Decision::cloud)
                    .containsExactlyInAnyOrderElementsOf(byId.keySet());
            List<Demand> kept = decisions.stream()
                    .filter(one -> one.action() == Action.KEEP)
                    .map(one -> byId.get(one.cloud()))
                    .toList();
            for (Decision one : decisions) {
                Demand demand = Objects.requireNonNull(byId.get(one.cloud()));
                if (demand.inUse()) {
                    assertThat(one.reason()).as(named).isEqualTo(Reason.IN_USE);
                } else if (one.action() == Action.KEEP && !demand.held()) {
                    assertThat(Duration.between(demand.lastUsed(), NOW))
                            .as(named)
                            .isLessThan(played.policy().of(demand.account()).idle(IDLE));
                } else if (one.action() != Action.KEEP) {
                    assertThat(one.action()).as(named).isEqualTo(demand.ownProcess() ? Action.STOP : Action.HIBERNATE);
                }
            }
            Map<String, Long> awake =
                    kept.stream().collect(Collectors.groupingBy(Demand::account, Collectors.counting()));
            boolean anyIdleKept = kept.stream().anyMatch(demand -> !demand.inUse());
            if (anyIdleKept) {
                assertThat(kept)
                        .as(named)
                        .hasSizeLessThanOrEqualTo(played.room().mostAwake());
                assertThat(decisions.size() - kept.size())
                        .as(named)
                        .isGreaterThanOrEqualTo(played.room().toFree());
            }
            for (Decision one : decisions) {
                if (one.reason() != Reason.CROWDED && one.reason() != Reason.MEMORY) {
                    continue;
                }
                Demand gone = Objects.requireNonNull(byId.get(one.cloud()));
                long its = awake.getOrDefault(gone.account(), 0L);
                for (Demand stays : kept) {
                    if (stays.inUse()) {
                        continue;
                    }
                    // Who gave way had at least the share, before it did, of any account that keeps one that could
                    // have.
                    assertThat(played.share(gone.account(), its + 1))
                            .as(named)
                            .isGreaterThanOrEqualTo(
                                    played.share(stays.account(), awake.getOrDefault(stays.account(), 0L)));
                    if (stays.account().equals(gone.account())) {
                        assertThat(gone.lastUsed()).as(named).isBeforeOrEqualTo(stays.lastUsed());
                    }
                }
            }
        }
    }
}
