package dev.croft.router;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.croft.budget.claims.BlockSpec;
import dev.croft.budget.claims.BlockView;
import dev.croft.budget.claims.ClaimRequest;
import dev.croft.budget.claims.ClaimState;
import dev.croft.budget.claims.ClaimView;
import dev.croft.budget.claims.Cost;
import dev.croft.budget.claims.Selector;
import dev.croft.budget.ledger.TimeWindow;
import dev.croft.capsule.CapsuleReader;
import dev.croft.capsule.CapsuleVerifier;
import dev.croft.vault.api.OwnerKey;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The router is killed with SIGKILL while claims are submitted, consumed and released by several clients. */
class BudgetKillIT {

    private static final int KILLS = Integer.getInteger("croft.router.kills", 5);
    private static final int BLOCKS = 3;

    @TempDir
    Path directory;

    private @Nullable Process router;
    private final Map<String, ClaimState> allocated = new ConcurrentHashMap<>();
    private final Map<String, Double> consumed = new ConcurrentHashMap<>();
    private final Map<String, Boolean> released = new ConcurrentHashMap<>();

    private RouterClient start() throws Exception {
        Files.deleteIfExists(directory.resolve("port"));
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx256m",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        RouterProcess.class.getName(),
                        "router",
                        directory.toString())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(
                        directory.resolve("log").toFile()))
                .start();
        router = process;
        await().atMost(Duration.ofSeconds(120)).until(() -> {
            assertThat(process.isAlive())
                    .as("%s", Files.readString(directory.resolve("log")))
                    .isTrue();
            return Files.exists(directory.resolve("port"));
        });
        RouterConfig config = RouterProcess.config(directory);
        return RouterClient.of(
                URI.create("https://localhost:"
                        + Files.readString(directory.resolve("port")).strip()),
                config.trustFile(),
                Files.readString(config.operatorTokenFile()).strip());
    }

    @AfterEach
    void stop() throws InterruptedException {
        Process process = router;
        if (process != null && process.isAlive()) {
            process.destroy();
            if (!process.waitFor(60, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        }
    }

    /** One client: claims, spends part of what it gets and gives back the rest of some, until the router is gone. */
    private void work(BudgetClient client, int round, int worker) {
        Random random = new Random(round * 100L + worker);
        try {
            for (int i = 0; ; i++) {
                String id = round + "-" + worker + "-" + i;
                String block = "b" + random.nextInt(BLOCKS);
                var request = new ClaimRequest(
                        id,
                        new Selector.Named(List.of(block)),
                        Cost.of(0.003, 0),
                        1,
                        Duration.ofHours(1),
                        Duration.ofHours(1));
                ClaimView claim = client.submit(request);
                if (claim.state() != ClaimState.ALLOCATED) {
                    continue;
                }
                allocated.put(id, claim.state());
                client.consume(id, "half", Map.of(block, Cost.of(0.0015, 0)));
                consumed.merge(id, 0.0015, Double::sum);
                if (i % 2 == 0) {
                    client.release(id);
                    released.put(id, true);
                }
            }
        } catch (RouterException | RouterClient.Refused e) {
            // killed
        }
    }

    @Test
    void noAcknowledgedDecisionIsLostAndNoBlockIsOverspent() throws Exception {
        Random random = new Random(20261121);
        RouterClient operator = start();
        for (int b = 0; b < BLOCKS; b++) {
            operator.budget().createBlock(new BlockSpec("b" + b, "d", TimeWindow.ALWAYS, Map.of(), Cost.of(1, 0)));
        }
        for (int round = 0; round < KILLS; round++) {
            List<Thread> workers = new ArrayList<>();
            for (int worker = 0; worker < 4; worker++) {
                BudgetClient client = operator.budget();
                int r = round;
                int w = worker;
                workers.add(Thread.ofVirtual().start(() -> work(client, r, w)));
            }
            int enough = allocated.size() + 5 + random.nextInt(60);
            await().atMost(Duration.ofSeconds(60)).until(() -> allocated.size() >= enough);
            Process process = Objects.requireNonNull(router);
            process.destroyForcibly();
            process.waitFor();
            for (Thread worker : workers) {
                worker.join();
            }
            operator.close();
            operator = start();
            check(operator.budget());
        }
        operator.close();
        stop();
        auditHasEveryAllocation();
    }

    private void check(BudgetClient budget) {
        Map<String, ClaimView> claims =
                budget.claims().stream().collect(Collectors.toMap(ClaimView::id, claim -> claim));
        for (String id : allocated.keySet()) {
            assertThat(claims).containsKey(id);
            assertThat(Objects.requireNonNull(claims.get(id)).state())
                    .as(id)
                    .isIn(
                            released.containsKey(id)
                                    ? List.of(ClaimState.SETTLED)
                                    : List.of(ClaimState.ALLOCATED, ClaimState.SETTLED));
        }
        for (String id : consumed.keySet()) {
            assertThat(Objects.requireNonNull(claims.get(id)).consumed().values())
                    .as(id)
                    .containsExactly(Cost.of(0.0015, 0));
        }
        for (BlockView block : budget.blocks("")) {
            assertThat(block.allocated()[0] + block.consumed()[0]).isLessThanOrEqualTo(block.total()[0]);
            assertThat(block.locked()[0] + block.unlocked()[0] + block.allocated()[0] + block.consumed()[0])
                    .isEqualTo(block.total()[0]);
        }
    }

    private void auditHasEveryAllocation() {
        Path budget = RouterProcess.config(directory).stateDirectory().resolve("budget");
        Path capsule = budget.resolve("decisions");
        assertThat(CapsuleVerifier.verify(capsule).intact()).isTrue();
        try (OwnerKey key = OwnerKey.load(budget.resolve("operator.key"), null);
                CapsuleReader reader = CapsuleReader.open(capsule, key.readerKey())) {
            String all = reader.range(0, CapsuleVerifier.verify(capsule).records())
                    .map(record -> new String(record.body(), StandardCharsets.UTF_8))
                    .collect(Collectors.joining("\n"));
            for (String id : allocated.keySet()) {
                assertThat(all).contains("{\"claim\":\"operator/" + id + "\",\"state\":\"allocated\"}");
            }
        }
    }
}
