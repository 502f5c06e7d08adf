package dev.croft.router;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import dev.croft.router.http.AccountRoutes;
import dev.croft.router.http.ApiServer;
import dev.croft.router.http.CloudRoutes;
import dev.croft.router.http.QueryRoutes;
import dev.croft.router.http.ServiceRoutes;
import dev.croft.router.placement.Outputs;
import dev.croft.router.placement.ServiceDefinition;
import dev.croft.router.query.QueryAnswer;
import dev.croft.router.query.QueryJson;
import dev.croft.router.query.QueryRequest;
import dev.croft.router.registry.Account;
import dev.croft.router.registry.ApiToken;
import dev.croft.router.registry.AuditTrail;
import dev.croft.router.registry.CatalogueEntry;
import dev.croft.router.registry.Host;
import dev.croft.router.registry.Launch;
import dev.croft.router.registry.PrivateCloud;
import dev.croft.router.tls.Tls;
import dev.croft.vault.api.BudgetPolicy;
import dev.croft.vault.api.CloudStatus;
import dev.croft.vault.api.OwnerKey;
import dev.croft.vault.api.Passphrase;
import dev.croft.vault.api.PmClient;
import dev.croft.vault.api.PmRoute;
import dev.croft.vault.api.RequestProof;
import dev.croft.vault.api.Signer;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A client of a router's API, with the token of one account. Methods block and throw {@link Refused} for a problem that the router
 * answers with, and {@link RouterException.Unavailable} without an answer. Thread-safe.
 */
public final class RouterClient implements AutoCloseable {

    private static final int MOST_ANSWER = 64 << 20;
    private static final Duration TIMEOUT = Duration.ofMinutes(2);

    private final HttpClient http;
    private final URI base;
    private final String token;

    /** A problem that the router answered with. */
    public static final class Refused extends RuntimeException {
        private final int status;
        private final String code;

        Refused(int status, String code, String detail) {
            super(code + ": " + detail);
            this.status = status;
            this.code = code;
        }

        /** The HTTP status. */
        public int status() {
            return status;
        }

        /** The last part of the problem's type. */
        public String code() {
            return code;
        }
    }

    private RouterClient(HttpClient http, URI base, String token) {
        this.http = http;
        this.base = base;
        this.token = token;
    }

    /**
     * A client of a router whose certificate is signed by one in this PEM file.
     *
     * @param router such as {@code https://localhost:8443}
     * @param token {@code croft_…}; empty for what needs none
     */
    public static RouterClient of(URI router, Path trust, String token) {
        HttpClient http = HttpClient.newBuilder()
                .sslContext(Tls.trusting(trust))
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(Duration.ofSeconds(10))
                .build();
        return new RouterClient(http, router.resolve(ApiServer.PREFIX), token);
    }

    /** The same router with another account's token. */
    public RouterClient as(String otherToken) {
        return new RouterClient(http, base, otherToken);
    }

    // ---- accounts

    public boolean healthy() {
        return "ok"
                .equals(get("/health", new TypeReference<Map<String, String>>() {})
                        .get("status"));
    }

    /** Logs in; {@link AccountRoutes.IssuedToken#secret} is for {@link #as}. */
    public AccountRoutes.IssuedToken login(String account, String password) {
        return post("/login", new AccountRoutes.Login(account, password), new TypeReference<>() {});
    }

    /** The identity provider whose people this router lets in. */
    public AccountRoutes.Provider provider() {
        return get("/login/provider", new TypeReference<>() {});
    }

    /** Logs in with an ID token of that provider, issued a moment ago. */
    public AccountRoutes.IssuedToken loginByProvider(String idToken) {
        return post("/login/provider", new AccountRoutes.ProviderLogin(idToken), new TypeReference<>() {});
    }

    public Account account() {
        return get("/account", new TypeReference<>() {});
    }

    public void changePassword(String password) {
        call("PUT", "/account/password", Json.write(new AccountRoutes.PasswordChange(password)));
    }

    public List<ApiToken> tokens() {
        return get("/account/tokens", new TypeReference<>() {});
    }

