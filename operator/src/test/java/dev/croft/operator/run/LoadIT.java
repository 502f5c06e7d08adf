package dev.croft.operator.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.croft.operator.resource.BlockSpec;
import dev.croft.operator.resource.ClaimSpec;
import dev.croft.operator.resource.PrivacyBudget;
import dev.croft.operator.resource.PrivacyBudgetClaim;
import dev.croft.operator.resource.PrivateDataBlock;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.ResourceLock;

/**
 * Many claims on a real cluster with two operators, one of which is killed again and again. Sizes are
 * {@code -Dcroft.kubernetes.claims}, {@code .blocks} and {@code .kills}. Needs {@code -Pkubernetes}.
 */
@Tag("kubernetes")
@Execution(ExecutionMode.SAME_THREAD)
@ResourceLock("kubernetes")
@Timeout(3600)
class LoadIT {
    private static final int CLAIMS = Integer.getInteger("croft.kubernetes.claims", 1500);
    private static final int BLOCKS = Integer.getInteger("croft.kubernetes.blocks", 100);
    private static final int KILLS = Integer.getInteger("croft.kubernetes.kills", 8);
    private static final long WAIT_MILLIS = Long.getLong("croft.kubernetes.wait", 20_000);

    @TempDir
    Path dir = Path.of("");

    @Test
    void aThousandClaimsWithAnOperatorThatIsLeftAlone() throws Exception {
        play(0, Map.of());
    }

    @Test
    void operatorsAreKilledAndNothingIsOverspentStuckOrLost() throws Exception {
        play(KILLS, Map.of());
    }

    @Test
    void operatorsWithoutALeaseGetInEachOthersWayAndNothingElse() throws Exception {
        play(0, 200, 20, Map.of("CROFT_OPERATOR_LEASE_NAMESPACE", "-"));
    }

    private void play(int kills, Map<String, String> settings) throws Exception {
        play(kills, CLAIMS, BLOCKS, settings);
    }

    private void play(int kills, int claims, int blocks, Map<String, String> more) throws Exception {
        Map<String, String> settings = new java.util.HashMap<>(
                Map.of("CROFT_OPERATOR_N", "20", "CROFT_OPERATOR_TIMEOUT_MS", "" + WAIT_MILLIS));
        settings.putAll(more);
        var random = new SplittableRandom(4);
        Path log = OperatorProcess.log(dir, "operators.log");
        List<OperatorProcess> operators = new ArrayList<>();
        try (TestCluster cluster = TestCluster.open();
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            try {
                operators.add(OperatorProcess.start("a0", log, settings));
                operators.add(OperatorProcess.start("b0", log, settings));
                create(cluster, threads, blocks, LoadIT::block);
                var truth = new Truth(cluster);
                long begun = System.nanoTime();
                Future<?> creating = threads.submit(() -> {
                    create(cluster, threads, claims, i -> claim(i, blocks));
                    return null;
                });
                for (int kill = 1; kill <= kills; kill++) {
                    // Somewhere in the middle of what the leader does, whatever that is by then.
                    Thread.sleep(random.nextLong(300, 2500));
                    String leader = leader(cluster);
                    int victim = operators.get(1).identity.equals(leader) ? 1 : 0;
                    operators.get(victim).kill();
                    String next = operators.get(victim).identity.charAt(0) + "" + kill;
                    operators.set(victim, OperatorProcess.start(next, log, settings));
                    if (kill % 5 == 0) truth.check();
                }
                creating.get();
                double created = seconds(begun);
                Awaitility.await()
                        .atMost(Duration.ofMinutes(15))
                        .pollInterval(Duration.ofSeconds(2))
                        .until(() -> truth.check() == 0);
                System.out.printf(
                        "%d claims on %d blocks, %d kills: created in %.1f s, answered after %.1f s; %s%n",
                        claims, blocks, kills, created, seconds(begun), truth.summary());
                truth.checkAtRest();
                truth.checkKubectl();
                assertThat(operators).allMatch(OperatorProcess::isAlive);
            } finally {
                for (OperatorProcess operator : operators) operator.kill();
                Path kept = Path.of(System.getProperty("java.io.tmpdir"), "croft-operators.log");
                Files.copy(log, kept, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
                System.out.printf(
                        "operators led %d times, read everything %d times%n",
                        count(log, " leads"), count(log, "opened with"));
            }
        }
    }

    private static long count(Path log, String what) throws Exception {
        try (var lines = Files.lines(log)) {
            return lines.filter(line -> line.contains(what)).count();
        }
    }

    private static double seconds(long since) {
        return (System.nanoTime() - since) / 1e9;
    }

    private static String leader(TestCluster cluster) {
        var lease = cluster.client
                .leases()
                .inNamespace(TestCluster.LEASES)
                .withName(Options.LEASE)
                .get();
        return lease == null || lease.getSpec().getHolderIdentity() == null
                ? ""
                : lease.getSpec().getHolderIdentity();
    }

    private interface Make {
        io.fabric8.kubernetes.api.model.HasMetadata of(int i);
    }

    private static void create(TestCluster cluster, ExecutorService threads, int count, Make make) throws Exception {
        var limit = new Semaphore(12);
        List<Future<?>> all = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            limit.acquire();
            var resource = make.of(i);
            all.add(threads.submit(() -> {
                try {
                    return cluster.client.resource(resource).create();
                } finally {
                    limit.release();
                }
            }));
        }
        for (Future<?> one : all) one.get();
    }

