package dev.croft.router.http;

import dev.croft.capsule.crypto.VerifyingKey;
import dev.croft.router.Role;
import dev.croft.router.RouterException;
import dev.croft.router.Scope;
import dev.croft.router.placement.Launcher;
import dev.croft.router.placement.Placement;
import dev.croft.router.placement.ReplicaRecords;
import dev.croft.router.registry.PrivateCloud;
import dev.croft.router.registry.Registry;
import dev.croft.vault.api.Base64Url;
import dev.croft.vault.api.CreateCloud;
import dev.croft.vault.api.Json;
import dev.croft.vault.api.OwnerKey;
import dev.croft.vault.api.PmRoute;
import dev.croft.vault.api.ProblemException;
import dev.croft.vault.api.Replicas;
import dev.croft.vault.api.TraceContext;
import dev.croft.vault.api.TraceSpan;
import dev.croft.vault.api.UnreachableException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Relays calls to a permission manager under {@code /clouds/{cloud}/pm}, below which the permission manager's own routes appear. Bodies
 * and answers stream through; the caller's proof in {@code Authorization} passes unchanged, and what it proves only the permission
 * manager decides. The permission manager trusts the router's certificate with some routes of its own: of those none passes here but
 * what an owner needs to bring a key.
 */
public final class PmProxy {

    /** Largest relayed body; a permission manager has its own, lower bounds. */
    static final long BODY = 1L << 29;

    private static final Duration ANSWERED_WITHIN = Duration.ofMinutes(5);
    private static final Set<PmRoute> FOR_THE_OWNERS_ACCOUNT =
            EnumSet.of(PmRoute.HOST_STATUS, PmRoute.CLOUD_STATUS, PmRoute.CLOUD_CREATE, PmRoute.CLOUD_UNLOCK);
    private static final List<String> PASSED_ON =
            List.of("Authorization", "Content-Type", "Content-Encoding", "Accept");
    private static final List<String> PASSED_BACK = List.of("Content-Type", "Content-Encoding", "Retry-After");

    private final Registry registry;
    private final Placement placement;
    private final Launcher launcher;
    private final ReplicaRecords replicas;

    public PmProxy(Registry registry, Placement placement, Launcher launcher, ReplicaRecords replicas) {
        this.replicas = replicas;
        this.registry = registry;
        this.placement = placement;
        this.launcher = launcher;
    }

    public List<Route> routes() {
        Set<Role> roles = EnumSet.of(Role.OWNER, Role.ANALYST);
        return List.of(
                Route.forRoles(Route.Method.GET, "/clouds/{cloud}/pm/<path>", roles, Scope.DATA, this::relay)
                        .atHome(),
                Route.forRoles(Route.Method.POST, "/clouds/{cloud}/pm/<path>", roles, Scope.DATA, this::relay)
                        .withMaxBody(BODY)
                        .atHome(),
                Route.forRoles(Route.Method.DELETE, "/clouds/{cloud}/pm/<path>", roles, Scope.DATA, this::relay)
                        .atHome(),
                Route.forRole(Route.Method.DELETE, "/clouds/{cloud}", Role.OWNER, Scope.CLOUDS, this::delete)
                        .atHome());
    }

    /** What the router that leads asks for queries across people, with its coordinator's proofs. */
    public List<Route> forRouters() {
        return List.of(
                Route.forRouters(Route.Method.GET, "/routers/clouds/{cloud}/pm/<path>", this::relayGranted),
                Route.forRouters(Route.Method.POST, "/routers/clouds/{cloud}/pm/<path>", this::relayGranted)
                        .withMaxBody(Route.JSON_BODY * 64));
    }

    private void relayGranted(Exchange exchange) throws Exception {
        PrivateCloud cloud = found(exchange);
        String path = rawPath(exchange);
        if (match(exchange.route().method().name(), path, cloud.id()).access() != PmRoute.Access.GRANTED) {
            throw new RouterException.Forbidden("this is not relayed for routers");
        }
        HttpRequest.BodyPublisher body = body(exchange);
        placement.use(CloudRoutes.keyed(cloud), (base, _) -> forward(exchange, base, path, body));
    }

