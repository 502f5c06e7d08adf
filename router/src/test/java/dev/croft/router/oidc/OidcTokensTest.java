package dev.croft.router.oidc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.PlainJWT;
import com.nimbusds.jwt.SignedJWT;
import dev.croft.router.Role;
import dev.croft.router.RouterException;
import dev.croft.router.Scope;
import dev.croft.router.TestClock;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class OidcTokensTest {

    private final TestClock clock = new TestClock("2026-11-21T08:00:00Z");
    private TestProvider provider;
    private OidcTokens tokens;

    @BeforeEach
    void start() throws Exception {
        provider = new TestProvider(clock);
        Map<String, Role> roles = new LinkedHashMap<>();
        roles.put("admins", Role.OPERATOR);
        roles.put("staff", Role.ANALYST);
        roles.put("people", Role.OWNER);
        tokens = new OidcTokens(
                new OidcConfig(provider.issuer(), "croft", "croft-router", "groups", roles, Optional.empty()), clock);
    }

    @AfterEach
    void stop() {
        tokens.close();
        provider.close();
    }

    private void refused(String token) {
        assertThatThrownBy(() -> tokens.idToken(token)).isInstanceOf(RouterException.Unauthenticated.class);
        assertThatThrownBy(() -> tokens.accessToken(token)).isInstanceOf(RouterException.Unauthenticated.class);
    }

    @Test
    void aGoodIdTokenSaysWhoAndWhatRoleAndIsTakenOnce() throws Exception {
        String token = provider.sign(provider.claims("ana", "people", "staff").build());
        OidcTokens.Person person = tokens.idToken(token);
        assertThat(person.subject()).isEqualTo("ana");
        assertThat(person.role()).as("the first in the configuration").isEqualTo(Role.ANALYST);
        assertThat(person.scopes()).isEqualTo(Role.ANALYST.scopes());
        assertThatThrownBy(() -> tokens.idToken(token)).isInstanceOf(RouterException.Unauthenticated.class);
        assertThat(tokens.idToken(provider.sign(provider.claims("bo", "others").build()))
                        .role())
                .isNull();
    }

    @Test
    void whatIsNotForUsOrNotNowIsRefused() throws Exception {
        JWTClaimsSet good = provider.claims("ana", "people").build();
        Instant now = clock.instant();
        for (JWTClaimsSet bad : List.of(
                new JWTClaimsSet.Builder(good).issuer("https://other.example").build(),
                new JWTClaimsSet.Builder(good).issuer(provider.issuer() + "/").build(),
                new JWTClaimsSet.Builder(good).audience("another-client").build(),
                new JWTClaimsSet.Builder(good).audience(List.of()).build(),
                new JWTClaimsSet.Builder(good).expirationTime(null).build(),
                new JWTClaimsSet.Builder(good).issueTime(null).build(),
                new JWTClaimsSet.Builder(good).subject(null).build(),
                new JWTClaimsSet.Builder(good).subject("x".repeat(256)).build(),
                new JWTClaimsSet.Builder(good)
                        .expirationTime(Date.from(now.minusSeconds(31)))
                        .build(),
                new JWTClaimsSet.Builder(good)
                        .issueTime(Date.from(now.plusSeconds(31)))
                        .build(),
                new JWTClaimsSet.Builder(good)
                        .notBeforeTime(Date.from(now.plusSeconds(31)))
                        .build())) {
            refused(provider.sign(bad));
        }
        JWTClaimsSet old = new JWTClaimsSet.Builder(good)
                .issueTime(Date.from(now.minus(OidcTokens.FRESH).minusSeconds(1)))
                .build();
        refused(provider.sign(old));
        JWTClaimsSet two = new JWTClaimsSet.Builder(good)
                .audience(List.of("croft", "another-client"))
                .build();
        refused(provider.sign(two));
        refused(provider.sign(
                new JWTClaimsSet.Builder(two).claim("azp", "another-client").build()));
        tokens.idToken(provider.sign(
                new JWTClaimsSet.Builder(two).claim("azp", "croft").build()));
    }

    @Test
    void whatTheProviderDidNotSignIsRefused() throws Exception {
        JWTClaimsSet good = provider.claims("ana", "admins").build();
        RSAKey known = provider.published.getFirst();
        refused(TestProvider.sign(good, TestProvider.newKey("k1")));
        refused(TestProvider.sign(good, TestProvider.newKey("unknown")));
        refused(new PlainJWT(good).serialize());
        // The public key as a shared secret (RFC 8725, section 2.1).
        SignedJWT confused = new SignedJWT(
                new JWSHeader.Builder(JWSAlgorithm.HS256).keyID("k1").build(), good);
        confused.sign(new MACSigner(known.toRSAPublicKey().getEncoded()));
        refused(confused.serialize());
        // A key that comes with the token.
        RSAKey own = TestProvider.newKey("own");
        SignedJWT embedded = new SignedJWT(
                new JWSHeader.Builder(JWSAlgorithm.RS256).jwk(own.toPublicJWK()).build(), good);
        embedded.sign(new RSASSASigner(own));
        refused(embedded.serialize());
        String token = provider.sign(good);
        String[] parts = token.split("\\.");
        String other = provider.sign(provider.claims("root", "admins").build()).split("\\.")[1];
        refused(parts[0] + "." + other + "." + parts[2]);
        refused(parts[0] + "." + parts[1] + ".");
        refused("");
        refused("a.b.c");
        refused("x".repeat(1_000_000));
        refused(new String(new byte[300], StandardCharsets.US_ASCII));
        assertThat(tokens.idToken(token).subject()).isEqualTo("ana");
    }

    @Test
    void aNewKeyCountsAtOnceAndAnOldOneEndsWhenItIsNoLongerPublished() throws Exception {
        RSAKey first = provider.published.getFirst();
        tokens.idToken(provider.sign(provider.claims("a", "people").build()));
        int fetches = provider.keyFetches.get();
        for (int i = 0; i < 20; i++) {
            tokens.idToken(provider.sign(provider.claims("b" + i, "people").build()));
        }
        assertThat(provider.keyFetches).as("keys are kept").hasValue(fetches);
        RSAKey second = TestProvider.newKey("k2");
        provider.published.set(0, second);
        assertThat(tokens.idToken(provider.sign(provider.claims("c", "people").build()))
                        .subject())
                .isEqualTo("c");
        refused(TestProvider.sign(provider.claims("d", "people").build(), first));
    }

    @Test
    void aProviderThatSpeaksForAnotherOrNotAtAllIsUnavailable() throws Exception {
        String token = provider.sign(provider.claims("ana", "people").build());
        provider.metadata.put("issuer", "https://other.example");
        assertThatThrownBy(() -> tokens.idToken(token)).isInstanceOf(RouterException.Unavailable.class);
        provider.metadata.put("issuer", provider.issuer().toString());
        provider.metadata.put("jwks_uri", "http://keys.example/");
        assertThatThrownBy(() -> tokens.idToken(token)).isInstanceOf(RouterException.class);
        provider.metadata.put("jwks_uri", provider.issuer() + "/keys");
        assertThat(tokens.idToken(token).subject()).isEqualTo("ana");
        provider.close();
        clock.advance(Duration.ofHours(2));
        assertThat(tokens.idToken(provider.sign(provider.claims("bo", "people").build()))
                        .subject())
                .as("known keys count while it is away")
                .isEqualTo("bo");
    }

    @Test
    void anAccessTokenIsForThisRouterAndMayBeNarrowed() throws Exception {
        JWTClaimsSet.Builder claims = provider.claims("ana", "people").audience("croft-router");
        assertThat(tokens.accessToken(provider.sign(claims.build())).scopes()).isEqualTo(Role.OWNER.scopes());
        assertThat(tokens.accessToken(provider.sign(claims.claim("scope", "openid croft:data croft:operate")
                                .build()))
                        .scopes())
                .containsExactly(Scope.DATA);
        String token = provider.sign(claims.build());
        assertThatThrownBy(() -> tokens.idToken(token)).isInstanceOf(RouterException.Unauthenticated.class);
        assertThatThrownBy(() -> tokens.accessToken(
                        provider.sign(provider.claims("ana", "people").build())))
                .as("an ID token")
                .isInstanceOf(RouterException.Unauthenticated.class);
    }

    @Test
    void groupsWithinClaimsAreFound() throws Exception {
        OidcConfig config = new OidcConfig(
                provider.issuer(),
                "croft",
                "croft-router",
                "realm_access.roles",
                Map.of("x", Role.OWNER),
                Optional.empty());
        try (OidcTokens nested = new OidcTokens(config, clock)) {
            JWTClaimsSet claims = provider.claims("ana")
                    .claim("realm_access", Map.of("roles", List.of("y", "x")))
                    .build();
            assertThat(nested.idToken(provider.sign(claims)).role()).isEqualTo(Role.OWNER);
        }
    }
}
