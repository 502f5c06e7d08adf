package dev.croft.router.fleet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.croft.router.RouterException;
import dev.croft.router.registry.Member;
import dev.croft.router.registry.Registry;
import dev.croft.router.registry.TestDatabases;
import java.sql.DriverManager;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class MembershipTest {

    private static Member router(String name) {
        return new Member(
                name, UUID.randomUUID().toString(), "", "authority of " + name, "process", 1, false, 0, Instant.EPOCH);
    }

    /** Gets ready to lead until it is told to go on. */
    private static final class Slow implements Membership.Duties {
        final CountDownLatch leading = new CountDownLatch(1);
        final CountDownLatch goOn = new CountDownLatch(1);
        final CountDownLatch followed = new CountDownLatch(1);

        @Override
        public void lead() {
            leading.countDown();
            try {
                goOn.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }

        @Override
        public void follow() {
            followed.countDown();
        }

        @Override
        public void letGo() {}

        @Override
        public void takeUp() {}

        @Override
        public void drain() {}
    }

    @Test
    void whoLosesTheLeadWhileItGetsReadyToLeadDoesNotLead() throws Exception {
        String url = TestDatabases.postgresUrl();
        try (Registry registry = Registry.postgres(url, "postgres", "", Clock.systemUTC());
                Membership membership = new Membership(registry, router(Member.FIRST), Duration.ofSeconds(5));
                var sql = DriverManager.getConnection(url, "postgres", "").createStatement()) {
            Slow duties = new Slow();
            Thread standing = Thread.ofVirtual().start(() -> membership.stand(duties));
            duties.leading.await();
            sql.execute("UPDATE leader SET router = 'second', epoch = epoch + 1,"
                    + " lease_until = clock_timestamp() + INTERVAL '1 hour'");
            await().atMost(Duration.ofMinutes(3))
                    .until(() -> membership.leader().isEmpty());
            // One renewal more, and the one that found that has done with it.
            registry.members().register(router("third"), Duration.ofHours(1));
            await().atMost(Duration.ofMinutes(3))
                    .until(() -> membership.routers().size() == 2);
            duties.goOn.countDown();
            duties.followed.await();
            standing.join();
            assertThat(membership.leads()).isFalse();
        }
    }

    /** Fails at first at what it is asked for. */
    private static final class Failing implements Membership.Duties {
        final List<String> asked = new CopyOnWriteArrayList<>();

        private void fail(String what, int times) {
            asked.add(what);
            if (asked.stream().filter(what::equals).count() <= times) {
                throw new IllegalStateException("the engine does not answer");
            }
        }

        @Override
        public void lead() {}

        @Override
        public void follow() {}

        @Override
        public void letGo() {
            fail("letGo", 2);
        }

        @Override
        public void takeUp() {
            fail("takeUp", 1);
        }

        @Override
        public void drain() {}
    }

    @Test
    void whatIsNotLetGoOfIsTriedAgainAndNothingTakenUpBefore() throws Exception {
        String url = TestDatabases.postgresUrl();
        try (Registry registry = Registry.postgres(url, "postgres", "", Clock.systemUTC());
                Membership membership = new Membership(registry, router(Member.FIRST), Duration.ofSeconds(5));
                var sql = DriverManager.getConnection(url, "postgres", "").createStatement()) {
            Failing duties = new Failing();
            membership.stand(duties);
            sql.execute("UPDATE routers SET epoch = epoch + 1");
            await().atMost(Duration.ofMinutes(3)).until(() -> Collections.frequency(duties.asked, "takeUp") >= 2);
            // On a busy machine it may lose its lease again in between.
            assertThat(duties.asked).startsWith("letGo", "letGo", "letGo", "takeUp");
            await().atMost(Duration.ofMinutes(3)).until(membership::mayServe);
        }
    }

    @Test
    void anInvitationTakesNoNameFromARouterThatServesMeanwhile() {
        String url = TestDatabases.postgresUrl();
        try (Registry registry = Registry.postgres(url, "postgres", "", Clock.systemUTC())) {
            var members = registry.members();
            byte[] hash = new byte[32];
            Member back = router("second");
            members.invite("second", hash, 1, Duration.ofDays(1));
            members.register(back, Duration.ofHours(1));
            assertThatThrownBy(() -> members.redeem(router("second"), hash))
                    .isInstanceOf(RouterException.Conflict.class);
            assertThat(members.list())
                    .singleElement()
                    .satisfies(still -> assertThat(still.installation()).isEqualTo(back.installation()));
            assertThat(members.isInvited("second", hash)).isTrue();
            assertThat(members.isInvited("second", new byte[31])).isFalse();
        }
    }
}