    private PrivateCloud found(Exchange exchange) {
        return registry.clouds()
                .find(exchange.parameter("cloud"))
                .filter(found -> found.state() != PrivateCloud.State.DELETING)
                .orElseThrow(() -> new RouterException.NotFound("private cloud"));
    }

    private void relay(Exchange exchange) throws Exception {
        PrivateCloud cloud = found(exchange);
        boolean owner = cloud.accountId().equals(exchange.account().id());
        if (!owner && exchange.account().role() == Role.OWNER) {
            // An owner's account reaches its own private clouds; under a grant one asks as an analyst.
            throw new RouterException.NotFound("private cloud");
        }
        String path = rawPath(exchange);
        PmRoute route = match(exchange.route().method().name(), path, cloud.id());
        boolean allowed = switch (route.access()) {
            case HOST -> owner && FOR_THE_OWNERS_ACCOUNT.contains(route);
            case OWNER -> owner;
            case GRANTED -> true;
        };
        if (!allowed) {
            throw new RouterException.Forbidden("this is not relayed for this account");
        }
        if (route == PmRoute.CLOUD_DELETE) {
            delete(exchange);
            return;
        }
        if (route.access() != PmRoute.Access.HOST) {
            CloudRoutes.keyed(cloud);
        }
        // Where it is kept besides is also for this router to know: it is how it comes back when this machine is lost.
        boolean named = route == PmRoute.CLOUD_CREATE || route == PmRoute.REPLICAS_SET;
        byte[] read = named ? small(exchange) : new byte[0];
        if (route == PmRoute.CLOUD_CREATE) {
            checkOwn(read, cloud);
        }
        HttpRequest.BodyPublisher body = named ? BodyPublishers.ofByteArray(read) : body(exchange);
        int status = named
                ? replicas.change(cloud, replicas(route, read), (base, _) -> forward(exchange, base, path, body))
                : placement.use(cloud, (base, _) -> forward(exchange, base, path, body));
        if (status / 100 == 2 && (route == PmRoute.CLOUD_CREATE || route == PmRoute.CLOUD_UNLOCK)) {
            placement.keyed(cloud);
        }
        if (status / 100 == 2 && (route == PmRoute.FORGET || route == PmRoute.CLOUD_UNLOCK)) {
            // Before the answer ends, so that whoever forgot finds the launch that derives anew.
            placement.tell(cloud);
        }
    }

    /** Deletes a private cloud: the permission manager checks the owner's proof and shreds it, then it is forgotten here. */
    private void delete(Exchange exchange) throws Exception {
        PrivateCloud cloud = CloudRoutes.own(registry, exchange);
        if (cloud.state() == PrivateCloud.State.CREATING) {
            placement.forget(cloud);
            exchange.done();
            return;
        }
        String path = PmRoute.CLOUD_DELETE.path(cloud.id());
        int status = placement.useShared(cloud, (base, _) -> forward(exchange, base, path, BodyPublishers.noBody()));
        if (status / 100 == 2) {
            registry.clouds().setState(cloud.id(), PrivateCloud.State.DELETING);
            launcher.stopAll(cloud.id());
            placement.forget(cloud);
        }
    }

    /** The path below {@code /pm}, as it was sent, with its query string: it is what the proof was made for. */
    private static String rawPath(Exchange exchange) {
        var request = exchange.context().req();
        String uri = request.getRequestURI();
        String path = uri.substring(uri.indexOf("/pm/") + 3);
        return request.getQueryString() == null ? path : path + "?" + request.getQueryString();
    }

