package dev.croft.capsule.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.croft.capsule.CapsuleMetadata;
import dev.croft.capsule.crypto.SigningKey;
import dev.croft.capsule.crypto.VerifyingKey;
import dev.croft.capsule.delegation.Delegation;
import dev.croft.capsule.delegation.Delegation.Role;
import dev.croft.capsule.delegation.Revocations;
import dev.croft.capsule.replication.ReplicationException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ResolverTest {
    private final SigningKey owner = SigningKey.generate();
    private final SigningKey writer = SigningKey.generate();
    private final SigningKey server = SigningKey.generate();
    private final CapsuleMetadata metadata =
            CapsuleMetadata.create(owner.verifyingKey(), writer.verifyingKey(), "routed");
    private Instant now = Instant.ofEpochSecond(1_900_000_000);

    /** A resolver that notes what reaches it. */
    private final class Domain implements Resolving {
        final List<String> heard = new ArrayList<>();
        final Resolver resolver;

        Domain(@Nullable Domain parent) {
            resolver = new Resolver(SigningKey.generate().verifyingKey(), parent, () -> now);
        }

        @Override
        public VerifyingKey key() {
            return resolver.key();
        }

        @Override
        public void advertise(Advertisement advertisement, int distance) {
            heard.add("advertisement");
            resolver.advertise(Advertisement.decode(advertisement.encoded()), distance);
        }

        @Override
        public List<Found> resolve(Query query) {
            heard.add("query");
            return resolver.resolve(Query.decode(query.encoded()));
        }
    }

    private final Domain root = new Domain(null);
    private final Domain left = new Domain(root);
    private final Domain right = new Domain(root);
    private final Domain leaf = new Domain(left);

    private Delegation delegate(Role role, VerifyingKey to) {
        return Delegation.issue(owner, metadata.name(), role, to, now.minusSeconds(9), now.plusSeconds(90_000));
    }

    private List<Delegation> routes(Domain... domains) {
        return Arrays.stream(domains)
                .map(domain -> delegate(Role.ROUTE, domain.key()))
                .toList();
    }

    private Advertisement advertisement(SigningKey by, List<Delegation> routes, String host, Duration lasting) {
        return Advertisement.sign(by, metadata, delegate(Role.SERVE, by.verifyingKey()), routes, host, 7, now, lasting);
    }

    private List<String> ask(Domain domain, List<Delegation> routes) {
        return domain.resolve(new Query(metadata, routes, 16)).stream()
                .map(found -> found.advertisement().host() + " " + found.distance())
                .toList();
    }

    @Test
    void aNameIsFoundFromEveryDomainThatTheOwnerAllowsTheNearestReplicaFirst() {
        List<Delegation> all = routes(root, left, right, leaf);
        leaf.advertise(advertisement(server, all, "far", Duration.ofHours(1)), 0);
        SigningKey near = SigningKey.generate();
        right.advertise(advertisement(near, all, "near", Duration.ofHours(1)), 0);
        assertThat(ask(leaf, all)).containsExactly("far 0");
        assertThat(ask(right, all)).containsExactly("near 0");
        assertThat(ask(root, all)).containsExactly("near 1", "far 2");
        assertThat(ask(left, all)).containsExactly("far 1");
    }

    @Test
    void neitherAdvertisementsNorQueriesLeaveTheDomainsThatTheOwnerAllows() {
        List<Delegation> home = routes(left, leaf);
        leaf.advertise(advertisement(server, home, "home", Duration.ofHours(1)), 0);
        assertThat(ask(left, home)).containsExactly("home 1");
        assertThat(root.heard).isEmpty();
        now = now.plusSeconds(3601);
        assertThat(ask(leaf, home)).isEmpty();
        assertThat(root.heard).as("nor does a query that finds nothing").isEmpty();
        assertThatThrownBy(() -> ask(right, home)).isInstanceOf(ReplicationException.NotAllowed.class);
        assertThatThrownBy(() -> right.advertise(advertisement(server, home, "x", Duration.ofHours(1)), 0))
                .isInstanceOf(ReplicationException.NotAllowed.class);
    }

    @Test
    void aServerWithoutTheOwnersDelegationAttractsNothing() {
        List<Delegation> all = routes(root, left, right, leaf);
        leaf.advertise(advertisement(server, all, "honest", Duration.ofHours(1)), 0);
        SigningKey hole = SigningKey.generate();
        Delegation forged = Delegation.issue(
                hole, metadata.name(), Role.SERVE, hole.verifyingKey(), now.minusSeconds(9), now.plusSeconds(9000));
        Delegation stolen = delegate(Role.SERVE, server.verifyingKey());
        Delegation other = delegate(Role.READ, hole.verifyingKey());
        Delegation past = Delegation.issue(
                owner, metadata.name(), Role.SERVE, hole.verifyingKey(), now.minusSeconds(99), now.minusSeconds(9));
        for (Delegation delegation : List.of(forged, stolen, other, past)) {
            var black = Advertisement.sign(hole, metadata, delegation, all, "black", 7, now, Duration.ofHours(1));
            for (Domain domain : List.of(root, left, right, leaf)) {
                assertThatThrownBy(() -> domain.advertise(black, 0))
                        .isInstanceOf(ReplicationException.NotAllowed.class);
            }
            assertThatThrownBy(() -> black.require(now, Revocations.none(metadata.name())))
                    .as("a reader that a lying resolver sends there sees it too")
                    .isInstanceOf(ReplicationException.NotAllowed.class);
        }
        var moved = new Advertisement(
                metadata,
                stolen,
                all,
                "black",
                7,
                now,
                now.plusSeconds(60),
                advertisement(server, all, "honest", Duration.ofMinutes(1)).signature());
        assertThatThrownBy(() -> leaf.advertise(moved, 0)).isInstanceOf(ReplicationException.NotAllowed.class);
        assertThat(ask(root, all)).containsExactly("honest 2");
    }

    @Test
    void requestsFollowACapsuleThatMoves() {
        List<Delegation> all = routes(root, left, right, leaf);
        leaf.advertise(advertisement(server, all, "old", Duration.ofHours(1)), 0);
        now = now.plusSeconds(5);
        leaf.advertise(advertisement(server, all, "new", Duration.ofHours(1)), 0);
        assertThat(ask(right, all)).containsExactly("new 3");
        now = now.plusSeconds(5);
        leaf.advertise(advertisement(server, all, "new", Duration.ZERO), 0);
        right.advertise(advertisement(SigningKey.generate(), all, "elsewhere", Duration.ofHours(1)), 0);
        assertThat(ask(leaf, all)).containsExactly("elsewhere 3");
    }

    @Test
    void whoAsksAgainBecauseAServerDoesNotAnswerHearsOfOthersHoweverFarTheyAre() {
        List<Delegation> all = routes(root, left, right, leaf);
        leaf.advertise(advertisement(server, all, "dead", Duration.ofHours(1)), 0);
        right.advertise(advertisement(SigningKey.generate(), all, "moved", Duration.ofHours(1)), 0);
        assertThat(ask(leaf, all)).containsExactly("dead 0");
        var again = new Query(metadata, all, 16, List.of(server.verifyingKey()));
        assertThat(leaf.resolve(again))
                .singleElement()
                .satisfies(found -> assertThat(found.advertisement().host()).isEqualTo("moved"));
    }

    @Test
    void aServerThatItsOwnerRevokedAttractsNothingAnyMore() {
        List<Delegation> all = routes(root, left, right, leaf);
        Delegation serving = delegate(Role.SERVE, server.verifyingKey());
        var advertisement = Advertisement.sign(server, metadata, serving, all, "revoked", 7, now, Duration.ofHours(1));
        leaf.advertise(advertisement, 0);
        Revocations list = Revocations.none(metadata.name()).revoke(owner, List.of(serving));
        var forged =
                new Revocations(list.capsule(), list.number(), list.serials(), new byte[VerifyingKey.SIGNATURE_LENGTH]);
        assertThatThrownBy(() -> leaf.resolver.revoke(metadata, forged)).isInstanceOf(Delegation.Refused.class);
        assertThat(ask(leaf, all)).containsExactly("revoked 0");
        leaf.resolver.revoke(metadata, list);
        left.resolver.revoke(metadata, list);
        root.resolver.revoke(metadata, list);
        assertThat(ask(leaf, all)).isEmpty();
        assertThatThrownBy(() -> leaf.advertise(advertisement, 0)).isInstanceOf(ReplicationException.NotAllowed.class);
        leaf.advertise(advertisement(server, all, "let in again", Duration.ofHours(1)), 0);
        assertThat(ask(leaf, all)).containsExactly("let in again 0");
    }

    @Test
    void anAdvertisementExpiresAndALongerOneIsNotTaken() {
        List<Delegation> all = routes(root, left, right, leaf);
        assertThatThrownBy(() -> leaf.advertise(advertisement(server, all, "long", Duration.ofDays(1)), 0))
                .isInstanceOf(ReplicationException.NotAllowed.class);
        leaf.advertise(advertisement(server, all, "short", Duration.ofSeconds(10)), 0);
        now = now.plusSeconds(10);
        assertThat(ask(leaf, all)).isEmpty();
    }
}
