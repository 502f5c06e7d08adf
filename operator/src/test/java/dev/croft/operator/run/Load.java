package dev.croft.operator.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.croft.operator.resource.BlockSpec;
import dev.croft.operator.resource.ClaimSpec;
import dev.croft.operator.resource.PrivacyBudget;
import dev.croft.operator.resource.PrivacyBudgetClaim;
import dev.croft.operator.resource.PrivateDataBlock;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/**
 * Many claims with two operators, one of which is killed again and again. Sizes are {@code -Dcroft.kubernetes.claims},
 * {@code .blocks} and {@code .kills}.
 */
@Execution(ExecutionMode.SAME_THREAD)
@Timeout(3600)
abstract class Load {
    private static final int CLAIMS = Integer.getInteger("croft.kubernetes.claims", 400);
    private static final int BLOCKS = Integer.getInteger("croft.kubernetes.blocks", 50);
    private static final int KILLS = Integer.getInteger("croft.kubernetes.kills", 3);
    private static final long WAIT_MILLIS = Long.getLong("croft.kubernetes.wait", 10_000);

    @TempDir
    Path dir = Path.of("");

    abstract TestCluster cluster(Path temporary) throws Exception;

    @Test
    void manyClaimsWithOperatorsThatAreLeftAlone() throws Exception {
        play(0, Map.of());
    }

    @Test
    void operatorsAreKilledAndNothingIsOverspentStuckOrLost() throws Exception {
        play(KILLS, Map.of());
    }

    @Test
    void operatorsWithoutALeaseGetInEachOthersWayAndNothingElse() throws Exception {
        play(0, 100, 20, Map.of("CROFT_OPERATOR_LEASE_NAMESPACE", "-"));
    }

    private void play(int kills, Map<String, String> settings) throws Exception {
        play(kills, CLAIMS, BLOCKS, settings);
    }

    private void play(int kills, int claims, int blocks, Map<String, String> more) throws Exception {
        Map<String, String> settings =
                new HashMap<>(Map.of("CROFT_OPERATOR_N", "20", "CROFT_OPERATOR_TIMEOUT_MS", "" + WAIT_MILLIS));
        settings.putAll(more);
        var random = new SplittableRandom(4);
        Path log = OperatorProcess.log(dir, "operators.log");
        List<OperatorProcess> operators = new ArrayList<>();
        try (TestCluster cluster = cluster(dir);
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            settings.put("KUBECONFIG", cluster.kubeconfig.toString());
            try {
                operators.add(OperatorProcess.start("a0", log, settings));
                operators.add(OperatorProcess.start("b0", log, settings));
                create(cluster, threads, blocks, Load::block);
                var truth = new Truth(cluster);
                long begun = System.nanoTime();
                List<Future<?>> creating = new ArrayList<>();
                int slice = claims / (kills + 1);
                for (int kill = 1; kill <= kills; kill++) {
                    int from = (kill - 1) * slice;
                    Awaitility.await()
                            .atMost(Duration.ofMinutes(5))
                            .until(() -> leader(cluster, operators) >= 0 && isAtWork(log));
                    creating.add(threads.submit(() -> {
                        create(cluster, threads, slice, i -> claim(from + i, blocks));
                        return null;
                    }));
                    // Somewhere in the middle of what the leader does about them, whatever that is by then.
                    Thread.sleep(random.nextLong(20, 1000));
                    int victim = Math.max(0, leader(cluster, operators));
                    operators.get(victim).kill();
                    String next = operators.get(victim).identity.charAt(0) + "" + kill;
                    operators.set(victim, OperatorProcess.start(next, log, settings));
                    if (kill % 10 == 0) truth.check();
                }
                create(cluster, threads, claims - kills * slice, i -> claim(kills * slice + i, blocks));
                for (Future<?> one : creating) one.get();
                double created = seconds(begun);
                Awaitility.await()
                        .atMost(Duration.ofMinutes(15))
                        .pollInterval(Duration.ofSeconds(2))
                        .until(() -> {
                            assertThat(operators).allMatch(OperatorProcess::isAlive);
                            return truth.check() == 0;
                        });
                System.out.printf(
                        "%d claims on %d blocks, %d kills: created in %.1f s, answered after %.1f s; %s%n",
                        claims, blocks, kills, created, seconds(begun), truth.summary());
                truth.checkAtRest();
                if (cluster.isReal()) truth.checkKubectl();
                assertThat(operators).allMatch(OperatorProcess::isAlive);
            } finally {
                for (OperatorProcess operator : operators) operator.kill();
                Path kept = Path.of(System.getProperty("java.io.tmpdir"), "croft-operators.log");
                Files.copy(log, kept, StandardCopyOption.REPLACE_EXISTING);
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

    /** Whether the operator that leads has read everything and goes on to decide. */
    private static boolean isAtWork(Path log) throws Exception {
        List<String> lines = Files.readAllLines(log);
        for (String line : lines.reversed()) {
            if (line.contains("opened with")) return true;
            if (line.contains(" leads")) return false;
        }
        return false;
    }

    /** Which of the operators holds the lease, or -1. */
    private static int leader(TestCluster cluster, List<OperatorProcess> operators) {
        var lease = cluster.client
                .leases()
                .inNamespace(TestCluster.LEASES)
                .withName(Options.LEASE)
                .get();
        for (int i = 0; lease != null && i < operators.size(); i++)
            if (operators.get(i).identity.equals(lease.getSpec().getHolderIdentity())) return i;
        return -1;
    }

    private interface Make {
        HasMetadata of(int i);
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