    private static PrivateDataBlock block(int i) {
        var block = new PrivateDataBlock();
        block.setMetadata(new ObjectMetaBuilder()
                .withNamespace(TestCluster.NAMESPACE)
                .withName("block-" + i)
                .build());
        block.setSpec(new BlockSpec(
                PrivacyBudget.of(1, 1e-6),
                List.of(new BlockSpec.Dimension("startTime", "" + i, null)),
                "taxi",
                null,
                null,
                i % 2 == 0 ? "toAvailable" : null,
                null));
        return block;
    }

    /** Three in four ask a little of one block, the others more of ten; some consume and release at once. */
    private static PrivacyBudgetClaim claim(int i, int blocks) {
        var random = new SplittableRandom(i);
        boolean mouse = random.nextInt(4) > 0;
        int size = mouse ? 1 : Math.min(10, blocks);
        int first = random.nextInt(blocks - size + 1);
        double epsilon = mouse ? 0.01 : 0.05;
        List<ClaimSpec.Request> requests = new ArrayList<>();
        requests.add(new ClaimSpec.Request(
                "allocate",
                new ClaimSpec.Allocate(
                        "taxi",
                        List.of(
                                new ClaimSpec.Condition("startTime", ">=", "" + first, null),
                                new ClaimSpec.Condition("startTime", "<", "" + (first + size), null)),
                        size,
                        0,
                        new ClaimSpec.Demand(PrivacyBudget.of(epsilon, 1e-9), null, null),
                        null,
                        0),
                null,
                null));
        if (i % 3 == 0) {
            requests.add(new ClaimSpec.Request(
                    "consume",
                    null,
                    new ClaimSpec.Consume(
                            null,
                            Map.of(TestCluster.NAMESPACE + "/block-" + first, PrivacyBudget.of(epsilon / 2, 5e-10))),
                    null));
            requests.add(new ClaimSpec.Request("release", null, null, new ClaimSpec.Release(null, null)));
        }
        var claim = new PrivacyBudgetClaim();
        claim.setMetadata(new ObjectMetaBuilder()
                .withNamespace(TestCluster.NAMESPACE)
                .withName("claim-" + i)
                .build());
        claim.setSpec(new ClaimSpec(requests, null, null));
        return claim;
    }
}
