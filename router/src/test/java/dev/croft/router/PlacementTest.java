package dev.croft.router;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.croft.router.fleet.Fleet;
import dev.croft.router.placement.HostProcesses;
import dev.croft.router.placement.Placement;
import dev.croft.router.placement.ReplicaRecords;
import dev.croft.router.registry.Account;
import dev.croft.router.registry.Member;
import dev.croft.router.registry.PrivateCloud;
import dev.croft.router.registry.Registry;
import dev.croft.router.tls.CertificateAuthority;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a router runs, and when it loses the right to. */
class PlacementTest {

    @TempDir
    Path directory;

    private final FakeRuntime runtime = new FakeRuntime();
    private final Lost fleet = new Lost();
    private Registry registry;
    private Placement placement;
    private Account account;

    /** Two routers, of which this one may have lost its lease. */
    private static final class Lost implements Fleet {
        private final Member self = new Member(Member.FIRST, "i", "", "a", "process", 1, false, 1, Instant.EPOCH);
        private final Member other = new Member("second", "j", "", "b", "process", 1, false, 1, Instant.EPOCH);
        final AtomicBoolean lost = new AtomicBoolean();

        @Override
        public Member self() {
            return self;
        }

        @Override
        public List<Member> routers() {
            return List.of(self, other);
        }

        @Override
        public Optional<Member> leader() {
            return Optional.of(other);
        }

        @Override
        public boolean leads() {
            return false;
        }

        @Override
        public boolean mayServe() {
            return !lost.get();
        }

        @Override
        public Instant now() {
            return Instant.now();
        }

        @Override
        public void joined() {}
    }

    @BeforeEach
    void open() {
        registry = Registry.embedded(directory.resolve("registry"), Clock.systemUTC());
        account = registry.accounts().create("ana", Role.OWNER, null);
        placement = new Placement(
                registry,
                runtime,
                new HostProcesses.Directories(
                        directory.resolve("clouds"),
                        directory.resolve("hosts"),
                        directory.resolve("doors"),
                        directory.resolve("tls")),
                TestRouter::program,
                CertificateAuthority.open(directory.resolve("ca"), Clock.systemUTC()),
                fleet,
                Clock.systemUTC());
    }

    @AfterEach
    void close() {
        placement.close();
        registry.close();
        runtime.close();
    }

    private PrivateCloud cloud(int n) {
        return registry.clouds().create(String.format("%032x", n), account.id(), "mine", PrivateCloud.Hosting.SHARED);
    }

