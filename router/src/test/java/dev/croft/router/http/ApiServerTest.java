package dev.croft.router.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.croft.router.Role;
import dev.croft.router.Scope;
import dev.croft.router.registry.AuditTrail;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ApiServerTest {

    private TestApi api;

    @BeforeAll
    void start() {
        api = new TestApi(
                registry -> new AccountRoutes(registry, Optional.empty()).routes(),
                new ApiServer.RateLimits(100_000, 100_000, 60_000));
    }

    @AfterAll
    void stop() {
        api.close();
    }

    private static void isProblem(HttpResponse<String> answer, int status, String code) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        assertThat(answer.headers().firstValue("Content-Type").orElse("")).startsWith("application/problem+json");
        JsonNode problem = TestApi.json(answer);
        assertThat(problem.get("type").asText()).isEqualTo("https://croft.dev/problems/" + code);
        assertThat(problem.get("status").asInt()).isEqualTo(status);
    }

    @Test
    void anAccountLogsInAndUsesItsTokenUntilItRevokesIt() {
        api.registry.accounts().create("lena", Role.OWNER, "correct horse battery");
        HttpResponse<String> login =
                api.call("POST", "/api/v1/login", "", "{\"account\":\"lena\",\"password\":\"correct horse battery\"}");
        assertThat(login.statusCode()).isEqualTo(201);
        String token = TestApi.json(login).get("secret").asText();
        HttpResponse<String> me = api.call("GET", "/api/v1/account", token, "");
        assertThat(TestApi.json(me).get("name").asText()).isEqualTo("lena");
        assertThat(TestApi.json(me).get("role").asText()).isEqualTo("owner");
        assertThat(me.headers().firstValue("Cache-Control")).contains("no-store");
        String id = TestApi.json(login).get("token").get("id").asText();
        assertThat(api.call("DELETE", "/api/v1/account/tokens/" + id, token, "").statusCode())
                .isEqualTo(204);
        isProblem(api.call("GET", "/api/v1/account", token, ""), 401, "unauthenticated");
    }

    @Test
    void aWrongPasswordIsRefusedAndRecordedAndLocksInTheEnd() {
        api.registry.accounts().create("max", Role.OWNER, "correct horse battery");
        String wrong = "{\"account\":\"max\",\"password\":\"incorrect\"}";
        for (int i = 0; i < 5; i++) {
            isProblem(api.call("POST", "/api/v1/login", "", wrong), 401, "unauthenticated");
        }
        HttpResponse<String> locked = api.call("POST", "/api/v1/login", "", wrong);
        isProblem(locked, 429, "too-many-requests");
        // What is left of half a minute: hashing six passwords takes some of it on a busy machine.
        assertThat(locked.headers().firstValueAsLong("Retry-After").orElseThrow())
                .isBetween(1L, 30L);
        assertThat(api.registry.audit().list(0, 1000))
                .filteredOn(entry -> entry.subject().equals("max"))
                .extracting(AuditTrail.Entry::outcome)
                .containsOnly("unauthenticated")
                .hasSize(5);
    }

    @Test
    void aTokenMakesNoTokenThatMayDoMore() {
        String narrow = api.token("nina", Role.OWNER, Set.of(Scope.ACCOUNT));
        isProblem(
                api.call(
                        "POST",
                        "/api/v1/account/tokens",
                        narrow,
                        "{\"label\":\"x\",\"scopes\":[\"account\",\"data\"],\"seconds\":60}"),
                403,
                "forbidden");
        for (String none : List.of("", "\"scopes\":null,", "\"scopes\":[],")) {
            isProblem(
                    api.call("POST", "/api/v1/account/tokens", narrow, "{\"label\":\"x\"," + none + "\"seconds\":60}"),
                    400,
                    "invalid-request");
        }
        HttpResponse<String> same = api.call(
                "POST", "/api/v1/account/tokens", narrow, "{\"label\":\"x\",\"scopes\":[\"account\"],\"seconds\":60}");
        assertThat(TestApi.json(same).get("token").get("scopes")).hasSize(1);
    }

    @Test
    void everyRouteRefusesNoTokenAnUnknownOneAWrongRoleAndAMissingScope() {
        for (Route route : api.server.routes()) {
            String path = ApiServer.PREFIX + route.path().replaceAll("\\{[a-z]+}", "x");
            String method = route.method().name();
            if (!(route.access() instanceof Route.Access.Accounts needed)) {
                assertThat(route.path()).isIn("/login", "/login/provider");
                continue;
            }
            isProblem(api.call(method, path, "", ""), 401, "unauthenticated");
            isProblem(api.call(method, path, "croft_0123456789abcdef_" + "A".repeat(43), ""), 401, "unauthenticated");
            for (Role role : Role.values()) {
                Set<Scope> others = EnumSet.copyOf(role.scopes());
                others.remove(needed.scope());
                isProblem(
                        api.call(method, path, api.token(role.name().toLowerCase(Locale.ROOT), role, others), ""),
                        403,
                        "forbidden");
                if (!needed.roles().contains(role)) {
                    isProblem(
                            api.call(method, path, api.token(role.name().toLowerCase(Locale.ROOT), role), ""),
                            403,
                            "forbidden");
                }
            }
        }
    }

    @Test
    void whatIsNoRouteIsAProblemToo() {
        isProblem(api.call("GET", "/", "", ""), 404, "not-found");
        isProblem(api.call("GET", "/api/v1/nothing", "", ""), 404, "not-found");
        isProblem(api.call("PUT", "/api/v1/login", "", ""), 405, "method-not-allowed");
        isProblem(api.call("GET", "/api/v1/%2e%2e/%2e%2e/etc/passwd", "", ""), 400, "invalid-request");
        isProblem(
                api.call("GET", "/api/v1/accounts/..%2f..%2fetc", api.token("op", Role.OPERATOR), ""),
                400,
                "invalid-request");
    }

    @Test
    void whatARouteSaysIsMissingIsSaid() {
        HttpResponse<String> answer =
                api.call("POST", "/api/v1/accounts/nobody/disable", api.token("asks", Role.OPERATOR), "");
        isProblem(answer, 404, "not-found");
        assertThat(TestApi.json(answer).get("detail").asText()).isEqualTo("no such account");
    }

    @Test
    void garbageIsRefusedWithTheReasonAndWithoutRepeatingIt() {
        String operator = api.token("op", Role.OPERATOR);
        for (String body : List.of(
                "secret-garbage",
                "{",
                "[]",
                "null",
                "\"text\"",
                "{\"name\":\"x\"}",
                "{\"name\":7,\"role\":\"owner\"}",
                "{\"name\":\"x\",\"role\":\"emperor\"}",
                "{\"name\":\"x\",\"role\":1}",
                "{\"name\":\"x\",\"role\":\"owner\",\"more\":1}",
                "{\"name\":\"x\",\"name\":\"y\",\"role\":\"owner\"}",
                "{\"name\":\"x\",\"role\":\"owner\"} {}",
                "{\"name\":\"../x\",\"role\":\"owner\"}",
                "\u0000\u0001\u0002",
                "[".repeat(10_000),
                "{\"a\":".repeat(10_000))) {
            HttpResponse<String> answer = api.call("POST", "/api/v1/accounts", operator, body);
            isProblem(answer, 400, "invalid-request");
            assertThat(answer.body())
                    .doesNotContain("secret-garbage")
                    .doesNotContain("emperor")
                    .doesNotContain("dev.croft");
        }
        HttpRequest untyped = api.request("/api/v1/accounts")
                .header("Authorization", "Bearer " + operator)
                .POST(BodyPublishers.ofString("{}"))
                .build();
        isProblem(api.send(untyped), 400, "invalid-request");
    }

    @Test
    void aBodyOfAGigabyteIsRefusedAndNotRead() throws Exception {
        AtomicLong sent = new AtomicLong();
        InputStream endless = new InputStream() {
            @Override
            public int read() {
                return 'x';
            }

            @Override
            public int read(byte[] buffer, int from, int length) {
                return sent.addAndGet(length) > 1L << 30 ? -1 : length;
            }
        };
        String token = api.token("op", Role.OPERATOR);
        HttpRequest chunked = api.request("/api/v1/accounts")
                .header("Authorization", "Bearer " + token)
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofInputStream(() -> endless))
                .build();
        try {
            isProblem(api.send(chunked), 413, "too-large");
        } catch (UncheckedIOException cutOff) {
            // The server closed the connection while the client still sent: refused as well.
        }
        assertThat(sent.get()).isLessThan(64L << 20);
        HttpRequest announced = api.request("/api/v1/accounts")
                .header("Authorization", "Bearer " + token)
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.fromPublisher(BodyPublishers.ofInputStream(() -> endless), 1L << 30))
                .build();
        try {
            isProblem(api.send(announced), 413, "too-large");
        } catch (UncheckedIOException cutOff) {
            // as above
        }
    }

    @Test
    void requestsBeyondTheLimitWait() {
        try (TestApi slow = new TestApi(
                registry -> new AccountRoutes(registry, Optional.empty()).routes(),
                new ApiServer.RateLimits(1000, 2, 3))) {
            String token = slow.token("op", Role.OPERATOR);
            for (int i = 0; i < 4; i++) {
                assertThat(slow.call("GET", "/api/v1/account", token, "").statusCode())
                        .isIn(200, 429);
            }
            HttpResponse<String> limited = slow.call("GET", "/api/v1/account", token, "");
            for (int i = 0; i < 20 && limited.statusCode() != 429; i++) {
                limited = slow.call("GET", "/api/v1/account", token, "");
            }
            isProblem(limited, 429, "too-many-requests");
            assertThat(limited.headers().firstValue("Retry-After")).isPresent();
        }
    }
}
