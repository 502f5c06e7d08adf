package dev.croft.app.server;

import static dev.croft.app.server.Kubectl.kubectl;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.croft.router.Role;
import dev.croft.router.RouterClient;
import dev.croft.router.RouterException;
import dev.croft.router.registry.PrivateCloud;
import dev.croft.router.testing.CutLine;
import dev.croft.vault.api.CloudClient;
import dev.croft.vault.api.OwnerKey;
import dev.croft.vault.api.Signer;
import dev.croft.vault.api.VaultException;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.bson.BsonDocument;
import org.bson.BsonInt32;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.parallel.ResourceLock;

/**
 * The same on a real cluster, whose API server the router reaches by a line that is cut in the middle of calls, and mended: for moments, and
 * once in each test for longer than a client tries again. Meanwhile a private cloud of its own pod is made, written to and deleted, too.
 */
@ResourceLock("kubernetes")
class KubernetesCutIT extends KillIT {
    private static final Duration LONG = Duration.ofSeconds(25);
    private static final Duration LONGEST_MOMENT = Duration.ofSeconds(2);

    private @Nullable CutLine line;

    @BeforeAll
    static void asked() {
        assumeTrue(Boolean.getBoolean("croft.kubernetes"), "Kubernetes is not asked for: run with -Pkubernetes");
        assumeTrue(System.getenv("KUBECONFIG") != null, "KUBECONFIG is not set: see CONTRIBUTING.md");
    }

    @Override
    @AfterEach
    void stop() throws InterruptedException, IOException {
        super.stop(); // which takes a line that holds
        if (line != null) {
            line.close();
        }
    }

    @Override
    int kills() {
        return Integer.getInteger("croft.kubernetes.cuts", 2);
    }

    @Override
    List<Victims.Victim> round() {
        return List.of(Victims.Victim.LINE);
    }

    @Override
    String backend() {
        return "kubernetes";
    }

    @Override
    UpProcess process() throws IOException {
        Path straight = Path.of(System.getenv("KUBECONFIG"));
        URI server = URI.create(Files.readString(straight)
                .lines()
                .filter(text -> text.contains("server:"))
                .map(text -> text.replaceAll(".*server: *\"?(https://[^\" ,}]+).*", "$1"))
                .findFirst()
                .orElseThrow());
        line = new CutLine(server.getPort());
        Path cuttable = directory.resolve("kubeconfig");
        Files.writeString(
                cuttable, Files.readString(straight).replace(server.toString(), "https://127.0.0.1:" + line.port()));
        return super.process().with("KUBECONFIG", cuttable.toString());
    }

    @Override
    Victims victims(UpProcess croft, Random chance) throws IOException, InterruptedException {
        return new Cuts(croft, chance, Objects.requireNonNull(line), new PodVictims(croft, chance));
    }

    /** What is cut, and whose private clouds come and go meanwhile. */
    private static final class Cuts implements Victims {
        private final UpProcess croft;
        private final Random random;
        private final CutLine line;
        private final PodVictims pods;
        private final RouterClient eve;
        private boolean wasLong;

        Cuts(UpProcess croft, Random random, CutLine line, PodVictims pods) throws IOException {
            this.croft = croft;
            this.random = random;
            this.line = line;
            this.pods = pods;
            RouterClient operator = croft.operator();
            operator.createAccount("eve", Role.OWNER, null);
            eve = operator.as(operator.issueTokenFor("eve", "test", Role.OWNER.scopes(), Duration.ofHours(3))
                    .secret());
        }

        private void moment(Duration longest) {
            LockSupport.parkNanos(random.nextLong(TimeUnit.MILLISECONDS.toNanos(20), longest.toNanos()));
        }

        @Override
        public void kill(Victim victim) throws Exception {
            OwnerKey key = OwnerKey.generate();
            CompletableFuture<Void> life = CompletableFuture.runAsync(() -> live(key));
            while (!life.isDone()) {
                moment(LONGEST_MOMENT);
                line.cut();
                if (wasLong) {
                    moment(LONGEST_MOMENT);
                } else {
                    wasLong = true;
                    LockSupport.parkNanos(LONG.toNanos());
                }
                line.mend();
                try {
                    // Starting a pod takes a while; with a line that is cut again and again before that it would never
                    // end.
                    life.get(random.nextInt(1, 12), TimeUnit.SECONDS);
                } catch (TimeoutException e) {
                    // cut once more
                }
            }
            life.join();
        }

        /** From its making to its deletion, each step until it is acknowledged. */
        private void live(OwnerKey key) {
            String id = key.cloudId();
            CloudClient cloud = eve.pm(id).as(Signer.owner(key));
            insist(() -> {
                if (eve.clouds().stream().noneMatch(one -> one.id().equals(id))) {
                    eve.createCloud(id, "short", PrivateCloud.Hosting.OWN_PROCESS);
                }
                return true;
            });
            insist(() -> {
                eve.bringKey(key, null, null);
                if (cloud.count("notes", new BsonDocument()) == 0) {
                    cloud.insert("notes", List.of(new BsonDocument("_id", new BsonInt32(1))));
                }
                return true;
            });
            insist(() -> {
                eve.hibernate(id);
                return true;
            });
            insist(() -> cloud.count("notes", new BsonDocument()) == 1);
            insist(() -> {
                if (eve.clouds().stream().anyMatch(one -> one.id().equals(id))) {
                    eve.deleteCloud(Signer.owner(key));
                }
                return true;
            });
        }

        private static void insist(BooleanSupplier step) {
            long end = System.nanoTime() + KillIT.SOON.toNanos();
            while (true) {
                try {
                    assertThat(step.getAsBoolean()).isTrue();
                    return;
                } catch (RouterException.Unavailable | RouterClient.Refused | VaultException notYet) {
                    if (System.nanoTime() > end) {
                        throw notYet;
                    }
                    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(200));
                }
            }
        }

        /** Nothing of the private clouds that came and went, besides. */
        @Override
        public void nothingUnknown() throws Exception {
            pods.nothingUnknown();
            assertThat(eve.clouds()).isEmpty();
            String namespace = "croft-" + Kubectl.runtimeOf(croft.home());
            await().atMost(KillIT.SOON).untilAsserted(() -> {
                assertThat(kubectl("get", "pods", "-n", namespace, "-l", "croft/launch", "-o", "name"))
                        .as("services that ended")
                        .isEmpty();
                assertThat(kubectl("get", "networkpolicies", "-n", namespace, "-o", "name")
                                .lines())
                        .hasSize(2);
            });
        }

        @Override
        public void nothingLeft() {
            pods.nothingLeft();
        }

        @Override
        public void close() {
            pods.close();
        }
    }
}
