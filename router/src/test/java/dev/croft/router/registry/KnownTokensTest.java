package dev.croft.router.registry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.croft.router.Role;
import dev.croft.router.Scope;
import dev.croft.router.TestClock;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import org.junit.jupiter.api.Test;

class KnownTokensTest {
    private static final Instant NOW = Instant.parse("2026-11-21T08:00:00Z");

    private static KnownTokens.Known known() {
        var account = new Account("1", "ana", Role.ANALYST, NOW, false);
        var token = new ApiToken("t", "1", "laptop", Set.of(Scope.BUDGET), NOW, NOW.plus(Duration.ofDays(1)), null);
        return new KnownTokens.Known(new byte[32], new Tokens.Bearer(account, token), NOW);
    }

    @Test
    void aTokenIsBelievedForAFewSecondsOnly() {
        var tokens = new KnownTokens();
        tokens.remember("t", known(), tokens.changes());
        assertThat(tokens.find("t", NOW.plus(KnownTokens.AGE))).isNotNull();
        assertThat(tokens.find("t", NOW.plus(KnownTokens.AGE).plusMillis(1))).isNull();
        assertThat(tokens.find("t", NOW)).isNull();
    }

    @Test
    void aTokenIsNotBelievedByAClockThatWentBack() {
        var tokens = new KnownTokens();
        tokens.remember("t", known(), tokens.changes());
        assertThat(tokens.find("t", NOW.minusMillis(1))).isNull();
    }

    @Test
    void whatWasReadBeforeAChangeIsNotRememberedAfterIt() {
        var tokens = new KnownTokens();
        long before = tokens.changes();
        tokens.forget();
        tokens.remember("t", known(), before);
        assertThat(tokens.find("t", NOW)).isNull();
    }

    @Test
    void theLeastRecentlyUsedIsForgottenWhenThereAreMany() {
        var tokens = new KnownTokens();
        for (int i = 0; i <= 10_000; i++) tokens.remember("t" + i, known(), tokens.changes());
        assertThat(tokens.find("t0", NOW)).isNull();
        assertThat(tokens.find("t1", NOW)).isNotNull();
    }

    @Test
    void revokingOrDisablingCountsAtOnceForATokenThatWasJustUsed() {
        var clock = new TestClock("2026-11-21T08:00:00Z");
        try (Registry registry = TestDatabases.embedded().open(clock)) {
            Account account = registry.accounts().create("ana", Role.ANALYST, null);
            Tokens tokens = registry.tokens();
            Tokens.Issued one = tokens.issue(account, "a", Set.of(Scope.BUDGET), Duration.ofSeconds(2));
            Tokens.Issued two = tokens.issue(account, "b", Set.of(Scope.BUDGET), Duration.ofDays(1));
            assertThat(tokens.authenticate(one.secret())).isPresent();
            assertThat(tokens.authenticate(two.secret())).isPresent();
            String wrong = two.secret().substring(0, two.secret().length() - 2) + "__";
            assertThat(tokens.authenticate(wrong)).isEmpty();
            clock.advance(Duration.ofSeconds(2));
            assertThat(tokens.authenticate(one.secret())).as("expired").isEmpty();
            assertThat(tokens.authenticate(two.secret())).isPresent();
            tokens.revoke(account.id(), two.token().id());
            assertThat(tokens.authenticate(two.secret())).as("revoked").isEmpty();
            Tokens.Issued three = tokens.issue(account, "c", Set.of(Scope.BUDGET), Duration.ofDays(1));
            assertThat(tokens.authenticate(three.secret())).isPresent();
            registry.accounts().setDisabled(account.id(), true);
            assertThat(tokens.authenticate(three.secret())).as("disabled").isEmpty();
            registry.accounts().setDisabled(account.id(), false);
            assertThat(tokens.authenticate(three.secret())).isPresent();
        }
    }
}
