package dev.croft.vault.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * Talks to a host of private clouds, directly or through whatever relays it. What needs no key is here; {@link #as} gives what the owner
 * or the holder of a grant may do.
 *
 * <p>Thread-safe; every call blocks. Calls throw {@link ProblemException} when refused, {@link RelayException} when a relay in
 * between refused, and {@link UnreachableException} without an answer.
 */
public final class PmClient implements AutoCloseable {
    private static final int MOST_ANSWER_BYTES = 256 << 20;

    private final HttpClient http;
    private final String base;
    private final Map<String, String> headers;
    private final Duration timeout;

    /**
     * A client of the host at {@code base}.
     *
     * @param base scheme, authority and, when relayed, the path under which the host's routes appear
     * @param tls who it is and whom it trusts
     */
    public PmClient(URI base, SSLContext tls) {
        this(
                HttpClient.newBuilder()
                        .sslContext(tls)
                        .version(HttpClient.Version.HTTP_1_1)
                        .connectTimeout(Duration.ofSeconds(5))
                        .build(),
                base,
                Map.of(),
                Duration.ofMinutes(2));
    }

    /**
     * A client with everything given.
     *
     * @param headers sent with each request, for a relay that asks for its own; {@code Authorization} is taken by the proof
     * @param timeout for the whole of one request
     */
    public PmClient(HttpClient http, URI base, Map<String, String> headers, Duration timeout) {
        this.http = http;
        this.base = base.toString().replaceAll("/+$", "");
        this.headers = Map.copyOf(headers);
        this.timeout = timeout;
    }

    /** The same host as {@code signer} sees it. */
    public CloudClient as(Signer signer) {
        return new CloudClient(this, signer);
    }

    /** What the host is doing. */
    public HostStatus status() {
        return call(PmRoute.HOST_STATUS, null, HostStatus.class);
    }

    /** Counters in the text format of Prometheus. */
    public String metrics() {
        var answer = send(PmRoute.HOST_METRICS.method(), PmRoute.HOST_METRICS.path(), new byte[0], null);
        return new String(answer, StandardCharsets.UTF_8);
    }

    /** Spans of traces that ended since they were last asked for, up to a thousand. */
    public List<FinishedSpan> spans() {
        return List.of(call(PmRoute.HOST_SPANS, null, FinishedSpan[].class));
    }

    /** Makes a private cloud; it is awake then. */
    public CloudStatus create(CreateCloud wanted) {
        return call(PmRoute.CLOUD_CREATE, wanted, CloudStatus.class);
    }

    /** What a private cloud is doing. */
    public CloudStatus cloud(String cloud) {
        return call(PmRoute.CLOUD_STATUS, null, CloudStatus.class, cloud);
    }

    /** Where a private cloud is to be besides its host, and by which change. */
    public KeptAt keptAt(String cloud) {
        return call(PmRoute.CLOUD_KEPT_AT, null, KeptAt.class, cloud);
    }

    /** Brings the key; the private cloud is awake then. */
    public CloudStatus unlock(String cloud, SealedKey key) {
        return call(PmRoute.CLOUD_UNLOCK, key, CloudStatus.class, cloud);
    }

    /** Asks for the status, seals {@code key} to the host and brings it. */
    public CloudStatus unlock(OwnerKey key, List<String> moveTo) {
        CloudStatus status = cloud(key.cloudId());
        return unlock(key.cloudId(), SealedKey.seal(key, status.hostKey(), status.challenge(), moveTo));
    }

    /** Asks for the status, seals {@code key} to the host and makes its private cloud. */
    public CloudStatus create(OwnerKey key, @Nullable BudgetPolicy budget, @Nullable Passphrase passphrase) {
        return create(key, budget, passphrase, null, false);
    }

    /**
     * As the other, on capsule servers besides.
     *
     * @param restore whether the servers must hold the private cloud already
     */
    public CloudStatus create(
            OwnerKey key,
            @Nullable BudgetPolicy budget,
            @Nullable Passphrase passphrase,
            @Nullable Replicas replicas,
            boolean restore) {
        HostStatus host = status();
        return create(new CreateCloud(
                Base64Url.encode(key.publicKey().encoded()),
                SealedKey.seal(key, host.hostKey(), host.challenge(), List.of()),
                budget,
                passphrase,
                replicas,
                restore ? true : null));
    }

    /** Opens a private cloud whose key the host has. */
    public CloudStatus wake(String cloud) {
        return call(PmRoute.CLOUD_WAKE, null, CloudStatus.class, cloud);
    }

    /** Frees everything of a private cloud but its key. */
    public CloudStatus hibernate(String cloud) {
        return call(PmRoute.CLOUD_HIBERNATE, null, CloudStatus.class, cloud);
    }

    /** The private clouds whose keys are put aside. */
    public List<String> aside() {
        return List.of(call(PmRoute.HOST_ASIDE, null, String[].class));
    }

    /** Closes a private cloud and puts its key aside, so that it is locked: {@link #keep} takes that back, {@link #drop} ends it. */
    public CloudStatus hold(String cloud) {
        return call(PmRoute.CLOUD_HOLD, null, CloudStatus.class, cloud);
    }

    /** Takes back a key that was put aside, if there is one: the private cloud sleeps then. */
    public CloudStatus keep(String cloud) {
        return call(PmRoute.CLOUD_KEEP, null, CloudStatus.class, cloud);
    }

    /** Forgets a key that was put aside, if there is one, and no other. */
    public CloudStatus drop(String cloud) {
        return call(PmRoute.CLOUD_DROP, null, CloudStatus.class, cloud);
    }

    /** Closes a private cloud and forgets its key, one that was put aside too. What was sealed to the host before opens nothing any more. */
    public CloudStatus release(String cloud) {
        return call(PmRoute.CLOUD_RELEASE, null, CloudStatus.class, cloud);
    }

    /** Closes a private cloud, puts its key aside as {@link #hold} does, and gives the key sealed to the next host. */
    public SealedKey handover(String cloud, HandoverRequest next) {
        return call(PmRoute.CLOUD_HANDOVER, next, SealedKey.class, cloud);
    }

    /** Opens a door for one launch. */
    public Door openDoor(String cloud, DoorRequest door) {
        return call(PmRoute.DOOR_OPEN, door, Door.class, cloud);
    }

    /** Closes a launch's door and forgets its token. */
    public void closeDoor(String cloud, String launch) {
        closeDoor(cloud, launch, null);
    }

    /** The same, with why the service was not let run, which goes into the owner's audit. */
    public void closeDoor(String cloud, String launch, @Nullable ProblemCode refused) {
        String path = PmRoute.DOOR_CLOSE.path(cloud, launch) + (refused == null ? "" : "?refused=" + refused.code());
        send(PmRoute.DOOR_CLOSE.method(), path, new byte[0], null);
    }

    /** The doors that are open. */
    public List<Door> doors(String cloud) {
        return List.of(call(PmRoute.DOOR_LIST, null, Door[].class, cloud));
    }

    private <T> T call(PmRoute route, @Nullable Object body, Class<T> type, String... parameters) {
        byte[] json = body == null ? new byte[0] : Json.write(body);
        return Json.read(send(route.method(), route.path(parameters), json, null), type);
    }

    byte[] send(String method, String path, byte[] body, @Nullable Signer signer) {
        return send(
                method,
                path,
                HttpRequest.BodyPublishers.ofByteArray(body),
                RequestProof.sha256().digest(body),
                signer,
                "application/json");
    }

    byte[] send(
            String method,
            String path,
            HttpRequest.BodyPublisher body,
            byte[] bodySha256,
            @Nullable Signer signer,
            String contentType) {
        try {
            return sendOnce(method, path, body, bodySha256, signer, contentType);
        } catch (ProblemException e) {
            if (signer == null || e.code() != ProblemCode.PROOF_STALE) {
                throw e;
            }
            // The request woke a host, which believes no proof that is older than itself; nothing was done yet.
            return sendOnce(method, path, body, bodySha256, signer, contentType);
        }
    }

    private byte[] sendOnce(
            String method,
            String path,
            HttpRequest.BodyPublisher body,
            byte[] bodySha256,
            @Nullable Signer signer,
            String contentType) {
        URI uri = URI.create(base + path);
        var request = HttpRequest.newBuilder(uri).timeout(timeout).header("Content-Type", contentType);
        headers.forEach(request::header);
        TraceSpan.current()
                .ifPresent(span ->
                        request.header(TraceContext.HEADER, span.context().header()));
        if (signer != null) {
            request.header("Authorization", "Bearer " + signer.proof(method, path, bodySha256));
        }
        HttpResponse<InputStream> response;
        byte[] answer;
        try {
            response = http.send(request.method(method, body).build(), HttpResponse.BodyHandlers.ofInputStream());
            try (var in = response.body()) {
                answer = in.readNBytes(MOST_ANSWER_BYTES);
            }
        } catch (IOException e) {
            throw new UnreachableException(uri, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new UnreachableException(uri, e);
        }
        if (response.statusCode() / 100 == 2) {
            return answer;
        }
        throw problem(uri, response, answer);
    }

    /** A relay's own problems have the same form, without the fields that are the permission manager's own. */
    private static VaultException problem(URI uri, HttpResponse<?> response, byte[] answer) {
        JsonNode problem;
        try {
            problem = Json.mapper().readTree(answer);
        } catch (IOException notJson) {
            problem = MissingNode.getInstance();
        }
        String type = problem.path("type").asText();
        String detail = problem.path("detail").asText();
        Optional<ProblemCode> code = ProblemCode.ofType(type);
        if (code.isPresent() && code.get().status() == response.statusCode()) {
            return new ProblemException(
                    code.get(), detail, problem.path("retryAfterSeconds").asLong());
        }
        if (type.startsWith(ProblemCode.TYPE_PREFIX)) {
            return new RelayException(response.statusCode(), type.substring(ProblemCode.TYPE_PREFIX.length()), detail);
        }
        return new UnreachableException(
                uri, new IOException("HTTP status " + response.statusCode() + " of no known problem"));
    }

    /** Closes its connections. */
    @Override
    public void close() {
        http.close();
    }
}
