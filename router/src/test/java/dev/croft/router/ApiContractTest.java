package dev.croft.router;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import dev.croft.router.http.ApiServer;
import dev.croft.router.http.Route;
import dev.croft.router.tls.Tls;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Modifier;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** What holds for every route: it is documented as it is, guarded, and answers garbage with a problem of the documented set. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ApiContractTest {

    private static final Set<String> OPEN = Set.of(
            "POST /login",
            "GET /login/provider",
            "POST /login/provider",
            "GET /health",
            "GET /ready",
            "GET /openapi.yaml",
            "POST /routers/join",
            "GET /certificates/trust",
            "GET /certificates/revoked");

    private TestRouter router;
    private HttpClient http;
    private JsonNode description;
    private final Map<Role, String> full = new EnumMap<>(Role.class);

    @BeforeAll
    void start() throws IOException {
        router = new TestRouter();
        http = HttpClient.newBuilder()
                .sslContext(Tls.trusting(router.config.trustFile()))
                .version(HttpClient.Version.HTTP_1_1)
                .build();
        RouterClient operator = router.operator();
        for (Role role : Role.values()) {
            operator.createAccount("a-" + name(role), role, null);
            full.put(
                    role,
                    operator.issueTokenFor("a-" + name(role), "all", role.scopes(), Duration.ofHours(1))
                            .secret());
        }
        try (InputStream yaml = RouterServer.class.getResourceAsStream("/dev/croft/router/openapi.yaml")) {
            description = new ObjectMapper(new YAMLFactory()).readTree(yaml);
        }
    }

    @AfterAll
    void stop() {
        http.shutdownNow();
        router.close();
    }

    private static String name(Role role) {
        return role.name().toLowerCase(Locale.ROOT);
    }

    private HttpResponse<String> send(Route route, String token, byte[] body) throws Exception {
        String path = route.path().replaceAll("[{<][a-z]+[}>]", "0123456789abcdef0123456789abcdef");
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(router.uri() + ApiServer.PREFIX + path))
                .header("Content-Type", "application/json")
                .timeout(Duration.ofSeconds(60))
                .method(route.method().name(), BodyPublishers.ofByteArray(body));
        if (!token.isEmpty()) {
            request.header("Croft-Token", token);
        }
        return http.send(request.build(), BodyHandlers.ofString());
    }

    private static void isProblem(HttpResponse<String> answer, int status) throws IOException {
        assertThat(answer.statusCode())
                .as("%s %s", answer.request().uri(), answer.body())
                .isEqualTo(status);
        assertThat(answer.headers().firstValue("Content-Type").orElse("")).startsWith("application/problem+json");
        assertThat(Json.shared().readTree(answer.body()).get("status").asInt()).isEqualTo(status);
    }

    @Test
    void everyRouteRefusesNoTokenAWrongOneAWrongRoleAndAMissingScope() throws Exception {
        for (Route route : router.server.routes()) {
            String named = route.method() + " " + route.path();
            if (route.access() instanceof Route.Access.Routers) {
                isProblem(send(route, "", new byte[0]), 401);
                isProblem(send(route, full.getOrDefault(Role.OPERATOR, ""), new byte[0]), 401);
                continue;
            }
            if (!(route.access() instanceof Route.Access.Accounts needed)) {
                assertThat(OPEN).contains(named);
                continue;
            }
            isProblem(send(route, "", new byte[0]), 401);
            isProblem(send(route, "croft_0123456789abcdef_" + "A".repeat(43), new byte[0]), 401);
            for (Role role : Role.values()) {
                if (!needed.roles().contains(role)) {
                    isProblem(send(route, full.getOrDefault(role, ""), new byte[0]), 403);
                } else {
                    assertThat(role.scopes())
                            .as("%s could never be used by %s", named, role)
                            .contains(needed.scope());
                    Set<Scope> others = EnumSet.copyOf(role.scopes());
                    others.remove(needed.scope());
                    if (others.contains(Scope.ACCOUNT)) {
                        String narrow = router.client(full.getOrDefault(role, ""))
                                .issueToken("narrow", others, Duration.ofHours(1))
                                .secret();
                        isProblem(send(route, narrow, new byte[0]), 403);
                    }
                }
            }
        }
    }

    @Test
    void theDescriptionHasExactlyTheRoutesWithTheirRolesAndScopes() {
        Map<String, String> documented = new TreeMap<>();
        description
                .get("paths")
                .properties()
                .forEach(path -> path.getValue().properties().forEach(operation -> {
                    if (!operation.getKey().equals("parameters")) {
                        JsonNode scope = operation.getValue().get("x-scope");
                        Set<String> roles = new TreeSet<>();
                        operation.getValue().path("x-roles").forEach(role -> roles.add(role.asText()));
                        documented.put(
                                operation.getKey().toUpperCase(Locale.ROOT) + " " + path.getKey(),
                                operation.getValue().has("x-routers")
                                        ? "routers"
                                        : scope == null ? "anyone" : scope.asText() + " " + roles);
                    }
                }));
        Map<String, String> served = new TreeMap<>();
        for (Route route : router.server.routes()) {
            String access = switch (route.access()) {
                case Route.Access.Anyone _ -> "anyone";
                case Route.Access.Routers _ -> "routers";
                case Route.Access.Accounts accounts -> {
                    Set<String> roles = new TreeSet<>();
                    accounts.roles().forEach(role -> roles.add(name(role)));
                    yield accounts.scope().wireName() + " " + roles;
                }
            };
            served.put(route.method() + " " + route.path().replace('<', '{').replace('>', '}'), access);
        }
        assertThat(served).isEqualTo(documented);
    }

    @Test
    void everyReferenceInTheDescriptionLeadsSomewhere() {
        List<String> dangling = new ArrayList<>();
        references(description, dangling);
        assertThat(dangling).isEmpty();
    }

    private void references(JsonNode node, List<String> dangling) {
        if (node.isObject() && node.path("$ref").isTextual()) {
            String reference = node.get("$ref").asText();
            if (description.at(reference.substring(1)).isMissingNode()) {
                dangling.add(reference);
            }
        }
        node.forEach(child -> references(child, dangling));
    }

    @Test
    void everyKindOfRefusalIsADocumentedProblem() throws Exception {
        Set<String> types = new TreeSet<>();
        description.at("/components/schemas/Problem/properties/type/enum").forEach(type -> types.add(type.asText()));
        for (Class<?> kind : RouterException.class.getPermittedSubclasses()) {
            assertThat(Modifier.isFinal(kind.getModifiers())).isTrue();
            var constructor = kind.getConstructors()[0];
            Object[] arguments = new Object[constructor.getParameterCount()];
            for (int i = 0; i < arguments.length; i++) {
                Class<?> type = constructor.getParameterTypes()[i];
                arguments[i] = type == String.class
                        ? "x"
                        : type == long.class ? (Object) 1L : type == Duration.class ? Duration.ZERO : null;
            }
            RouterException refusal = (RouterException) constructor.newInstance(arguments);
            assertThat(types).contains("https://croft.dev/problems/" + refusal.code());
        }
    }

    @Test
    void garbageToEveryRouteIsAProblemOfTheDocumentedSet() throws Exception {
        Set<String> types = new TreeSet<>();
        description.at("/components/schemas/Problem/properties/type/enum").forEach(type -> types.add(type.asText()));
        Random random = new Random(7);
        byte[] noise = new byte[2000];
        random.nextBytes(noise);
        List<byte[]> garbage = List.of(
                noise,
                new byte[0],
                "[".repeat(20_000).getBytes(StandardCharsets.UTF_8),
                "{\"a\":".repeat(5000).getBytes(StandardCharsets.UTF_8),
                "{\"name\":[],\"role\":{},\"id\":7,\"label\":null,\"seconds\":1e999,\"computation\":1,\"cells\":2,\"service\":false}"
                        .getBytes(StandardCharsets.UTF_8),
                "[[{}],null]".getBytes(StandardCharsets.UTF_8),
                "{}".getBytes(StandardCharsets.UTF_8));
        for (Route route : router.server.routes()) {
            if (route.method() == Route.Method.GET || route.method() == Route.Method.DELETE) {
                continue;
            }
            Role role = switch (route.access()) {
                case Route.Access.Anyone _, Route.Access.Routers _ -> Role.OWNER;
                case Route.Access.Accounts accounts ->
                    accounts.roles().iterator().next();
            };
            for (byte[] body : garbage) {
                HttpResponse<String> answer = send(route, full.getOrDefault(role, ""), body);
                assertThat(answer.statusCode())
                        .as("%s %s", answer.request().uri(), answer.body())
                        .isBetween(400, 429);
                assertThat(types)
                        .contains(Json.shared()
                                .readTree(answer.body())
                                .get("type")
                                .asText());
                assertThat(answer.body())
                        .doesNotContain("Exception")
                        .doesNotContain("dev.croft.router")
                        .doesNotContain("/tmp/");
            }
        }
    }
}
