package dev.croft.router;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.croft.budget.claims.BlockSpec;
import dev.croft.budget.claims.ClaimRequest;
import dev.croft.budget.claims.ClaimState;
import dev.croft.budget.claims.ClaimView;
import dev.croft.budget.claims.Cost;
import dev.croft.budget.claims.Selector;
import dev.croft.budget.ledger.TimeWindow;
import dev.croft.router.query.QueryRequest;
import dev.croft.router.registry.TestDatabases;
import java.math.BigDecimal;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.bson.BsonDocument;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The router that leads is killed with SIGKILL while claims and queries are under way through another, which leads from then on. */
class LeaderKillIT {

    @TempDir
    Path directory;

    private Process leader(String url) throws Exception {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx256m",
                        "-XX:TieredStopAtLevel=1",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        RouterProcess.class.getName(),
                        "router",
                        directory.toString(),
                        url)
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("log").toFile())
                .start();
        await().atMost(Duration.ofSeconds(120)).until(() -> {
            assertThat(process.isAlive())
                    .as("%s", Files.readString(directory.resolve("log")))
                    .isTrue();
            return Files.exists(directory.resolve("port"));
        });
        return process;
    }

    private static QueryRequest query() {
        return new QueryRequest(
                "count",
                List.of(new QueryRequest.Cell("there", new BsonDocument())),
                null,
                null,
                new BigDecimal("1"),
                null,
                null,
                null);
    }

    @Test
    void nothingAcknowledgedIsLostAndNobodyPaysTwice() throws Exception {
        String url = TestDatabases.postgresUrl();
        Process leader = leader(url);
        RouterConfig config = RouterProcess.config(directory);
        URI first = URI.create("https://localhost:"
                + Files.readString(directory.resolve("port")).strip());
        String token = Files.readString(config.operatorTokenFile()).strip();
        RouterClient operator = RouterClient.of(first, config.trustFile(), token);
        try (TestRouter second = TestFleet.joined(operator, first, "second", url, TestFleet.SHORT)) {
            RouterClient across = second.client(token);
            await().atMost(Duration.ofSeconds(60))
                    .until(() -> operator.routers().stream()
                            .anyMatch(router -> router.name().equals("second")
                                    && router.state().equals("serving")));
            across.createAccount("ana", Role.OWNER, null);
            RouterClient owner =
                    second.client(across.issueTokenFor("ana", "t", Role.OWNER.scopes(), Duration.ofHours(1))
                            .secret());
            Set<String> clouds = ConcurrentHashMap.newKeySet();
            for (int i = 0; i < 5; i++) {
                String cloud = TestFleet.cloudAt(owner, "second", false).cloudId();
                owner.enrol(cloud, "count", "grant-for-count");
                clouds.add(cloud);
            }
            across.createAccount("ida", Role.ANALYST, null);
            RouterClient analyst =
                    second.client(across.issueTokenFor("ida", "t", Role.ANALYST.scopes(), Duration.ofHours(1))
                            .secret());
            across.budget().createBlock(new BlockSpec("b", "d", TimeWindow.ALWAYS, Map.of(), Cost.of(10, 0)));

            Set<String> allocated = ConcurrentHashMap.newKeySet();
            List<Thread> workers = new ArrayList<>();
            for (int worker = 0; worker < 3; worker++) {
                int w = worker;
                workers.add(Thread.ofVirtual().start(() -> claim(across.budget(), w, allocated)));
            }
            Set<String> asked = ConcurrentHashMap.newKeySet();
            workers.add(Thread.ofVirtual().start(() -> {
                try {
                    while (true) {
                        asked.add(analyst.ask(query()).id());
                    }
                } catch (RouterException | RouterClient.Refused e) {
                    // its leader is killed
                }
            }));
            await().atMost(Duration.ofSeconds(90)).until(() -> allocated.size() >= 30 && asked.size() >= 3);
            leader.destroyForcibly().waitFor();
            for (Thread worker : workers) {
                worker.join();
            }

            await().atMost(Duration.ofSeconds(120))
                    .until(() -> across.routers().stream()
                            .anyMatch(router -> router.name().equals("second") && router.leader()));
            Map<String, ClaimView> claims =
                    across.budget().claims().stream().collect(Collectors.toMap(ClaimView::id, claim -> claim));
            assertThat(claims.keySet()).containsAll(allocated);
            across.budget().blocks("").stream()
                    .filter(block -> block.spec().id().equals("b"))
                    .forEach(block -> assertThat(block.allocated()[0])
                            .isEqualTo(claims.values().stream()
                                            .filter(claim -> claim.id().startsWith("c-")
                                                    && claim.state() == ClaimState.ALLOCATED)
                                            .count()
                                    * (block.total()[0] / 10_000)));
            for (String id : asked) {
                await().atMost(Duration.ofSeconds(120))
                        .until(() -> Set.of("answered", "failed")
                                .contains(analyst.query(id).state()));
            }
            FakePmHost host = second.runtime.host("shared");
            // A leg is charged once however often it is asked, and no query is charged that was never asked.
            long begun = asked.size() + 1;
            for (String cloud : clouds) {
                assertThat(host.charged.getOrDefault(cloud, 0L)).isBetween(0L, begun);
                long legs = host.legs.entrySet().stream()
                        .filter(leg ->
                                leg.getKey().startsWith(cloud) && leg.getValue().equals("paid"))
                        .count();
                assertThat(host.charged.getOrDefault(cloud, 0L)).isEqualTo(legs);
            }
            assertThat(analyst.await(analyst.ask(query()).id(), Duration.ofSeconds(60))
                            .problem())
                    .isNull();
        } finally {
            leader.destroyForcibly();
        }
    }

    private static void claim(BudgetClient client, int worker, Set<String> allocated) {
        try {
            for (int i = 0; ; i++) {
                String id = "c-" + worker + "-" + i;
                ClaimView claim = client.submit(new ClaimRequest(
                        id,
                        new Selector.Named(List.of("b")),
                        Cost.of(0.001, 0),
                        1,
                        Duration.ofHours(1),
                        Duration.ofHours(1)));
                if (claim.state() == ClaimState.ALLOCATED) {
                    allocated.add(id);
                }
            }
        } catch (RouterException | RouterClient.Refused e) {
            // killed
        }
    }
}
