package dev.croft.router.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.croft.capsule.crypto.SigningKey;
import dev.croft.capsule.replication.Durability;
import dev.croft.capsule.server.ServerAddress;
import dev.croft.router.Role;
import dev.croft.router.RouterException;
import dev.croft.router.Scope;
import dev.croft.router.TestClock;
import dev.croft.router.query.Enrolment;
import dev.croft.router.query.Leg;
import dev.croft.vault.api.KeptAt;
import dev.croft.vault.api.Replicas;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class RegistryTest {

    private static final String DIGEST = "sha256:" + "ab".repeat(32);
    private static final String DEFINITION = "{\"command\":[\"run\"]}";
    private static final String CLOUD = "0123456789abcdef0123456789abcdef";

    private final TestClock clock = new TestClock("2026-11-21T08:00:00Z");

    @ParameterizedTest
    @MethodSource("dev.croft.router.registry.TestDatabases#both")
    void everythingIsThereAfterItIsOpenedAgain(Supplier<TestDatabases.Database> fresh) {
        TestDatabases.Database database = fresh.get();
        Account account;
        Tokens.Issued issued;
        Launch launch;
        try (Registry registry = database.open(clock)) {
            account = registry.accounts().create("ana", Role.OWNER, "correct horse battery");
            issued = registry.tokens().issue(account, "phone", Set.of(Scope.DATA), Duration.ofDays(1));
            registry.clouds().create(CLOUD, account.id(), "mine", PrivateCloud.Hosting.SHARED);
            registry.hosts().record("shared", "w1", 4711, Host.State.READY);
            registry.clouds().place(CLOUD, "shared");
            CatalogueEntry entry = registry.catalogue().add("pipeline", "1", DIGEST, DEFINITION, "root");
            launch = registry.launches().queue(CLOUD, account.id(), entry, "grant", "{}");
            registry.launches().move(launch.id(), Launch.State.QUEUED, Launch.State.STARTING, "w2");
            registry.audit().append("ana", "cloud.create", CLOUD, "ok");
        }
        try (Registry registry = database.open(clock)) {
            assertThat(registry.accounts().login("ana", "correct horse battery"))
                    .isEqualTo(account);
            assertThat(registry.tokens().authenticate(issued.secret()))
                    .contains(new Tokens.Bearer(account, issued.token()));
            assertThat(registry.clouds().find(CLOUD))
                    .hasValueSatisfying(cloud -> assertThat(cloud.state()).isEqualTo(PrivateCloud.State.AWAKE));
            assertThat(registry.clouds().hostOf(CLOUD)).contains("shared");
            assertThat(registry.hosts().find("shared"))
                    .contains(new Host("shared", "w1", 4711, Host.State.READY, clock.instant()));
            assertThat(registry.launches().open())
                    .singleElement()
                    .satisfies(open -> assertThat(open.workloadId()).isEqualTo("w2"));
            assertThat(registry.audit().list(0, 10))
                    .extracting(AuditTrail.Entry::act)
                    .containsExactly("cloud.create");
        }
    }

    @ParameterizedTest
    @MethodSource("dev.croft.router.registry.TestDatabases#both")
    void anEarlierChangeOfReplicasIsNotTakenForALaterOneAndAnotherHomeCountsAnew(
            Supplier<TestDatabases.Database> fresh) {
        Replicas first = replicas(1);
        Replicas second = replicas(2);
        try (Registry registry = fresh.get().open(clock)) {
            Account account = registry.accounts().create("ana", Role.OWNER, "correct horse battery");
            Clouds clouds = registry.clouds();
            clouds.create(CLOUD, account.id(), "mine", PrivateCloud.Hosting.SHARED);
            assertThat(clouds.setReplicas(CLOUD, new KeptAt(7, second))).isTrue();
            assertThat(clouds.setReplicas(CLOUD, new KeptAt(6, first)))
                    .as("it came late")
                    .isFalse();
            assertThat(clouds.find(CLOUD).orElseThrow().replicas()).isEqualTo(second);
            assertThat(clouds.setReplicas(CLOUD, new KeptAt(7, second)))
                    .as("told twice")
                    .isTrue();
            clouds.replicasUnsure(CLOUD);
            assertThat(clouds.replicasUnsure()).containsExactly(CLOUD);
            assertThat(clouds.give(CLOUD, "other"))
                    .as("what is recorded may be old")
                    .isFalse();
            assertThat(clouds.setReplicas(CLOUD, new KeptAt(6, first))).isFalse();
            assertThat(clouds.replicasUnsure()).as("it was asked").isEmpty();

            assertThat(clouds.give(CLOUD, "other")).isTrue();
            assertThat(clouds.setReplicas(CLOUD, new KeptAt(8, first)))
                    .as("from its former home")
                    .isFalse();
            assertThat(clouds.find(CLOUD).orElseThrow().replicas()).isEqualTo(second);
            clouds.delete(CLOUD);
            clouds.create(CLOUD, account.id(), "mine", PrivateCloud.Hosting.SHARED);
            assertThat(clouds.setReplicas(CLOUD, new KeptAt(1, first))).isTrue();
        }
    }

    private static Replicas replicas(int port) {
        return new Replicas(
                List.of(new ServerAddress(SigningKey.generate().verifyingKey(), "127.0.0.1", port).toString()),
                Durability.QUORUM);
    }

    @ParameterizedTest
    @MethodSource("dev.croft.router.registry.TestDatabases#both")
    void aTokenWorksUntilItExpiresOrIsRevokedOrItsAccountIsDisabled(Supplier<TestDatabases.Database> fresh) {
        try (Registry registry = fresh.get().open(clock)) {
            Account account = registry.accounts().create("ana", Role.ANALYST, null);
            Tokens tokens = registry.tokens();
            Tokens.Issued expiring = tokens.issue(account, "a", Set.of(Scope.QUERIES), Duration.ofHours(1));
            Tokens.Issued revoked = tokens.issue(account, "b", Set.of(Scope.QUERIES), Duration.ofDays(1));
            Tokens.Issued last = tokens.issue(account, "c", Set.of(Scope.QUERIES), Duration.ofDays(1));

            assertThat(tokens.authenticate(expiring.secret())).isPresent();
            clock.advance(Duration.ofHours(1));
            assertThat(tokens.authenticate(expiring.secret())).isEmpty();

            tokens.revoke(account.id(), revoked.token().id());
            assertThat(tokens.authenticate(revoked.secret())).isEmpty();
            assertThatThrownBy(() -> tokens.revoke("someone else", last.token().id()))
                    .isInstanceOf(RouterException.NotFound.class);

            assertThat(tokens.authenticate(last.secret())).isPresent();
            registry.accounts().setDisabled(account.id(), true);
            assertThat(tokens.authenticate(last.secret())).isEmpty();
        }
    }

    @ParameterizedTest
    @MethodSource("dev.croft.router.registry.TestDatabases#both")
    void aTokenWithOneCharacterChangedIsNoToken(Supplier<TestDatabases.Database> fresh) {
        try (Registry registry = fresh.get().open(clock)) {
            Account account = registry.accounts().create("ana", Role.OWNER, null);
            String secret = registry.tokens()
                    .issue(account, "a", Set.of(Scope.DATA), Duration.ofHours(1))
                    .secret();
            // The last character holds two bits that base64 leaves unused, but the text is compared, not the bits.
            for (int at = 0; at < secret.length(); at++) {
                char other = secret.charAt(at) == 'a' ? 'b' : 'a';
                String changed = secret.substring(0, at) + other + secret.substring(at + 1);
                assertThat(registry.tokens().authenticate(changed)).as(changed).isEmpty();
            }
            assertThat(registry.tokens().authenticate("")).isEmpty();
            assertThat(registry.tokens().authenticate(secret + "a")).isEmpty();
        }
    }

    @ParameterizedTest
    @MethodSource("dev.croft.router.registry.TestDatabases#both")
    void aTokenNeverCarriesMoreThanItsRole(Supplier<TestDatabases.Database> fresh) {
        try (Registry registry = fresh.get().open(clock)) {
            for (Role role : Role.values()) {
                Account account = registry.accounts().create(role.name().toLowerCase(Locale.ROOT), role, null);
                for (Scope scope : EnumSet.complementOf(EnumSet.copyOf(role.scopes()))) {
                    assertThatThrownBy(() -> registry.tokens().issue(account, "a", Set.of(scope), Duration.ofHours(1)))
                            .isInstanceOf(RouterException.Invalid.class);
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("dev.croft.router.registry.TestDatabases#both")
    void failedLoginsLockTheAccountForLongerEachTime(Supplier<TestDatabases.Database> fresh) {
        try (Registry registry = fresh.get().open(clock)) {
            Accounts accounts = registry.accounts();
            accounts.create("ana", Role.OWNER, "correct horse battery");
            for (int i = 0; i < 5; i++) {
                assertThatThrownBy(() -> accounts.login("ana", "wrong"))
                        .isInstanceOf(RouterException.Unauthenticated.class);
            }
            assertThatThrownBy(() -> accounts.login("ana", "correct horse battery"))
                    .isInstanceOfSatisfying(
                            RouterException.TooMany.class,
                            e -> assertThat(e.retryAfter()).isEqualTo(Duration.ofSeconds(30)));
            clock.advance(Duration.ofSeconds(30));
            assertThatThrownBy(() -> accounts.login("ana", "wrong"))
                    .isInstanceOf(RouterException.Unauthenticated.class);
            assertThatThrownBy(() -> accounts.login("ana", "wrong"))
                    .isInstanceOfSatisfying(
                            RouterException.TooMany.class,
                            e -> assertThat(e.retryAfter()).isEqualTo(Duration.ofSeconds(60)));
            clock.advance(Duration.ofSeconds(60));
            assertThat(accounts.login("ana", "correct horse battery").name()).isEqualTo("ana");
            assertThatThrownBy(() -> accounts.login("nobody", "correct horse battery"))
                    .isInstanceOf(RouterException.Unauthenticated.class);
        }
    }

    @ParameterizedTest
    @MethodSource("dev.croft.router.registry.TestDatabases#both")
    void whoIsLockedOutDoesNotTellWhichAccountsExist(Supplier<TestDatabases.Database> fresh) {
        try (Registry registry = fresh.get().open(clock)) {
            Accounts accounts = registry.accounts();
            accounts.create("ana", Role.OWNER, "correct horse battery");
            accounts.create("tokens-only", Role.OWNER, null);
            Account disabled = accounts.create("gone", Role.OWNER, "correct horse battery");
            accounts.setDisabled(disabled.id(), true);
            List<List<String>> seen = List.of("ana", "tokens-only", "gone", "nobody").stream()
                    .map(name -> IntStream.range(0, 9)
                            .mapToObj(i -> {
                                try {
                                    return accounts.login(name, "wrong").name();
                                } catch (RouterException.TooMany e) {
                                    return e.code() + " " + e.retryAfter();
                                } catch (RouterException e) {
                                    return e.code();
                                }
                            })
                            .toList())
                    .toList();
            assertThat(seen.getFirst()).contains("unauthenticated", "too-many-requests PT30S");
            assertThat(seen).allSatisfy(each -> assertThat(each).isEqualTo(seen.getFirst()));
        }
    }

    @ParameterizedTest
    @MethodSource("dev.croft.router.registry.TestDatabases#both")
    void aNameOrAPrivateCloudIsTakenOnceEvenInARace(Supplier<TestDatabases.Database> fresh) {
        try (Registry registry = fresh.get().open(clock)) {
            Account account = registry.accounts().create("ana", Role.OWNER, null);
            AtomicInteger made = new AtomicInteger();
            IntStream.range(0, 16).parallel().forEach(i -> {
                try {
                    registry.clouds().create(CLOUD, account.id(), "mine", PrivateCloud.Hosting.SHARED);
                    made.incrementAndGet();
                } catch (RouterException.Conflict expected) {
                    // someone else was first
                }
            });
            assertThat(made).hasValue(1);
            assertThatThrownBy(() -> registry.accounts().create("ana", Role.OPERATOR, null))
                    .isInstanceOf(RouterException.Conflict.class);
        }
    }

    @ParameterizedTest
    @MethodSource("dev.croft.router.registry.TestDatabases#both")
    void aCatalogueEntryNeverChanges(Supplier<TestDatabases.Database> fresh) {
        try (Registry registry = fresh.get().open(clock)) {
            Catalogue catalogue = registry.catalogue();
            CatalogueEntry entry = catalogue.add("pipeline", "1", DIGEST, DEFINITION, "root");
            assertThat(catalogue.add("pipeline", "1", DIGEST, DEFINITION, "root"))
                    .isEqualTo(entry);
            assertThatThrownBy(() -> catalogue.add("pipeline", "1", DIGEST.replace("ab", "cd"), DEFINITION, "root"))
                    .isInstanceOf(RouterException.Conflict.class);
            assertThatThrownBy(() -> catalogue.add("../../etc", "1", DIGEST, DEFINITION, "root"))
                    .isInstanceOf(RouterException.Invalid.class);
            assertThat(catalogue.newest("pipeline")).contains(entry);
            assertThat(entry.digest())
                    .as("the command is part of it")
                    .isNotEqualTo(DIGEST)
                    .isNotEqualTo(catalogue
                            .add("another", "1", DIGEST, "{\"command\":[\"run\",\"--more\"]}", "root")
                            .digest());
            catalogue.withdraw("pipeline", "1");
            assertThat(catalogue.newest("pipeline")).isEmpty();
        }
    }

    @ParameterizedTest
    @MethodSource("dev.croft.router.registry.TestDatabases#both")
    void aLaunchThatEndedStaysEnded(Supplier<TestDatabases.Database> fresh) {
        try (Registry registry = fresh.get().open(clock)) {
            Account account = registry.accounts().create("ana", Role.OWNER, null);
            CatalogueEntry entry = registry.catalogue().add("pipeline", "1", DIGEST, DEFINITION, "root");
            Launches launches = registry.launches();
            String id =
                    launches.queue(CLOUD, account.id(), entry, "grant", "{}").id();
            assertThat(launches.move(id, Launch.State.QUEUED, Launch.State.RUNNING, "w"))
                    .isTrue();
            assertThat(launches.end(id, Launch.State.FAILED, "exit 3", 3)).isTrue();
            assertThat(launches.end(id, Launch.State.DONE, null, 0)).isFalse();
            assertThat(launches.move(id, Launch.State.RUNNING, Launch.State.PAUSED, null))
                    .isFalse();
            assertThat(launches.find(id).orElseThrow().state()).isEqualTo(Launch.State.FAILED);
            assertThat(launches.open()).isEmpty();
        }
    }

    @ParameterizedTest
    @MethodSource("dev.croft.router.registry.TestDatabases#both")
    void aReservationIsSettledOnceAndOneWay(Supplier<TestDatabases.Database> fresh) {
        try (Registry registry = fresh.get().open(clock)) {
            Account account = registry.accounts().create("ana", Role.ANALYST, null);
            QueryJournal journal = registry.queries();
            Leg one = new Leg(CLOUD, 0);
            Leg other = new Leg(CLOUD, 1);
            journal.begin("q", account.id(), "{}");
            journal.reserving("q", "{}", List.of(one, other));
            journal.settling("q", List.of(one), List.of(other), "{\"answer\":4}");
            journal.abandoning("q", "too late");
            assertThat(journal.legs("q"))
                    .containsEntry(one, QueryJournal.Settlement.COMMITTING)
                    .containsEntry(other, QueryJournal.Settlement.REFUNDING);
            journal.settled("q", one, QueryJournal.Settlement.COMMITTED);
            journal.settled("q", one, QueryJournal.Settlement.REFUNDED);
            journal.settled("q", other, QueryJournal.Settlement.REFUNDED);
            assertThat(journal.legs("q"))
                    .containsEntry(one, QueryJournal.Settlement.COMMITTED)
                    .containsEntry(other, QueryJournal.Settlement.REFUNDED);
            assertThat(journal.open()).hasSize(1);
            journal.finish("q");
            assertThat(journal.open()).isEmpty();
            assertThat(journal.find("q").orElseThrow().answer()).contains("4");
        }
    }

    @ParameterizedTest
    @MethodSource("dev.croft.router.registry.TestDatabases#both")
    void anEnrolmentIsReplacedAndGoesWithItsPrivateCloud(Supplier<TestDatabases.Database> fresh) {
        try (Registry registry = fresh.get().open(clock)) {
            Account account = registry.accounts().create("ana", Role.OWNER, null);
            registry.clouds().create(CLOUD, account.id(), "mine", PrivateCloud.Hosting.SHARED);
            registry.queries().enrol("count", new Enrolment(CLOUD, "first"));
            registry.queries().enrol("count", new Enrolment(CLOUD, "second"));
            assertThat(registry.queries().enrolled("count")).containsExactly(new Enrolment(CLOUD, "second"));
            assertThat(registry.queries().enrolled("metrics")).isEmpty();
            registry.clouds().delete(CLOUD);
            assertThat(registry.queries().enrolled("count")).isEmpty();
        }
    }
}