    private static PmRoute match(String method, String pathAndQuery, String cloudId) {
        String[] segments = pathAndQuery.split("\\?", 2)[0].substring(1).split("/", -1);
        for (PmRoute route : PmRoute.values()) {
            if (route.method().equals(method) && fits(route.segments(), segments, cloudId)) {
                return route;
            }
        }
        throw new RouterException.NotFound("route of a permission manager");
    }

    private static boolean fits(List<String> template, String[] segments, String cloudId) {
        if (template.size() != segments.length) {
            return false;
        }
        for (int i = 0; i < segments.length; i++) {
            String wanted = template.get(i);
            boolean fits = wanted.equals("{cloud}")
                    ? segments[i].equals(cloudId)
                    : wanted.startsWith("{")
                            ? segments[i].matches("[A-Za-z0-9_.~%-]{1,200}") && !segments[i].matches("\\.{1,2}")
                            : wanted.equals(segments[i]);
            if (!fits) {
                return false;
            }
        }
        return true;
    }

    private static HttpRequest.BodyPublisher body(Exchange exchange) throws IOException {
        var request = exchange.context().req();
        long length = request.getContentLengthLong();
        if (exchange.route().method() != Route.Method.POST || length == 0) {
            return BodyPublishers.noBody();
        }
        if (length < 0) {
            throw new RouterException.LengthRequired();
        }
        InputStream in = request.getInputStream();
        return BodyPublishers.fromPublisher(BodyPublishers.ofInputStream(() -> in), length);
    }

    private static byte[] small(Exchange exchange) throws IOException {
        byte[] body = exchange.context().req().getInputStream().readNBytes((int) Route.JSON_BODY + 1);
        if (body.length > Route.JSON_BODY) {
            throw new RouterException.TooLarge(Route.JSON_BODY);
        }
        return body;
    }

    private static @Nullable Replicas replicas(PmRoute route, byte[] body) {
        return route == PmRoute.CLOUD_CREATE
                ? Json.read(body, CreateCloud.class).replicas()
                : Json.read(body, Replicas.class);
    }

    /** A host makes whatever private cloud it is asked for, so it is checked here that it is this one. */
    private static void checkOwn(byte[] body, PrivateCloud cloud) {
        try {
            CreateCloud wanted = Json.read(body, CreateCloud.class);
            if (wanted.ownerKey() == null || !cloudId(wanted.ownerKey()).equals(cloud.id())) {
                throw new RouterException.Conflict("the key is another private cloud's");
            }
        } catch (ProblemException | IllegalArgumentException e) {
            throw new RouterException.Invalid("the body is not the documented JSON");
        }
    }

    private static String cloudId(String ownerKey) {
        return OwnerKey.cloudId(VerifyingKey.of(Base64Url.decode(ownerKey)));
    }

    private int forward(Exchange exchange, URI base, String path, HttpRequest.BodyPublisher body) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(base + path))
                .timeout(ANSWERED_WITHIN)
                .method(exchange.route().method().name(), body);
        TraceSpan.current()
                .ifPresent(span ->
                        request.header(TraceContext.HEADER, span.context().header()));
        for (String header : PASSED_ON) {
            String value = exchange.context().header(header);
            if (value != null) {
                request.header(header, value);
            }
        }
        return answer(exchange, send(placement.hosts().http(), request.build()));
    }

    private static HttpResponse<InputStream> send(HttpClient http, HttpRequest request) throws InterruptedException {
        try {
            return http.send(request, HttpResponse.BodyHandlers.ofInputStream());
        } catch (IOException e) {
            throw new RouterException.Unavailable(
                    "the permission manager did not answer", new UnreachableException(request.uri(), e));
        }
    }

    private static int answer(Exchange exchange, HttpResponse<InputStream> answer) throws IOException {
        try (InputStream in = answer.body()) {
            exchange.context().status(answer.statusCode());
            for (String header : PASSED_BACK) {
                answer.headers()
                        .firstValue(header)
                        .ifPresent(value -> exchange.context().header(header, value));
            }
            in.transferTo(exchange.context().res().getOutputStream());
        }
        return answer.statusCode();
    }
}
