package dev.croft.app.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.croft.router.Role;
import dev.croft.router.RouterClient;
import dev.croft.router.registry.PrivateCloud;
import dev.croft.runtime.pool.HandedDirectories;
import dev.croft.vault.api.CloudClient;
import dev.croft.vault.api.OwnerKey;
import dev.croft.vault.api.Signer;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.bson.BsonDocument;
import org.bson.BsonInt32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** Hosts of one private cloud that waited for it, on one backend: under a real router, with real permission managers. */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
abstract class WarmHostSuite {
    private static final Duration SOON = Duration.ofMinutes(3);
    private static final int OWNERS = 2;

    @TempDir
    Path directory;

    abstract String backend();

    /** How the engine describes, in whatever form, the workloads that were started to wait; empty where no engine is asked. */
    abstract String waited(Home home) throws Exception;

    /** Nothing is left, now that it has been stopped. */
    abstract void nothingLeft(Home home) throws Exception;

    private record Owner(OwnerKey key, RouterClient client) {
        String id() {
            return key.cloudId();
        }

        CloudClient cloud() {
            return client.pm(id()).as(Signer.owner(key));
        }
    }

    private static Owner settle(RouterClient operator, int number) {
        String name = "owner" + number;
        operator.createAccount(name, Role.OWNER, null);
        RouterClient client = operator.as(operator.issueTokenFor(name, "test", Role.OWNER.scopes(), Duration.ofHours(1))
                .secret());
        Owner owner = new Owner(OwnerKey.generate(), client);
        client.createCloud(owner.id(), "mine", PrivateCloud.Hosting.OWN_PROCESS);
        client.bringKey(owner.key(), null, null);
        owner.cloud().insert("notes", List.of(new BsonDocument("n", new BsonInt32(number))));
        return owner;
    }

    /** What its pool says of hosts. */
    private static long pool(UpProcess croft, String what) throws IOException, InterruptedException {
        String name = "croft_warm_" + what + "{kind=\"host\"} ";
        return croft.metrics()
                .lines()
                .filter(line -> line.startsWith(name))
                .mapToLong(line -> Long.parseLong(line.substring(name.length())))
                .sum();
    }

    @Test
    void aPrivateCloudWakesInAHostThatWaitedForItWithItsOwnDataAndKeepsThem() throws Exception {
        assumeTrue(HandedDirectories.possible(), "directories can be handed by root only");
        UpProcess croft = new UpProcess(directory, backend(), "--warm", "service=0,host=1,all=1");
        try (croft) {
            croft.start();
            RouterClient operator = croft.operator();
            List<Owner> owners = new ArrayList<>();
            for (int i = 0; i < OWNERS; i++) {
                owners.add(settle(operator, i));
            }
            for (Owner owner : owners) {
                owner.client().hibernate(owner.id());
            }
            long claimed = pool(croft, "claimed_total");
            for (int round = 1; round <= 2; round++) {
                for (int i = 0; i < OWNERS; i++) {
                    Owner owner = owners.get(i);
                    await().atMost(SOON).until(() -> pool(croft, "waiting") > 0);
                    long start = System.nanoTime();
                    assertThat(owner.cloud().count("notes", new BsonDocument("n", new BsonInt32(i))))
                            .isEqualTo(round);
                    LoggerFactory.getLogger(WarmHostSuite.class)
                            .info("{}: awake and counted in {} ms", backend(), (System.nanoTime() - start) / 1_000_000);
                    assertThat(pool(croft, "claimed_total"))
                            .as("in one that waited")
                            .isEqualTo(++claimed);
                    assertThat(owner.cloud().count("notes", new BsonDocument())).isEqualTo(round);
                    owner.cloud().insert("notes", List.of(new BsonDocument("n", new BsonInt32(i))));
                    assertThat(owner.cloud().verify().isWhole()).isTrue();
                    assertThat(waited(croft.home()))
                            .as("no directory of an owner is mounted")
                            .doesNotContain("router/clouds")
                            .doesNotContain(owner.id());
                    owner.client().hibernate(owner.id());
                }
            }
            for (Owner owner : owners) {
                owner.client().deleteCloud(Signer.owner(owner.key()));
                assertThat(croft.home().router().resolve("clouds").resolve(owner.id()))
                        .doesNotExist();
            }
        } catch (Throwable e) {
            System.out.println(croft.lastWords());
            throw e;
        }
        nothingLeft(croft.home());
    }
}