    private String use(PrivateCloud cloud) {
        try {
            return placement.use(cloud, (_, host) -> host.status().hostKey());
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    enum When {
        BEFORE,
        AFTER
    }

    @ParameterizedTest
    @EnumSource
    void aHostThatStartsAsTheLeaseIsLostDoesNotRunOn(When when) throws Exception {
        PrivateCloud cloud = cloud(1);
        CountDownLatch launching = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        Runnable stall = () -> {
            launching.countDown();
            try {
                goOn.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        };
        if (when == When.BEFORE) {
            runtime.beforeLaunch = stall;
        } else {
            runtime.afterLaunch = stall;
        }
        CompletableFuture<String> using = CompletableFuture.supplyAsync(() -> use(cloud), Thread::startVirtualThread);
        launching.await();
        fleet.lost.set(true);
        placement.letGo();
        if (when == When.AFTER) {
            assertThat(runtime.running()).as("at once").isZero();
        }
        // It may serve again by the time that the launch goes on.
        fleet.lost.set(false);
        goOn.countDown();
        assertThatThrownBy(using::join)
                .isInstanceOf(CompletionException.class)
                .hasCauseInstanceOf(RouterException.Unavailable.class);
        assertThat(runtime.running()).isZero();

        placement.hosts().start();
        await().atMost(Duration.ofSeconds(90))
                .ignoreExceptionsInstanceOf(RouterException.Unavailable.class)
                .until(() -> !use(cloud).isEmpty());
        assertThat(runtime.running()).isEqualTo(1);
    }

    @Test
    void withoutTheLeaseNoHostIsLaunchedForAnybody() {
        PrivateCloud cloud = cloud(1);
        fleet.lost.set(true);
        assertThatThrownBy(() -> use(cloud)).isInstanceOf(RouterException.Unavailable.class);
        assertThatThrownBy(() -> placement.hostKeys(cloud)).isInstanceOf(RouterException.Unavailable.class);
        assertThat(runtime.running()).isZero();
    }

    @Test
    void aHostEndsThoughTheEngineFailsAtFirst() {
        PrivateCloud cloud = cloud(1);
        use(cloud);
        assertThat(runtime.running()).isEqualTo(1);
        runtime.failingStops.set(3);
        fleet.lost.set(true);
        assertThatThrownBy(placement::letGo)
                .as("one runs still, so nothing is to be taken up")
                .isInstanceOf(RouterException.Unavailable.class);
        await().atMost(Duration.ofSeconds(90)).until(() -> runtime.running() == 0);
        assertThat(runtime.failingStops).hasValue(0);
        await().atMost(Duration.ofSeconds(90))
                .untilAsserted(() ->
                        assertThatCode(placement::letGo).as("all have ended").doesNotThrowAnyException());
    }

    @Test
    void whoReadOfAPrivateCloudBeforeItWentToAnotherRouterDoesNotFindItHere() {
        PrivateCloud read = cloud(1);
        PrivateCloud stays = cloud(2);
        use(read);
        fleet.lost.set(true);
        placement.letGo();
        // Who leads gives it to another, and this router takes up what is left to it.
        registry.clouds().give(read.id(), "second");
        fleet.lost.set(false);
        placement.hosts().start();
        await().atMost(Duration.ofSeconds(90))
                .ignoreExceptionsInstanceOf(RouterException.Unavailable.class)
                .until(() -> !use(stays).isEmpty());
        assertThat(read.home()).isEqualTo(Member.FIRST);
        assertThatThrownBy(() -> use(read)).hasMessageContaining("at another router");
        assertThatThrownBy(() -> placement.wake(read)).hasMessageContaining("at another router");
        assertThatThrownBy(() -> placement.hibernate(read)).hasMessageContaining("at another router");
        assertThatThrownBy(() -> placement.keyed(read)).hasMessageContaining("at another router");
        assertThat(registry.clouds().hostOf(read.id())).isEmpty();
    }

    /** One whose key the shared host has. */
    private PrivateCloud awake(int n) {
        PrivateCloud cloud = cloud(n);
        use(cloud);
        registry.clouds().setState(cloud.id(), PrivateCloud.State.AWAKE);
        shared().clouds.put(cloud.id(), FakePmHost.Key.AWAKE);
        return registry.clouds().find(cloud.id()).orElseThrow();
    }

    private FakePmHost shared() {
        return runtime.host("shared");
    }

    @Test
    void whatIsGivenAwayLeavesNoKeyHereAndIsNotFoundHereByWhoReadOfItBefore() {
        PrivateCloud awake = awake(1);
        assertThat(placement.give(awake, "second")).isTrue();
        assertThat(shared().clouds).containsEntry(awake.id(), FakePmHost.Key.LOCKED);
        assertThat(shared().aside).isEmpty();
        assertThatThrownBy(() -> use(awake)).hasMessageContaining("at another router");
    }

    @Test
    void aKeyIsThereAgainAfterAGivingThatTheRegistryRefused() {
        PrivateCloud awake = awake(1);
        shared().beforeHeld = () -> registry.clouds().setState(awake.id(), PrivateCloud.State.DELETING);
        assertThat(placement.give(awake, "second")).isFalse();
        assertThat(shared().clouds).containsEntry(awake.id(), FakePmHost.Key.ASLEEP);
        assertThat(shared().aside).isEmpty();
    }

    @Test
    void aKeyIsThereAgainWhenAnAnswerIsLostInTheMiddleOfAGiving() {
        PrivateCloud awake = awake(1);
        FakePmHost host = shared();
        host.lost.add("hold");
        assertThatThrownBy(() -> placement.give(awake, "second")).isInstanceOf(RouterException.Unavailable.class);
        assertThat(host.aside).as("it opens nothing").containsExactly(awake.id());
        use(awake);
        assertThat(host.clouds).containsEntry(awake.id(), FakePmHost.Key.ASLEEP);

        host.lost.add("drop");
        assertThat(placement.give(awake, "second")).isTrue();
        host.aside.add(awake.id());
        placement.settle();
        assertThat(host.aside).as("it is told again").isEmpty();
        host.aside.add(awake.id());
        placement.start();
        assertThat(host.aside).as("of what is elsewhere none is kept").isEmpty();
        assertThat(host.clouds).containsEntry(awake.id(), FakePmHost.Key.LOCKED);
    }

    @Test
    void aRouterThatWasKilledInTheMiddleOfAGivingHasTheKeyTakenBack() {
        PrivateCloud awake = awake(1);
        shared().clouds.put(awake.id(), FakePmHost.Key.LOCKED);
        shared().aside.add(awake.id());
        placement.start();
        assertThat(shared().aside).isEmpty();
        assertThat(shared().clouds).containsEntry(awake.id(), FakePmHost.Key.ASLEEP);
    }

    @Test
    void aHostOfAnEarlierBuildHoldsUpNoGivingAndEndsWhenItHasNoOtherKeys() {
        PrivateCloud first = awake(1);
        PrivateCloud second = awake(2);
        FakePmHost host = shared();
        host.unknown.addAll(List.of("hold", "keep", "drop", "release", "aside"));
        assertThat(placement.give(first, "second")).isTrue();
        assertThat(host.clouds).as("that cannot be helped yet").containsEntry(first.id(), FakePmHost.Key.ASLEEP);
        assertThat(shared()).as("another needs it").isSameAs(host);
        assertThat(placement.give(second, "second")).isTrue();
        assertThat(runtime.running()).as("no key is left").isZero();
    }

    private PrivateCloud ofItsOwn(int n) throws Exception {
        PrivateCloud cloud = awake(n);
        Files.createDirectories(directory.resolve("clouds").resolve(cloud.id()));
        registry.clouds().setHosting(cloud.id(), PrivateCloud.Hosting.OWN_PROCESS);
        PrivateCloud own = registry.clouds().find(cloud.id()).orElseThrow();
        shared().trust(cloud.id(), placement.hostKeys(own));
        return own;
    }

    @ParameterizedTest
    @ValueSource(strings = {"handover", "unlock"})
    void aKeyThatDoesNotArriveAtTheNextHostIsAtTheFormerAgain(String lost) throws Exception {
        PrivateCloud cloud = ofItsOwn(1);
        FakePmHost own = runtime.host("own-" + cloud.id());
        if (lost.equals("handover")) {
            shared().lost.add(lost);
        } else {
            own.refusesKeys = true;
        }
        assertThatThrownBy(() -> placement.wake(cloud)).isInstanceOf(RouterException.Unavailable.class);
        own.refusesKeys = false;
        use(cloud);
        assertThat(shared().aside).isEmpty();
        assertThat(shared().clouds).containsEntry(cloud.id(), FakePmHost.Key.LOCKED);
        assertThat(runtime.host("own-" + cloud.id()).clouds).containsEntry(cloud.id(), FakePmHost.Key.AWAKE);
    }

    @Test
    void aKeyThatArrivedThoughNobodySaidSoIsAtOneHost() throws Exception {
        PrivateCloud cloud = ofItsOwn(1);
        String own = "own-" + cloud.id();
        runtime.host(own).lost.add("unlock");
        assertThatThrownBy(() -> placement.wake(cloud)).isInstanceOf(RouterException.Unavailable.class);
        use(cloud);
        assertThat(runtime.host(own).clouds).containsEntry(cloud.id(), FakePmHost.Key.AWAKE);
        assertThat(shared().aside).isEmpty();

        shared().lost.add("unlock");
        assertThatThrownBy(() -> placement.hibernate(cloud)).isInstanceOf(RouterException.Unavailable.class);
        assertThat(placement.hibernate(cloud)).isTrue();
        assertThat(runtime.runsHost(own)).isFalse();
        assertThat(shared().clouds.get(cloud.id())).isIn(FakePmHost.Key.ASLEEP, FakePmHost.Key.AWAKE);
        use(cloud);
        assertThat(runtime.host(own).clouds).containsEntry(cloud.id(), FakePmHost.Key.AWAKE);
        assertThat(shared().clouds).containsEntry(cloud.id(), FakePmHost.Key.LOCKED);
    }

    @Test
    void whatMayBeKeptElsewhereThanTheRegistrySaysIsNotGivenAwayBeforeThatIsKnown() throws Exception {
        PrivateCloud cloud = awake(1);
        ReplicaRecords records = new ReplicaRecords(registry, placement);
        records.change(cloud, TestFleet.REPLICAS, (_, _) -> {
            shared().replicas.put(cloud.id(), TestFleet.REPLICAS);
            shared().unanswered.add("kept-at");
            return 200;
        });
        assertThat(registry.clouds().find(cloud.id()).orElseThrow().replicas()).isNull();
        assertThat(placement.give(cloud, "second")).isFalse();
        assertThat(shared().clouds).containsEntry(cloud.id(), FakePmHost.Key.ASLEEP);
        shared().unanswered.clear();
        records.settle();
        assertThat(placement.give(cloud, "second")).isTrue();
        assertThat(registry.clouds().find(cloud.id()).orElseThrow().replicas()).isEqualTo(TestFleet.REPLICAS);
    }

    @Test
    void whatAPermissionManagerTookBeforeTheRouterWasKilledIsAskedFor() throws Exception {
        PrivateCloud cloud = awake(1);
        shared().replicas.put(cloud.id(), TestFleet.REPLICAS);
        ReplicaRecords records = new ReplicaRecords(registry, placement);
        records.settle();
        assertThat(registry.clouds().find(cloud.id()).orElseThrow().replicas()).isNull();
        registry.clouds().replicasUnsure(cloud.id());
        new ReplicaRecords(registry, placement).settle();
        assertThat(registry.clouds().find(cloud.id()).orElseThrow().replicas()).isEqualTo(TestFleet.REPLICAS);
        assertThat(registry.clouds().replicasUnsure()).isEmpty();

        assertThat(records.change(cloud, null, (_, _) -> {
                    assertThat(records.toString()).isEqualTo("ReplicaRecords[1 being changed]");
                    assertThat(registry.clouds().replicasUnsure()).containsExactly(cloud.id());
                    return 200;
                }))
                .isEqualTo(200);
        assertThat(records.toString()).as("none is left behind").isEqualTo("ReplicaRecords[0 being changed]");
    }
}
