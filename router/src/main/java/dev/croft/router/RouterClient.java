package dev.croft.router;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import dev.croft.router.http.ApiServer;
import dev.croft.router.http.CloudRoutes;
import dev.croft.router.http.PolicyRoutes;
import dev.croft.router.http.QueryRoutes;
import dev.croft.router.lifecycle.AccountPolicy;
import dev.croft.router.lifecycle.Explanation;
import dev.croft.router.query.QueryAnswer;
import dev.croft.router.query.QueryJson;
import dev.croft.router.query.QueryRequest;
import dev.croft.router.registry.PrivateCloud;
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
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A client of a router's API, with the token of one account. Methods block and throw {@link Refused} for a problem that the router
 * answers with, and {@link RouterException.Unavailable} without an answer. Thread-safe.
 */
public final class RouterClient extends LaunchCalls {

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

    /**
     * What is left of a file.
     *
     * @param from the first byte: the one that was asked for, or 0 when the file is another by now
     * @param content ends with an {@link java.io.IOException} if it breaks off; the caller closes it
     */
    public record Rest(long from, InputStream content) {}

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
