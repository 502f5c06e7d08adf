package dev.croft.router.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.croft.router.registry.Member;
import dev.croft.router.registry.Members.Stranded;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class HomesTest {

    private static final Instant NOW = Instant.parse("2026-11-21T12:00:00Z");
    private static final int RUNS = 300;

    private static Member router(String name, int weight, boolean draining, Instant lease) {
        return new Member(name, "i", "https://" + name, "a", "process", weight, draining, 1, lease);
    }

    private static List<Member> routers(Random random) {
        return IntStream.range(0, 1 + random.nextInt(6))
                .mapToObj(i -> router(
                        "r" + i,
                        1 + random.nextInt(5),
                        random.nextInt(4) == 0,
                        NOW.plusSeconds(random.nextInt(20) - 6)))
                .toList();
    }

    private static String cloud(Random random) {
        return String.format("%016x%016x", random.nextLong(), random.nextLong());
    }

    @Test
    void nobodyIsChosenWhoseLeaseEndedAndNobodyWhoGivesAwayIfAnotherIsThere() {
        Random random = new Random(5);
        for (int run = 0; run < RUNS; run++) {
            List<Member> routers = routers(random);
            List<Member> open = Homes.open(routers, NOW);
            assertThat(open).allMatch(router -> !router.leaseUntil().isBefore(NOW));
            boolean another = routers.stream().anyMatch(router -> Homes.isHeld(router, NOW) && !router.draining());
            assertThat(open).allMatch(router -> !another || !router.draining());
            assertThat(Homes.choose(cloud(random), open, Map.of()).isPresent())
                    .isEqualTo(routers.stream().anyMatch(router -> Homes.isHeld(router, NOW)));
        }
    }

    @Test
    void eachRouterComesToHoldByItsWeight() {
        Random random = new Random(6);
        for (int run = 0; run < RUNS / 10; run++) {
            List<Member> open = IntStream.range(0, 2 + random.nextInt(5))
                    .mapToObj(i -> router("r" + i, 1 + random.nextInt(5), false, NOW))
                    .toList();
            Map<String, Long> load = new HashMap<>();
            for (int i = 0; i < 500; i++) {
                String home =
                        Homes.choose(cloud(random), open, load).orElseThrow().name();
                load.merge(home, 1L, Long::sum);
            }
            int weights = open.stream().mapToInt(Member::weight).sum();
            for (Member router : open) {
                assertThat((double) load.getOrDefault(router.name(), 0L))
                        .isBetween(
                                500.0 * router.weight() / weights - open.size(),
                                500.0 * router.weight() / weights + open.size());
            }
        }
    }

    @Test
    void whatIsStrandedMovesOnceIfReplicasHaveItAndTheSameWhoeverDecides() {
        Random random = new Random(7);
        for (int run = 0; run < RUNS; run++) {
            List<Member> open = new ArrayList<>(Homes.open(routers(random), NOW));
            List<Stranded> stranded = IntStream.range(0, random.nextInt(40))
                    .mapToObj(_ -> new Stranded(cloud(random), random.nextBoolean()))
                    .toList();
            Map<String, Long> load = new HashMap<>();
            open.forEach(router -> load.put(router.name(), (long) random.nextInt(30)));
            Map<String, String> homes = Homes.rehome(stranded, open, load);
            assertThat(homes.keySet())
                    .containsExactlyInAnyOrderElementsOf(stranded.stream()
                            .filter(one -> one.replicated() && !open.isEmpty())
                            .map(Stranded::cloud)
                            .toList());
            assertThat(open).extracting(Member::name).containsAll(homes.values());
            Collections.shuffle(open, random);
            assertThat(Homes.rehome(stranded, open, load)).isEqualTo(homes);
        }
    }

    @Test
    void routersThatDecideAtTheSameMomentDoNotAllDecideAlike() {
        Random random = new Random(8);
        List<Member> open = List.of(router("a", 1, false, NOW), router("b", 1, false, NOW), router("c", 1, false, NOW));
        Map<String, Long> chosen = new HashMap<>();
        for (int i = 0; i < 3000; i++) {
            chosen.merge(
                    Homes.choose(cloud(random), open, Map.of()).orElseThrow().name(), 1L, Long::sum);
        }
        assertThat(chosen.values()).hasSize(3).allMatch(count -> count > 800);
    }
}