    /** @param scopes those of the token in use when {@code null} */
    public AccountRoutes.IssuedToken issueToken(String label, @Nullable Set<Scope> scopes, Duration lifetime) {
        return post(
                "/account/tokens",
                new AccountRoutes.NewToken(label, scopes, lifetime.toSeconds()),
                new TypeReference<>() {});
    }

    public void revokeToken(String id) {
        call("DELETE", "/account/tokens/" + id, null);
    }

    public List<Account> accounts() {
        return get("/accounts?limit=1000", new TypeReference<>() {});
    }

    public Account createAccount(String name, Role role, @Nullable String password) {
        return post("/accounts", new AccountRoutes.NewAccount(name, role, password), new TypeReference<>() {});
    }

    /** A token for another account; for operators. */
    public AccountRoutes.IssuedToken issueTokenFor(String account, String label, Duration lifetime) {
        return post(
                "/accounts/" + account + "/tokens",
                new AccountRoutes.NewToken(label, null, lifetime.toSeconds()),
                new TypeReference<>() {});
    }

    public void setDisabled(String account, boolean disabled) {
        call("POST", "/accounts/" + account + (disabled ? "/disable" : "/enable"), new byte[0]);
    }

    public List<AuditTrail.Entry> audit(long after, int limit) {
        return get("/audit?after=" + after + "&limit=" + limit, new TypeReference<>() {});
    }

    public List<Host> hosts() {
        return get("/hosts", new TypeReference<>() {});
    }

    // ---- private clouds

    public List<PrivateCloud> clouds() {
        return get("/clouds", new TypeReference<>() {});
    }

    public PrivateCloud cloud(String id) {
        return get("/clouds/" + id, new TypeReference<>() {});
    }

    /** Records a private cloud; the owner's key is then brought with {@link #bringKey}. */
    public PrivateCloud createCloud(String id, String label, PrivateCloud.Hosting hosting) {
        return post("/clouds", new CloudRoutes.NewCloud(id, label, hosting), new TypeReference<>() {});
    }

    /** The public keys of the hosts that a private cloud may live on. */
    public List<String> hostKeys(String id) {
        return get("/clouds/" + id + "/host-keys", new TypeReference<>() {});
    }

    /**
     * Brings an owner's key, sealed so that only the private cloud's hosts can read it: makes a private cloud that was recorded, or
     * unlocks one that is there. It is awake then.
     *
     * @param budget of a new private cloud; {@code null} for the standard
     * @param passphrase of a new private cloud, if its key is made from one
     */
    public CloudStatus bringKey(OwnerKey key, @Nullable BudgetPolicy budget, @Nullable Passphrase passphrase) {
        String id = key.cloudId();
        PmClient pm = pm(id);
        PrivateCloud cloud = cloud(id);
        if (cloud.state() == PrivateCloud.State.CREATING) {
            CloudStatus made = pm.create(key, budget, passphrase);
            if (cloud.hosting() == PrivateCloud.Hosting.SHARED) {
                return made;
            }
        }
        List<String> hosts = cloud.hosting() == PrivateCloud.Hosting.SHARED ? List.of() : hostKeys(id);
        return pm.unlock(key, hosts);
    }

    /** Wakes a private cloud and says what it is doing now: {@code awake}, or {@code locked} until its key is brought. */
    public String wake(String id) {
        return post("/clouds/" + id + "/wake", null, new TypeReference<Map<String, String>>() {})
                .getOrDefault("state", "");
    }

    public void hibernate(String id) {
        call("POST", "/clouds/" + id + "/hibernate", new byte[0]);
    }

    /** Deletes a private cloud with everything in it. Only its owner's key can sign for that. */
    public void deleteCloud(Signer owner) {
        String proof = owner.proof(
                PmRoute.CLOUD_DELETE.method(),
                PmRoute.CLOUD_DELETE.path(owner.cloud()),
                RequestProof.sha256().digest());
        HttpRequest request = request("/clouds/" + owner.cloud())
                .header("Authorization", "Bearer " + proof)
                .DELETE()
                .build();
        read(send(request));
    }

    /** The permission manager of a private cloud, relayed: the token goes to the router and each proof to the permission manager. */
    public PmClient pm(String cloudId) {
        return new PmClient(
                http,
                URI.create(base + "/clouds/" + cloudId + "/pm"),
                Map.of(ApiServer.TOKEN_HEADER, token),
                Duration.ofMinutes(5));
    }

