package dev.croft.router;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.nimbusds.jose.JOSEException;
import dev.croft.router.oidc.OidcConfig;
import dev.croft.router.oidc.TestProvider;
import java.time.Clock;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** People of an identity provider at a router. */
class ProviderLoginTest {

    private static OidcConfig config(TestProvider provider) {
        return new OidcConfig(
                provider.issuer(),
                "croft",
                "croft-router",
                "groups",
                Map.of("people", Role.OWNER, "admins", Role.OPERATOR),
                Optional.empty());
    }

    private static void refused(Runnable call, int status) {
        assertThatThrownBy(call::run)
                .isInstanceOfSatisfying(
                        RouterClient.Refused.class, e -> assertThat(e.status()).isEqualTo(status));
    }

    @Test
    void aPersonGetsAnAccountOfTheirOwnAndTheRoleOfTheirGroupAndLosesItWithTheGroup() throws Exception {
        try (TestProvider provider = new TestProvider(Clock.systemUTC());
                TestRouter router = new TestRouter(config -> config.withOidc(config(provider)));
                RouterClient anyone = router.client("")) {
            assertThat(anyone.provider().issuer()).isEqualTo(provider.issuer().toString());
            router.operator().createAccount("ana", Role.OPERATOR, null);

            String idToken = provider.sign(provider.claims("ana", "people").build());
            String first = anyone.loginByProvider(idToken).secret();
            refused(() -> anyone.loginByProvider(idToken), 401);
            var account = anyone.as(first).account();
            assertThat(account.name()).as("the local account is another").startsWith("ana-");
            assertThat(account.role()).isEqualTo(Role.OWNER);
            refused(() -> anyone.as(first).accounts(), 403);

            String second = anyone.loginByProvider(provider.sign(
                            provider.claims("ana", "admins").claim("n", 2).build()))
                    .secret();
            assertThat(anyone.as(second).account().id()).isEqualTo(account.id());
            assertThat(anyone.as(second).accounts()).isNotEmpty();

            refused(
                    () -> {
                        try {
                            anyone.loginByProvider(
                                    provider.sign(provider.claims("ana").build()));
                        } catch (JOSEException e) {
                            throw new IllegalStateException(e);
                        }
                    },
                    403);
            refused(() -> anyone.as(second).account(), 401);
        }
    }

    @Test
    void anAccessTokenIsABearerTokenUntilItsAccountIsDisabled() throws Exception {
        try (TestProvider provider = new TestProvider(Clock.systemUTC());
                TestRouter router = new TestRouter(config -> config.withOidc(config(provider)));
                RouterClient operator = router.operator()) {
            String token = provider.sign(provider.claims("Bo B.", "people")
                    .audience("croft-router")
                    .claim("scope", "croft:account croft:clouds")
                    .build());
            try (RouterClient bo = router.client(token)) {
                assertThat(bo.account().name()).isEqualTo("bo-b.");
                assertThat(bo.clouds()).isEmpty();
                refused(bo::services, 403);
                operator.setDisabled("bo-b.", true);
                refused(bo::account, 401);
            }
            refused(() -> router.client("a.b.c").account(), 401);
        }
    }

    @Test
    void aRouterWithoutAProviderHasNone() {
        try (TestRouter router = new TestRouter();
                RouterClient anyone = router.client("")) {
            refused(anyone::provider, 404);
            refused(() -> anyone.loginByProvider("a.b.c"), 404);
        }
    }
}
