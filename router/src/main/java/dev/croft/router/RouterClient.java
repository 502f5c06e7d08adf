package dev.croft.router;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import dev.croft.router.audit.OperatorLog;
import dev.croft.router.fleet.Joining;
import dev.croft.router.http.AccountRoutes;
import dev.croft.router.http.ApiServer;
import dev.croft.router.http.CloudRoutes;
import dev.croft.router.http.PolicyRoutes;
import dev.croft.router.http.QueryRoutes;
import dev.croft.router.http.RouterRoutes;
import dev.croft.router.http.ServiceRoutes;
import dev.croft.router.lifecycle.AccountPolicy;
import dev.croft.router.lifecycle.Explanation;
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
import dev.croft.router.tls.Identity;
import dev.croft.router.tls.IssuedCertificate;
import dev.croft.router.tls.Tls;
import dev.croft.vault.api.BudgetPolicy;
import dev.croft.vault.api.CloudStatus;
import dev.croft.vault.api.OwnerKey;
import dev.croft.vault.api.Passphrase;
import dev.croft.vault.api.PmClient;
import dev.croft.vault.api.PmRoute;
import dev.croft.vault.api.ProblemCode;
import dev.croft.vault.api.ProblemException;
import dev.croft.vault.api.Replicas;
import dev.croft.vault.api.RequestProof;
import dev.croft.vault.api.Signer;
import java.io.InputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A client of a router's API, with the token of one account. Methods block and throw {@link Refused} for a problem that the router
 * answers with, and {@link RouterException.Unavailable} without an answer. Thread-safe.
 */
public final class RouterClient extends RouterCalls {

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
        super(http, base, token);
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

    /** The certificates that the installation issued to its parts. */
    public List<IssuedCertificate> certificates() {
        return get("/certificates", new TypeReference<>() {});
    }

    /** Revokes one, by its serial number in hexadecimal. */
    public List<IssuedCertificate> revokeCertificate(String serial) {
        return post("/certificates/" + segment(serial) + "/revoke", null, new TypeReference<>() {});
    }

    /** Begins to renew the installation's authority; what to trust from now on, as PEM. */
    public byte[] renewAuthority() {
        try {
            String serial =
                    Identity.certificates(trust()).getFirst().getSerialNumber().toString(16);
            return call("POST", "/certificates/" + serial + "/renew", new byte[0]);
        } catch (GeneralSecurityException e) {
            throw new RouterException.Unavailable("the router's answer is not as documented", e);
        }
    }

    /** What clients of the installation trust, as PEM. */
    public byte[] trust() {
        return call("GET", "/certificates/trust", null);
    }