    /** The key that grants for queries across people name as their holder: Ed25519, base64url. */
    public String coordinatorKey() {
        return get("/coordinator", new TypeReference<Map<String, String>>() {}).getOrDefault("publicKey", "");
    }

    /** Takes part in queries of a computation from now on, under that grant. */
    public void enrol(String cloudId, String computation, String grantId) {
        call(
                "PUT",
                "/clouds/" + cloudId + "/enrolments/" + computation,
                Json.write(new CloudRoutes.NewEnrolment(grantId)));
    }

    public Map<String, String> enrolments(String cloudId) {
        return get("/clouds/" + cloudId + "/enrolments", new TypeReference<>() {});
    }

    public void withdraw(String cloudId, String computation) {
        call("DELETE", "/clouds/" + cloudId + "/enrolments/" + computation, null);
    }

    // ---- services

    public List<CatalogueEntry> services() {
        return get("/services", new TypeReference<>() {});
    }

    public CatalogueEntry service(String name, String version) {
        return get("/services/" + name + "/" + version, new TypeReference<>() {});
    }

    /** @param program digest of the service's files or image, without its command */
    public CatalogueEntry publish(String name, String version, String program, ServiceDefinition definition) {
        return post(
                "/services",
                new ServiceRoutes.NewService(name, version, program, definition),
                new TypeReference<>() {});
    }

    public void withdrawService(String name, String version) {
        call("DELETE", "/services/" + name + "/" + version, null);
    }

    /**
     * Queues a launch.
     *
     * @param version the newest when {@code null}
     * @param input JSON for the service; {@code {}} when {@code null}
     */
    public Launch launch(
            String cloudId, String service, @Nullable String version, String grantId, @Nullable JsonNode input) {
        return post(
                "/clouds/" + cloudId + "/launches",
                new ServiceRoutes.NewLaunch(service, version, grantId, input),
                new TypeReference<>() {});
    }

    public List<Launch> launches(String cloudId) {
        return get("/clouds/" + cloudId + "/launches", new TypeReference<>() {});
    }

    public Launch launch(String cloudId, String launchId) {
        return get("/clouds/" + cloudId + "/launches/" + launchId, new TypeReference<>() {});
    }

    public Launch pause(String cloudId, String launchId) {
        return post("/clouds/" + cloudId + "/launches/" + launchId + "/pause", null, new TypeReference<>() {});
    }

    public Launch resume(String cloudId, String launchId) {
        return post("/clouds/" + cloudId + "/launches/" + launchId + "/resume", null, new TypeReference<>() {});
    }

    public Launch stop(String cloudId, String launchId) {
        return post("/clouds/" + cloudId + "/launches/" + launchId + "/stop", null, new TypeReference<>() {});
    }

    /** What a launch printed; {@code follow} goes on until it ends. The caller closes it. */
    public InputStream logs(String cloudId, String launchId, boolean follow) {
        HttpRequest.Builder request =
                authorized("/clouds/" + cloudId + "/launches/" + launchId + "/logs?follow=" + follow);
        HttpResponse<InputStream> answer = send(request.GET().build());
        if (answer.statusCode() / 100 != 2) {
            read(answer);
        }
        return answer.body();
    }

    /** What a launch that has ended left in its output; kept for an hour. */
    public List<Outputs.OutputFile> outputs(String cloudId, String launchId) {
        return get("/clouds/" + cloudId + "/launches/" + launchId + "/output", new TypeReference<>() {});
    }

    /** One file of what a launch left. The caller closes it. */
    public InputStream output(String cloudId, String launchId, String name) {
        String path = "/clouds/" + cloudId + "/launches/" + launchId + "/output/"
                + URLEncoder.encode(name, StandardCharsets.UTF_8).replace("+", "%20");
        HttpResponse<InputStream> answer = send(authorized(path).GET().build());
        if (answer.statusCode() / 100 != 2) {
            read(answer);
        }
        return answer.body();
    }

    // ---- queries

    public QueryRoutes.Price price(QueryRequest query) {
        return QueryJson.read(call("POST", "/queries/price", bytes(query)), QueryRoutes.Price.class);
    }

    /** Begins a query. */
    public Asked ask(QueryRequest query) {
        return Asked.of(call("POST", "/queries", bytes(query)));
    }

