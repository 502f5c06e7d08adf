package dev.croft.router;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.croft.router.fleet.Fleet;
import dev.croft.router.placement.HostProcesses;
import dev.croft.router.placement.Placement;
import dev.croft.router.registry.Account;
import dev.croft.router.registry.Member;
import dev.croft.router.registry.PrivateCloud;
import dev.croft.router.registry.Registry;
import dev.croft.router.tls.CertificateAuthority;
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
        await().atMost(Duration.ofSeconds(30))
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
        await().atMost(Duration.ofSeconds(30)).until(() -> runtime.running() == 0);
        assertThat(runtime.failingStops).hasValue(0);
        await().atMost(Duration.ofSeconds(30))
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
        await().atMost(Duration.ofSeconds(30))
                .ignoreExceptionsInstanceOf(RouterException.Unavailable.class)
                .until(() -> !use(stays).isEmpty());
        assertThat(read.home()).isEqualTo(Member.FIRST);
        assertThatThrownBy(() -> use(read)).hasMessageContaining("at another router");
        assertThatThrownBy(() -> placement.wake(read)).hasMessageContaining("at another router");
        assertThatThrownBy(() -> placement.hibernate(read)).hasMessageContaining("at another router");
        assertThatThrownBy(() -> placement.keyed(read)).hasMessageContaining("at another router");
        assertThat(registry.clouds().hostOf(read.id())).isEmpty();
    }

    @Test
    void whatIsGivenAwayLeavesNoKeyHereAndIsNotFoundHereByWhoReadOfItBefore() {
        PrivateCloud cloud = cloud(1);
        use(cloud);
        registry.clouds().setState(cloud.id(), PrivateCloud.State.AWAKE);
        PrivateCloud awake = registry.clouds().find(cloud.id()).orElseThrow();
        runtime.host("shared").clouds.put(cloud.id(), FakePmHost.Key.AWAKE);
        assertThat(placement.give(awake, "second")).isTrue();
        assertThat(runtime.host("shared").clouds).containsEntry(cloud.id(), FakePmHost.Key.LOCKED);
        assertThatThrownBy(() -> use(awake)).hasMessageContaining("at another router");
    }
}