    /** Serial numbers of what the router revoked, hexadecimal. */
    public Set<String> revoked() {
        return new String(call("GET", "/certificates/revoked", null), StandardCharsets.US_ASCII)
                .lines()
                .collect(Collectors.toSet());
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

    /** @param scopes what it may be used for, and nothing else: at least one, none that the token in use lacks */
    public AccountRoutes.IssuedToken issueToken(String label, Set<Scope> scopes, Duration lifetime) {
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
    public AccountRoutes.IssuedToken issueTokenFor(String account, String label, Set<Scope> scopes, Duration lifetime) {
        return post(
                "/accounts/" + account + "/tokens",
                new AccountRoutes.NewToken(label, scopes, lifetime.toSeconds()),
                new TypeReference<>() {});
    }

    public void setDisabled(String account, boolean disabled) {
        call("POST", "/accounts/" + account + (disabled ? "/disable" : "/enable"), new byte[0]);
    }

    public List<AuditTrail.Entry> audit(long after, int limit) {
        return get("/audit?after=" + after + "&limit=" + limit, new TypeReference<>() {});
    }

    /** What was done at this router that concerns the account, from a record of the operator's capsule on. */
    public OperatorLog.Page acts(long from) {
        return get("/account/acts?from=" + from, new TypeReference<>() {});
    }

    /** The routers of this installation, for operators. */
    public List<RouterRoutes.RouterView> routers() {
        return get("/routers", new TypeReference<>() {});
    }

    /** Lets a router join, once and within a day. */
    public RouterRoutes.Invited invite(String name, int weight) {
        return post("/routers/invitations", new RouterRoutes.NewInvitation(name, weight), new TypeReference<>() {});
    }

    /** Has a router give away what it has, or stop doing so. */
    public void drain(String router, boolean draining) {
        call("POST", "/routers/" + router + (draining ? "/drain" : "/undrain"), new byte[0]);
    }

    /**
     * Takes a router out of the installation.
     *
     * @param lost whether its private clouds without replicas are given up
     */
    public void remove(String router, boolean lost) {
        call("DELETE", "/routers/" + router + (lost ? "?force=true" : ""), null);
    }

    /** What a router that joins says to the one that invited it. */
    public Joining.Answer join(Joining.Request request) {
        return post("/routers/join", request, new TypeReference<>() {});
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

    /** Where the account's private clouds are kept besides their host; {@code null} if nowhere. */
    public @Nullable Replicas replicas() {
        return get("/account/replicas", new TypeReference<PolicyRoutes.AccountReplicas>() {})
                .replicas();
    }

    /** @param replicas {@code null}: as the installation has it */
    public @Nullable Replicas setReplicas(@Nullable Replicas replicas) {
        return parse(
                        call("PUT", "/account/replicas", Json.write(new PolicyRoutes.AccountReplicas(replicas))),
                        new TypeReference<PolicyRoutes.AccountReplicas>() {})
                .replicas();
    }

    /** Why a private cloud is awake, or why it sleeps. */
    public Explanation explain(String id) {
        return get("/clouds/" + id + "/lifecycle", new TypeReference<>() {});
    }

    /** When an account's private clouds sleep; for operators. */
    public AccountPolicy policy(String account) {
        return get("/accounts/" + account + "/policy", new TypeReference<>() {});
    }

    public AccountPolicy setPolicy(String account, AccountPolicy policy) {
        return parse(call("PUT", "/accounts/" + account + "/policy", Json.write(policy)), new TypeReference<>() {});
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
     * unlocks one that is there. It is awake then. One that its host has lost is filled from the account's replicas.
     *
     * @param budget of a new private cloud; {@code null} for the standard
     * @param passphrase of a new private cloud, if its key is made from one
     */
    public CloudStatus bringKey(OwnerKey key, @Nullable BudgetPolicy budget, @Nullable Passphrase passphrase) {
        return bringKey(key, budget, passphrase, replicas(), false);
    }

    /**
     * As the other.
     *
     * @param replicas where a private cloud that is made is kept besides; if they hold it already it goes on from there
     * @param restore whether they must
     */
    public CloudStatus bringKey(
            OwnerKey key,
            @Nullable BudgetPolicy budget,
            @Nullable Passphrase passphrase,
            @Nullable Replicas replicas,
            boolean restore) {
        String id = key.cloudId();
        PmClient pm = pm(id);
        PrivateCloud cloud = cloud(id);
        boolean shared = cloud.hosting() == PrivateCloud.Hosting.SHARED;
        if (cloud.state() == PrivateCloud.State.CREATING) {
            CloudStatus made = pm.create(key, budget, passphrase, replicas, restore);
            if (shared) {
                return made;
            }
        }
        try {
            return pm.unlock(key, shared ? List.of() : hostKeys(id));
        } catch (ProblemException e) {
            if (e.code() != ProblemCode.UNKNOWN_CLOUD || replicas == null) {
                throw e;
            }
            CloudStatus filled = pm.create(key, budget, passphrase, replicas, true);
            return shared ? filled : pm.unlock(key, hostKeys(id));
        }
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

    private static String segment(String name) {
        return URLEncoder.encode(name, StandardCharsets.UTF_8).replace("+", "%20");
    }

    /** One file of what a launch left. The caller closes it. */
    public InputStream output(String cloudId, String launchId, String name) {
        return output(cloudId, launchId, name, 0, "").content();
    }

    /**
     * What is left of a file.
     *
     * @param from the first byte: the one that was asked for, or 0 when the file is another by now
     * @param content ends with an {@link java.io.IOException} if it breaks off; the caller closes it
     */
    public record Rest(long from, InputStream content) {}

    /**
     * The rest of one file of what a launch left.
     *
     * @param from how many bytes are there already
     * @param tag {@link Outputs.OutputFile#tag} of the file that they are of
     */
    public Rest output(String cloudId, String launchId, String name, long from, String tag) {
        String path = "/clouds/" + cloudId + "/launches/" + launchId + "/output/" + segment(name);
        HttpRequest.Builder request = authorized(path).GET();
        if (from > 0) {
            request.header("Range", "bytes=" + from + "-").header("If-Range", "\"" + tag + "\"");
        }
        HttpResponse<InputStream> answer = send(request.build());
        if (answer.statusCode() / 100 != 2) {
            read(answer);
        }
        return new Rest(answer.statusCode() == 206 ? from : 0, answer.body());
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
}
