package dev.croft.router.oidc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.croft.router.RouterException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class DeviceLoginTest {

    private TestProvider provider;
    private final OidcHttp http = new OidcHttp(Optional.empty());
    private final List<Duration> pauses = new ArrayList<>();
    private final List<DeviceLogin.Prompt> prompts = new ArrayList<>();

    @BeforeEach
    void start() throws Exception {
        provider = new TestProvider(Clock.systemUTC());
        provider.idToken = provider.sign(provider.claims("ana", "people").build());
    }

    @AfterEach
    void stop() {
        provider.close();
        http.close();
    }

    private String login() throws InterruptedException {
        return new DeviceLogin(http, pauses::add).run(provider.issuer(), "croft", prompts::add);
    }

    @Test
    void itWaitsAsLongAsItIsToldAndSlowsDownForGood() throws Exception {
        provider.errors.addAll(List.of("authorization_pending", "slow_down", "authorization_pending"));
        assertThat(login()).isEqualTo(provider.idToken);
        assertThat(pauses).extracting(Duration::toSeconds).containsExactly(5L, 5L, 10L, 10L);
        assertThat(prompts).singleElement().satisfies(prompt -> {
            assertThat(prompt.code()).isEqualTo("ABCD-EFGH");
            assertThat(prompt.page()).hasPath("/activate");
        });
    }

    @Test
    void aDeclinedOrForgottenLoginEnds() {
        provider.errors.add("access_denied");
        assertThatThrownBy(this::login).isInstanceOf(RouterException.Forbidden.class);
        provider.errors.add("expired_token");
        assertThatThrownBy(this::login).isInstanceOf(RouterException.Forbidden.class);
        provider.device.put("expires_in", 20);
        provider.errors.addAll(List.of("authorization_pending", "authorization_pending", "authorization_pending"));
        provider.errors.addAll(List.of("authorization_pending", "authorization_pending"));
        assertThatThrownBy(this::login).isInstanceOf(RouterException.Forbidden.class);
        assertThat(pauses.size()).isLessThan(10);
    }

    @Test
    void whatWouldHarmATerminalOrABrowserIsNotShown() {
        for (var bad : List.of(
                Map.entry("user_code", "\u001b[2Jowned"),
                Map.entry("user_code", "x".repeat(100)),
                Map.entry("verification_uri", "javascript:alert(1)"),
                Map.entry("verification_uri", "http://elsewhere.example/"),
                Map.entry("device_code", ""))) {
            Object good = provider.device.put(bad.getKey(), bad.getValue());
            assertThatThrownBy(this::login).as("%s", bad).isInstanceOf(RouterException.Unavailable.class);
            provider.device.put(bad.getKey(), String.valueOf(good));
        }
        assertThat(prompts).isEmpty();
        provider.metadata.remove("device_authorization_endpoint");
        assertThatThrownBy(this::login).isInstanceOf(RouterException.Unavailable.class);
    }
}
