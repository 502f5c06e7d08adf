package dev.croft.app.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.croft.app.server.Backend;
import dev.croft.app.server.Home;
import dev.croft.app.server.LocalServer;
import dev.croft.router.Role;
import dev.croft.router.RouterClient;
import dev.croft.router.RouterConfig;
import dev.croft.router.oidc.OidcConfig;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Keycloak as it is, with the realm that {@code examples/keycloak} has for copying, and a person who approves in Chromium.
 * {@code -Dcroft.keycloak=ZIP} names its distribution, as {@code mvn -Pkeycloak} does.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(value = 20, unit = TimeUnit.MINUTES)
class KeycloakIT {
    private static final String PASSWORD = "correct horse battery";

    @TempDir
    static Path folder;

    private Keycloak keycloak;
    private LocalServer server;
    private RouterClient operator;

    @BeforeAll
    @Timeout(value = 10, unit = TimeUnit.MINUTES)
    void start() throws Exception {
        String distribution = System.getProperty("croft.keycloak", "");
        Assumptions.assumeTrue(!distribution.isEmpty(), "-Pkeycloak runs Keycloak");
        Path examples = Path.of("..", "examples", "keycloak");
        keycloak = Keycloak.start(Path.of(distribution), folder, examples.resolve("croft-realm.json"));
        for (String group : List.of("residents", "analysts")) {
            person(group.equals("residents") ? "ida" : "ann", group);
        }
        person("nobody", "");
        String description = Files.readString(examples.resolve("croft-oidc.json"))
                .replace("https://sso.example.org/realms/croft", keycloak.issuer());
        Home home = new Home(folder.resolve("home"));
        server = LocalServer.start(
                home,
                RouterConfig.embedded(home.router())
                        .withServicesDirectory(home.services())
                        .withListen("127.0.0.1", 0)
                        .withOidc(OidcConfig.read(Files.writeString(folder.resolve("oidc.json"), description))),
                Backend.PROCESS,
                false,
                _ -> {});
        operator = server.operator();
        // What scripts of people log in as; the realm's own client lets nobody do so by password.
        for (String client : List.of("script", "stranger", "short")) {
            String id = keycloak.admin(
                            "POST",
                            "/clients",
                            Map.of(
                                    "clientId",
                                    client,
                                    "publicClient",
                                    true,
                                    "directAccessGrantsEnabled",
                                    true,
                                    "attributes",
                                    client.equals("short") ? Map.of("access.token.lifespan", "1") : Map.of()))
                    .asText();
            for (JsonNode mapper : mappers()) {
                if (!client.equals("stranger") || !mapper.path("name").asText().equals("croft-router")) {
                    ((ObjectNode) mapper).remove("id");
                    keycloak.admin("POST", "/clients/" + id + "/protocol-mappers/models", mapper);
                }
            }
        }
    }

    private JsonNode mappers() throws Exception {
        return keycloak.admin("GET", "/clients?clientId=croft", "").get(0).path("protocolMappers");
    }

    private String person(String name, String group) throws Exception {
        return keycloak.admin(
                        "POST",
                        "/users",
                        Map.of(
                                "username",
                                name,
                                "enabled",
                                true,
                                "firstName",
                                name,
                                "lastName",
                                name,
                                "email",
                                name + "@example.org",
                                "emailVerified",
                                true,
                                "groups",
                                group.isEmpty() ? List.of() : List.of(group),
                                "credentials",
                                List.of(Map.of("type", "password", "value", PASSWORD, "temporary", false))))
                .asText();
    }

    @AfterAll
    void stop() throws Exception {
        if (server != null) {
            operator.close();
            server.close();
        }
        if (keycloak != null) {
            keycloak.close();
        }
    }

    private record Login(CompletableFuture<Integer> status, StringWriter said) {
        String page() {
            Pattern page = Pattern.compile("or open (\\S+)");
            await().atMost(Duration.ofMinutes(1))
                    .until(() -> page.matcher(said.toString()).find() || status.isDone());
            Matcher found = page.matcher(said.toString());
            assertThat(found.find()).as(said.toString()).isTrue();
            return found.group(1);
        }
    }

    private Login login() {
        StringWriter said = new StringWriter();
        String[] line = {
            "login",
            "--issuer",
            keycloak.issuer(),
            "--home",
            folder.resolve("home").toString()
        };
        return new Login(
                CompletableFuture.supplyAsync(() -> Croft.run(new PrintWriter(said), new PrintWriter(said), line)),
                said);
    }

    /** What a person does in the browser: name, password, and yes or no. */
    private static void answer(Browser browser, String page, String person, boolean yes) throws Exception {
        browser.open(page);
        browser.type("#username", person);
        browser.type("#password", PASSWORD);
        browser.click("#kc-login");
        await().atMost(Duration.ofMinutes(1))
                .untilAsserted(() -> assertThat(browser.has("[name=accept]"))
                        .as(browser.text())
                        .isTrue());
        browser.click(yes ? "[name=accept]" : "[name=cancel]");
        await().atMost(Duration.ofMinutes(1)).until(() -> !browser.has("[name=accept]"));
    }

