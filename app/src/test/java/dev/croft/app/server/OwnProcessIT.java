package dev.croft.app.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.croft.router.Role;
import dev.croft.router.RouterClient;
import dev.croft.router.RouterConfig;
import dev.croft.router.registry.PrivateCloud;
import dev.croft.vault.api.CloudClient;
import dev.croft.vault.api.OwnerKey;
import dev.croft.vault.api.Signer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.bson.BsonDocument;
import org.bson.BsonInt32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The router with real permission managers: a private cloud in a process of its own sleeps, wakes, is locked by a loss, and goes. */
class OwnProcessIT {

    @TempDir
    Path directory;

    @Test
    void itSleepsInTheSharedHostAndWakesInAProcessOfItsOwn() {
        Home home = new Home(directory);
        RouterConfig config =
                RouterConfig.embedded(home.router()).withListen("127.0.0.1", 0).withServicesDirectory(home.services());
        try (LocalServer server = LocalServer.start(home, config, Backend.PROCESS, false, _ -> {});
                RouterClient operator = server.operator()) {
            operator.createAccount("ana", Role.OWNER, null);
            RouterClient ana =
                    operator.as(operator.issueTokenFor("ana", "test", Role.OWNER.scopes(), Duration.ofHours(1))
                            .secret());
            OwnerKey key = OwnerKey.generate();
            String id = key.cloudId();
            ana.createCloud(id, "mine", PrivateCloud.Hosting.OWN_PROCESS);
            ana.bringKey(key, null, null);
            assertThat(operator.hosts()).extracting("id").containsExactlyInAnyOrder("shared", "own-" + id);
            CloudClient cloud = ana.pm(id).as(Signer.owner(key));
            cloud.insert("notes", List.of(new BsonDocument("n", new BsonInt32(1))));

            ana.hibernate(id);
            assertThat(ana.cloud(id).state()).isEqualTo(PrivateCloud.State.HIBERNATED);
            assertThat(cloud.count("notes", new BsonDocument()))
                    .as("the first request wakes it, without its owner's key")
                    .isEqualTo(1);
            assertThat(ana.cloud(id).state()).isEqualTo(PrivateCloud.State.AWAKE);
            assertThat(cloud.verify().isWhole()).isTrue();

            ana.deleteCloud(Signer.owner(key));
            assertThat(ana.clouds()).isEmpty();
            assertThat(operator.hosts()).extracting("id").containsExactly("shared");
            assertThat(home.router().resolve("clouds").resolve(id)).doesNotExist();
        }
    }
}