    public Asked query(String id) {
        return Asked.of(call("GET", "/queries/" + id, null));
    }

    /** Waits until a query has its answer or has failed, looking a few times a second. */
    public Asked await(String id, Duration timeout) throws InterruptedException {
        Instant end = Instant.now().plus(timeout);
        Asked asked = query(id);
        while (asked.answer() == null
                && !asked.state().equals("failed")
                && Instant.now().isBefore(end)) {
            Thread.sleep(Duration.ofMillis(100));
            asked = query(id);
        }
        return asked;
    }

    private static byte[] bytes(QueryRequest query) {
        return QueryJson.write(query).getBytes(StandardCharsets.UTF_8);
    }

    /**
     * A query and how far it is.
     *
     * @param state {@code offering}, {@code reserving}, {@code running}, {@code settling}, {@code abandoning}, {@code answered}, {@code failed}
     */
    public record Asked(
            String id,
            String state,
            @Nullable QueryAnswer answer,
            @Nullable String problem) {
        private static Asked of(byte[] json) {
            JsonNode node = QueryJson.read(json, JsonNode.class);
            JsonNode answer = node.path("answer");
            return new Asked(
                    node.path("id").asText(),
                    node.path("state").asText(),
                    answer.isObject() ? QueryJson.read(answer.toString(), QueryAnswer.class) : null,
                    node.path("problem").isTextual() ? node.path("problem").asText() : null);
        }
    }

    // ---- budget

    /** Blocks and claims, with this account's token. */
    public BudgetClient budget() {
        return new BudgetClient(this);
    }

    /** The answer to a call, as JSON. */
    JsonNode json(String method, String path, @Nullable JsonNode body) {
        byte[] sent = body == null ? method.equals("POST") ? new byte[0] : null : Json.write(body);
        return parse(call(method, path, sent), new TypeReference<>() {});
    }

    // ---- transport

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(base + path)).timeout(TIMEOUT).header(ApiServer.TOKEN_HEADER, token);
    }

    private HttpRequest.Builder authorized(String path) {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create(base + path)).timeout(TIMEOUT);
        return token.isEmpty() ? request : request.header("Authorization", "Bearer " + token);
    }

    private <T> T get(String path, TypeReference<T> type) {
        return parse(call("GET", path, null), type);
    }

    private <T> T post(String path, @Nullable Object body, TypeReference<T> type) {
        return parse(call("POST", path, body == null ? new byte[0] : Json.write(body)), type);
    }

    private static <T> T parse(byte[] json, TypeReference<T> type) {
        try {
            return Json.shared().readValue(json, type);
        } catch (IOException e) {
            throw new RouterException.Unavailable("the router's answer is not as documented", e);
        }
    }

    private byte[] call(String method, String path, byte @Nullable [] body) {
        HttpRequest.Builder request = authorized(path);
        if (body == null) {
            request.method(method, BodyPublishers.noBody());
        } else {
            request.header("Content-Type", "application/json").method(method, BodyPublishers.ofByteArray(body));
        }
        return read(send(request.build()));
    }

    private HttpResponse<InputStream> send(HttpRequest request) {
        try {
            return http.send(request, BodyHandlers.ofInputStream());
        } catch (IOException e) {
            throw new RouterException.Unavailable(
                    e.getMessage() == null
                            ? "the router does not answer"
                            : "the router does not answer: " + e.getMessage(),
                    e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RouterException.Unavailable("interrupted", e);
        }
    }

    private static byte[] read(HttpResponse<InputStream> answer) {
        try (InputStream in = answer.body()) {
            byte[] body = in.readNBytes(MOST_ANSWER);
            if (answer.statusCode() / 100 == 2) {
                return body;
            }
            JsonNode problem = body.length == 0 ? null : Json.shared().readTree(body);
            String type = problem == null ? "" : problem.path("type").asText();
            throw new Refused(
                    answer.statusCode(),
                    type.substring(type.lastIndexOf('/') + 1),
                    problem == null ? "" : problem.path("detail").asText());
        } catch (IOException e) {
            throw new RouterException.Unavailable("the router's answer broke off", e);
        }
    }

    @Override
    public void close() {
        http.close();
    }
}
