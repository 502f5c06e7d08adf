package dev.croft.app.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.croft.router.Role;
import dev.croft.router.RouterClient;
import dev.croft.router.RouterConfig;
import dev.croft.router.registry.PrivateCloud;
import dev.croft.runtime.pool.HandedDirectories;
import dev.croft.vault.api.CloudClient;
import dev.croft.vault.api.OwnerKey;
import dev.croft.vault.api.Signer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.bson.BsonDocument;
import org.bson.BsonInt32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** Hosts of one private cloud that waited for it, on one backend: under a real router, with real permission managers. */
abstract class WarmHostSuite {
    private static final Duration SOON = Duration.ofMinutes(3);
    private static final int OWNERS = 2;

    @TempDir
    Path directory;

    abstract Backend backend();

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

    @Test
    void aPrivateCloudWakesInAHostThatWaitedForItWithItsOwnDataAndKeepsThem() {
        assumeTrue(HandedDirectories.possible(), "directories can be handed by root only");
        Home home = new Home(directory.resolve("h"));
        RouterConfig config =
                RouterConfig.embedded(home.router()).withListen("127.0.0.1", 0).withServicesDirectory(home.services());
        try (LocalServer server = LocalServer.start(home, config, backend(), false, _ -> {});
                RouterClient operator = server.operator()) {
            List<Owner> owners = new ArrayList<>();
            for (int i = 0; i < OWNERS; i++) {
                owners.add(settle(operator, i));
            }
            for (Owner owner : owners) {
                owner.client().hibernate(owner.id());
            }
            List<String> warm = new ArrayList<>();
            for (int round = 1; round <= 2; round++) {
                for (int i = 0; i < OWNERS; i++) {
                    Owner owner = owners.get(i);
                    await().atMost(SOON).until(() -> server.waiting() > 0);
                    long start = System.nanoTime();
                    assertThat(owner.cloud().count("notes", new BsonDocument("n", new BsonInt32(i))))
                            .isEqualTo(round);
                    LoggerFactory.getLogger(WarmHostSuite.class)
                            .info("{}: awake and counted in {} ms", backend(), (System.nanoTime() - start) / 1_000_000);
                    assertThat(owner.cloud().count("notes", new BsonDocument())).isEqualTo(round);
                    owner.cloud().insert("notes", List.of(new BsonDocument("n", new BsonInt32(i))));
                    assertThat(owner.cloud().verify().isWhole()).isTrue();
                    Predicate<String> waited = key -> key.equals("croft/warm");
                    server.workloads().stream()
                            .filter(workload -> ("own-" + owner.id())
                                    .equals(workload.labels().get("croft/host")))
                            .filter(workload ->
                                    workload.labels().keySet().stream().anyMatch(waited))
                            .forEach(_ -> warm.add(owner.id()));
                    owner.client().hibernate(owner.id());
                }
            }
            assertThat(warm).as("each waking but for the first ones").hasSize(2 * OWNERS);
            for (Owner owner : owners) {
                owner.client().deleteCloud(Signer.owner(owner.key()));
                assertThat(home.router().resolve("clouds").resolve(owner.id())).doesNotExist();
            }
        }
    }
}
