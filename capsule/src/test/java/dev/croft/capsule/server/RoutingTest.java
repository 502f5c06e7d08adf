package dev.croft.capsule.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.croft.capsule.CapsuleReader;
import dev.croft.capsule.CapsuleWriter;
import dev.croft.capsule.WriterMode;
import dev.croft.capsule.delegation.Delegation;
import dev.croft.capsule.delegation.Delegation.Role;
import dev.croft.capsule.delegation.Revocations;
import dev.croft.capsule.replication.ReplicationException;
import dev.croft.capsule.routing.Query;
import dev.croft.capsule.routing.Resolver;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RoutingTest {
    @TempDir
    Path temp;

    @Test
    void aReaderFindsACapsuleByItsNameThroughAnotherDomainsServerAndChecksTheAnswer() throws Exception {
        try (Cluster cluster = new Cluster(temp, 2, WriterMode.STRICT);
                CapsuleWriter local = cluster.create(temp.resolve("w"));
                CapsuleReader own = CapsuleReader.open(temp.resolve("w"), null)) {
            local.append(new byte[9]);
            own.refresh();
            Cluster.Node parent = cluster.nodes.get(0);
            Cluster.Node serving = cluster.nodes.get(1);
            List<Delegation> routes =
                    List.of(cluster.delegate(Role.ROUTE, parent.key), cluster.delegate(Role.ROUTE, serving.key));
            CapsuleShelf shelf = Objects.requireNonNull(serving.shelf);
            try (var server = new ServerClient(serving.address(), cluster.metadata, new Reading(cluster.owner, null));
                    var up = new ResolverClient(parent.address())) {
                Receipt receipt = Push.to(server, own, cluster.delegate(Role.SERVE, serving.key))
                        .orElseThrow();
                assertThat(receipt.size()).isEqualTo(1);
                assertThat(receipt.from()).isZero();
                assertThat(Push.to(server, own, cluster.delegate(Role.SERVE, serving.key)))
                        .isEmpty();
                var query = new Query(cluster.metadata, routes, 4);
                assertThat(up.resolve(query)).isEmpty();
                assertThatThrownBy(() -> up.resolve(new Query(cluster.metadata, routes.subList(1, 2), 4)))
                        .isInstanceOf(ReplicationException.NotAllowed.class);
                server.route(routes);
                var resolver = new Resolver(shelf.key(), up, InstantSource.system());
                var advertiser = new Advertiser(shelf, resolver, serving.address(), Duration.ofMinutes(10));
                advertiser.now();
                assertThat(up.resolve(query)).singleElement().satisfies(found -> {
                    found.advertisement().require(Cluster.NOW, Revocations.none(cluster.metadata.name()));
                    assertThat(found.advertisement().server()).isEqualTo(serving.key.verifyingKey());
                    assertThat(found.advertisement().port())
                            .isEqualTo(serving.address().port());
                    assertThat(found.distance()).isEqualTo(1);
                });
                assertThat(ServerClient.metadata(
                                serving.address(), cluster.metadata.name(), new Reading(cluster.owner, null)))
                        .isEqualTo(cluster.metadata);
                advertiser.close();
                assertThat(up.resolve(query)).as("withdrawn").isEmpty();
            }
        }
    }
}
