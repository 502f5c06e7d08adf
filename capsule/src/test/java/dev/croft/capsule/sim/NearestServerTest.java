package dev.croft.capsule.sim;

import static org.assertj.core.api.Assertions.assertThat;

import dev.croft.capsule.replication.Nearness;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Readers that choose among servers whose distance changes, in a simulated network. */
class NearestServerTest {
    private static final int RUNS = 300;

    /** A server's answers take its distance and up to half of it again; it may be down. */
    private static final class Server {
        long millis;
        boolean down;

        long answer(SplittableRandom random) {
            return (millis + random.nextLong(millis / 2 + 1)) * 1_000_000;
        }
    }

    @Test
    void theNearestServerIsFoundAndLeftAgainWhenAnotherIsNearerOrItGoesDown() {
        long seed = Long.getLong("croft.seed", System.nanoTime());
        for (int run = 0; run < RUNS; run++) {
            var random = new SplittableRandom(seed + run);
            List<Server> servers = new ArrayList<>();
            IntStream.range(0, random.nextInt(2, 9)).forEach(_ -> servers.add(new Server()));
            var nearness = new Nearness<Integer>();
            List<Integer> all = IntStream.range(0, servers.size()).boxed().toList();
            for (int change = 0; change < 6; change++) {
                // Distances double, so that jitter does not make two equal.
                List<Integer> shuffled = new ArrayList<>(all);
                Collections.shuffle(shuffled, new Random(random.nextLong()));
                for (int i = 0; i < servers.size(); i++) {
                    servers.get(shuffled.get(i)).millis = 2L << i;
                    servers.get(shuffled.get(i)).down = random.nextInt(4) == 0;
                }
                for (int round = 0; round < 20; round++) {
                    for (int server : all) {
                        if (servers.get(server).down) {
                            nearness.failed(server);
                        } else {
                            nearness.answered(server, servers.get(server).answer(random));
                        }
                    }
                }
                int chosen = nearness.nearestFirst(all).getFirst();
                long nearest = servers.stream()
                        .filter(server -> !server.down)
                        .mapToLong(server -> server.millis)
                        .min()
                        .orElse(-1);
                if (nearest >= 0) {
                    assertThat(servers.get(chosen).down)
                            .as("-Dcroft.seed=%d", seed + run)
                            .isFalse();
                    assertThat(servers.get(chosen).millis)
                            .as("-Dcroft.seed=%d", seed + run)
                            .isEqualTo(nearest);
                } else {
                    assertThat(nearness.hasFailed(chosen)).isTrue();
                }
            }
        }
    }

    @Test
    void oneSlowAnswerDoesNotMakeAServerFarAndOneNeverAskedIsAskedOnce() {
        var nearness = new Nearness<String>();
        nearness.answered("far", 40_000_000);
        nearness.answered("near", 10_000_000);
        nearness.answered("near", 100_000_000);
        assertThat(nearness.nearestFirst(List.of("far", "near"))).containsExactly("near", "far");
        assertThat(nearness.nearestFirst(List.of("far", "near", "new"))).containsExactly("new", "near", "far");
        nearness.failed("near");
        assertThat(nearness.nearestFirst(List.of("near", "far"))).containsExactly("far", "near");
        nearness.answered("near", 5_000_000);
        assertThat(nearness.nearestFirst(List.of("far", "near"))).containsExactly("near", "far");
    }

    @Test
    void itRemembersTheServersHeardOfLastAndNoMore() {
        var nearness = new Nearness<Integer>();
        for (int server = 0; server < 100_000; server++) {
            nearness.failed(server);
        }
        assertThat(IntStream.range(0, 100_000).filter(nearness::hasFailed).count())
                .isEqualTo(1024);
        assertThat(nearness.hasFailed(99_999)).isTrue();
    }
}