    private Role role(String token) {
        return operator.as(token).account().role();
    }

    private void refused(String token) {
        assertThat(token).isNotEmpty();
        assertThatThrownBy(() -> role(token))
                .isInstanceOf(RouterClient.Refused.class)
                .hasMessageContaining("unauthenticated");
    }

    @Test
    void aPersonApprovesInABrowserWhatTheTerminalAsksFor() throws Exception {
        Optional<Path> driver = Browser.driver();
        Assumptions.assumeTrue(driver.isPresent(), "there is no chromedriver on the PATH");
        try (Browser browser = Browser.start(driver.get(), folder.resolve("browser"))) {
            Login login = login();
            answer(browser, login.page(), "ida", true);
            assertThat(login.status().get(2, TimeUnit.MINUTES))
                    .as(login.said().toString())
                    .isZero();
            assertThat(login.said().toString()).contains("ida, until ");
            assertThat(role(Files.readString(folder.resolve("home/tokens/ida")).strip()))
                    .isEqualTo(Role.OWNER);

            browser.forget();
            Login declined = login();
            answer(browser, declined.page(), "ann", false);
            assertThat(declined.status().get(2, TimeUnit.MINUTES)).isEqualTo(4);
            assertThat(declined.said().toString()).contains("declined");

            browser.forget();
            Login without = login();
            answer(browser, without.page(), "nobody", true);
            assertThat(without.status().get(2, TimeUnit.MINUTES)).isEqualTo(4);
            assertThat(without.said().toString()).contains("in no group");
        }
    }

    @Test
    void anAccessTokenIsABearerTokenForWhomAndAsLongAsItIsMeant() throws Exception {
        assertThat(role(keycloak.accessToken("croft", "script", "ann", PASSWORD)))
                .isEqualTo(Role.ANALYST);
        // Without the audience, of another realm, unsigned, and of a client of the realm that is not asked to let
        // people in by password.
        refused(keycloak.accessToken("croft", "stranger", "ann", PASSWORD));
        String good = keycloak.accessToken("croft", "script", "ida", PASSWORD);
        assertThat(role(good)).isEqualTo(Role.OWNER);
        refused(good.substring(0, good.length() - 8) + "AAAAAAAA");
        refused(good.substring(0, good.lastIndexOf('.') + 1));
        assertThat(keycloak.accessToken("croft", "croft", "ida", PASSWORD)).isEmpty();
    }

    @Test
    void anExpiredTokenIsRefused() throws Exception {
        String token = keycloak.accessToken("croft", "short", "ida", PASSWORD);
        // Clocks may differ by half a minute.
        await().atMost(Duration.ofMinutes(2))
                .pollInterval(Duration.ofSeconds(2))
                .untilAsserted(() -> refused(token));
    }

    @Test
    void aKeyThatTheProviderTakesUpIsBelievedFromItsFirstToken() throws Exception {
        String before = keycloak.accessToken("croft", "script", "ida", PASSWORD);
        assertThat(role(before)).isEqualTo(Role.OWNER);
        keycloak.admin(
                "POST",
                "/components",
                Map.of(
                        "name", "next",
                        "providerId", "rsa-generated",
                        "providerType", "org.keycloak.keys.KeyProvider",
                        "config",
                                Map.of(
                                        "priority", List.of("1000"),
                                        "enabled", List.of("true"),
                                        "active", List.of("true"),
                                        "algorithm", List.of("RS256"))));
        String after = keycloak.accessToken("croft", "script", "ida", PASSWORD);
        assertThat(header(after)).isNotEqualTo(header(before));
        assertThat(role(after)).isEqualTo(Role.OWNER);
        assertThat(role(before)).isEqualTo(Role.OWNER);
    }

    private static String header(String token) {
        return token.substring(0, token.indexOf('.'));
    }

    @Test
    void whoIsLoggedOutOrDisabledGetsNoMoreTokens() throws Exception {
        String id = person("una", "residents");
        Map<String, String> login =
                Map.of("grant_type", "password", "client_id", "script", "username", "una", "password", PASSWORD);
        String refresh = keycloak.tokens("croft", login).path("refresh_token").asText();
        assertThat(renewed(refresh)).isNotEmpty();
        keycloak.admin("POST", "/users/" + id + "/logout", Map.of());
        assertThat(renewed(refresh)).isEmpty();

        String again = keycloak.tokens("croft", login).path("refresh_token").asText();
        assertThat(role(renewed(again))).isEqualTo(Role.OWNER);
        keycloak.admin("PUT", "/users/" + id, Map.of("enabled", false));
        assertThat(renewed(again)).isEmpty();
        assertThat(keycloak.tokens("croft", login).path("access_token").asText())
                .isEmpty();
    }

    private String renewed(String refresh) throws Exception {
        return keycloak.tokens(
                        "croft", Map.of("grant_type", "refresh_token", "client_id", "script", "refresh_token", refresh))
                .path("access_token")
                .asText();
    }
}
