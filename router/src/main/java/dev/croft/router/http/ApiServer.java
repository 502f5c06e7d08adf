package dev.croft.router.http;

import dev.croft.router.RouterException;
import dev.croft.router.Scope;
import dev.croft.router.fleet.Fleet;
import dev.croft.router.fleet.Forwarder;
import dev.croft.router.registry.Member;
import dev.croft.router.registry.Registry;
import dev.croft.router.registry.Tokens;
import dev.croft.vault.api.FinishedSpan;
import dev.croft.vault.api.TraceContext;
import dev.croft.vault.api.TraceSpan;
import io.javalin.Javalin;
import io.javalin.compression.CompressionStrategy;
import io.javalin.http.Context;
import io.javalin.http.HandlerType;
import io.javalin.util.JavalinException;
import java.io.IOException;
import java.io.OutputStream;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Predicate;
import javax.net.ssl.SSLContext;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.ServerConnector;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/**
 * The HTTPS server. Every request passes, in this order: the rate limit of its address, the token, the route's {@link Route.Access},
 * the rate limit of its account, the route's handler, and (when it changes something) the audit trail. What another router has to
 * answer is passed on instead of handled.
 */
public final class ApiServer implements AutoCloseable {

    /** Where every route lies. */
    public static final String PREFIX = "/api/v1";

    /** Carries the router's token where {@code Authorization} is taken by a proof for the permission manager. */
    public static final String TOKEN_HEADER = "Croft-Token";

    private static final Set<String> WATCHED = Set.of("/health", "/ready", "/metrics");
    /** How long requests under way have when a router stops. */
    public static final Duration GRACE = Duration.ofSeconds(10);

    private static final Logger LOG = LoggerFactory.getLogger(ApiServer.class);
    private static final long SWALLOWED_BYTES = 64 << 10;

    private final Registry registry;
    private final Bearers bearers;
    private final RateLimiter addresses;
    private final RateLimiter accounts;
    private final RateLimiter logins;
    private final List<Route> routes;
    private final RequestMetrics metrics;
    private final Optional<Passing> passing;
    private final Javalin server;
    private volatile boolean draining;
    private volatile @Nullable Consumer<FinishedSpan> spans;

    /**
     * How much one client may ask.
     *
     * @param addressPerSecond requests of one address, with bursts of twice as many
     * @param accountPerSecond requests of one account, with bursts of twice as many
     * @param loginsPerMinute attempts to log in from one address
     */
    public record RateLimits(int addressPerSecond, int accountPerSecond, int loginsPerMinute) {
        public static final RateLimits STANDARD = new RateLimits(500, 250, 20);
    }

    /**
     * What it takes to be one of several routers.
     *
     * @param tls asks other routers for their certificates
     * @param revoked whether a certificate that was good in a handshake is good no more
     * @param port where they come; 0 picks one
     */
    public record Among(
            Fleet fleet, Forwarder forwarder, SSLContext tls, Predicate<X509Certificate> revoked, int port) {}

    /** @param among empty where there can be no other router */
    public ApiServer(
            Registry registry,
            Bearers bearers,
            List<Route> routes,
            SSLContext tls,
            String host,
            int port,
            RateLimits limits,
            RequestMetrics metrics,
            Optional<Among> among) {
        this.passing =
                among.map(routers -> new Passing(registry, routers.fleet(), routers.forwarder(), routers.revoked()));
        this.metrics = metrics;
        this.registry = registry;
        this.bearers = bearers;
        this.routes = List.copyOf(routes);
        this.addresses = new RateLimiter(limits.addressPerSecond(), 2.0 * limits.addressPerSecond(), System::nanoTime);
        this.accounts = new RateLimiter(limits.accountPerSecond(), 2.0 * limits.accountPerSecond(), System::nanoTime);
        this.logins = new RateLimiter(limits.loginsPerMinute() / 60.0, limits.loginsPerMinute(), System::nanoTime);
        this.server = Javalin.create(config -> {
            config.concurrency.useVirtualThreads = true;
            config.startup.showJavalinBanner = false;
            config.startup.showOldJavalinVersionWarning = false;
            config.http.prefer405over404 = true;
            config.http.defaultContentType = "application/json";
            config.http.maxRequestSize = Route.JSON_BODY;
            config.http.compressionStrategy = CompressionStrategy.NONE;
            config.jetty.modifyServer(jetty -> jetty.setErrorHandler(new Connectors.ProblemPages()));
            config.jetty.modifyServletContextHandler(
                    servlets -> servlets.setErrorHandler(new Connectors.ProblemPages()));
            config.jetty.addConnector((jetty, http) -> Connectors.open(jetty, http, tls, host, port));
            among.ifPresent(routers -> config.jetty.addConnector(
                    (jetty, http) -> Connectors.forRouters(jetty, http, routers.tls(), host, routers.port())));
            for (Route route : this.routes) {
                config.routes.addHttpHandler(
                        HandlerType.findOrCreate(route.method().name()),
                        PREFIX + route.path(),
                        context -> serve(route, context));
            }
            config.routes.exception(Exception.class, (e, context) -> fail(context, e));
            config.routes.error(404, context -> plain(context, 404));
            config.routes.error(405, context -> plain(context, 405));
        });
    }

    /**
     * Begins to serve.
     *
     * @throws RouterException.Unavailable if the address or port cannot be listened on
     */
    public void start() {
        try {
            server.start();
        } catch (JavalinException e) {
            throw new RouterException.Unavailable("cannot listen: " + e.getMessage(), e);
        }
    }

    /** From now on a span of each request that is sampled, or belongs to no trace yet, goes there. */
    public void traceTo(Consumer<FinishedSpan> sink) {
        spans = sink;
    }

    /** The port it listens on. */
    public int port() {
        return port(Connectors.CLIENTS);
    }

    /** The port where other routers come. */
    public int routersPort() {
        return port(Connectors.ROUTERS);
    }

    private int port(String name) {
        for (Connector connector : server.jettyServer().server().getConnectors()) {
            if (connector instanceof ServerConnector listening && name.equals(listening.getName())) {
                return listening.getLocalPort();
            }
        }
        throw new IllegalStateException("not started");
    }

    /** Every route, for those who check that all are documented and guarded. */
    public List<Route> routes() {
        return routes;
    }

    private void serve(Route route, Context context) throws Exception {
        TraceContext came =
                TraceContext.parse(context.header(TraceContext.HEADER)).orElse(null);
        TraceSpan span = TraceSpan.serving(came, true, route.method() + " " + route.path(), spans);
        MDC.put("trace", span.context().trace());
        MDC.put("span", span.context().span());
        long began = System.nanoTime();
        int[] status = {500};
        metrics.begun();
        try {
            span.run(() -> {
                if (draining && !WATCHED.contains(route.path())) {
                    context.header("Retry-After", "2");
                    throw new RouterException.Unavailable("the router is stopping");
                }
                admit(route, context);
                return true;
            });
            status[0] = context.statusCode();
        } catch (RouterException e) {
            status[0] = e.status();
            throw e;
        } finally {
            long took = System.nanoTime() - began;
            metrics.ended(route, status[0], took);
            end(span, route, status[0]);
            LOG.info("{} {} {} in {} ms", route.method(), route.path(), status[0], took / 1_000_000);
            MDC.clear();
        }
    }

    private static void end(TraceSpan span, Route route, int status) {
        span.put("http.request.method", route.method().name());
        span.put("http.route", PREFIX + route.path());
        span.put("http.response.status_code", Integer.toString(status));
        if (status >= 500) {
            span.fail();
        }
        span.end();
    }

    private void admit(Route route, Context context) throws Exception {
        harden(context);
        String outcome = "ok";
        boolean passed = false;
        Exchange exchange = new Exchange(context, route, null);
        try {
            if (passing.isPresent() && passing.get().isRevoked(context)) {
                // As often as who guesses a password, as refusals may be recorded.
                logins.take(context.ip());
                throw new RouterException.Unauthenticated();
            }
            Optional<Member> from = passing.flatMap(routers -> routers.from(context));
            // Whoever is behind another router is told apart as there.
            String client = from.map(_ -> context.header(Forwarder.CLIENT)).orElse(context.ip());
            addresses.take(client);
            if (context.req().getContentLengthLong() > route.maxBody()) {
                throw new RouterException.TooLarge(route.maxBody());
            }
            if (route.access() instanceof Route.Access.Accounts needed) {
                Tokens.Bearer bearer = authenticate(context);
                exchange = new Exchange(context, route, bearer);
                if (!needed.admits(bearer.account().role(), bearer.token().scopes())) {
                    throw new RouterException.Forbidden("this needs a token with scope "
                            + Scope.join(Set.of(needed.scope())) + " of another role or scope");
                }
                accounts.take(bearer.account().id());
            } else if (route.access() instanceof Route.Access.Routers) {
                if (from.isEmpty()) {
                    throw new RouterException.Unauthenticated();
                }
            } else if (route.method() != Route.Method.GET) {
                logins.take(client);
            }
            Optional<Member> to = passing.flatMap(routers -> routers.to(route, context, from.isPresent()));
            if (to.isPresent()) {
                passed = true;
                passing.orElseThrow().pass(route, context, to.get());
            } else {
                route.handler().handle(exchange);
            }
        } catch (RouterException e) {
            outcome = e.code();
            throw e;
        } catch (Exception e) {
            outcome = "internal";
            throw e;
        } finally {
            if (!passed) {
                audit(exchange, outcome);
            }
        }
    }

    private Tokens.Bearer authenticate(Context context) {
        String token = context.header(TOKEN_HEADER);
        if (token == null) {
            String authorization = context.header("Authorization");
            if (authorization != null && authorization.regionMatches(true, 0, "Bearer ", 0, 7)) {
                token = authorization.substring(7).strip();
            }
        }
        if (token == null) {
            throw new RouterException.Unauthenticated();
        }
        return bearers.authenticate(token);
    }

    /** What changes something is recorded, refused or not; what a permission manager or the budget's audit
     * capsule records is not recorded twice. */
    private void audit(Exchange exchange, String outcome) {
        Route route = exchange.route();
        boolean changes = route.method() != Route.Method.GET
                && !route.path().contains("/pm/")
                && !route.path().startsWith("/budget/");
        boolean open = route.access() instanceof Route.Access.Anyone;
        boolean recorded = switch (outcome) {
            case "ok", "conflict" -> changes;
            case "forbidden" -> true;
            // Only failed logins, which are limited: anyone could otherwise fill the trail.
            case "unauthenticated" -> open;
            default -> false;
        };
        if (!recorded) {
            return;
        }
        String actor = "anonymous";
        try {
            actor = exchange.account().name();
        } catch (RouterException.Unauthenticated e) {
            // an open route
        }
        registry.audit().append(actor, route.method() + " " + route.path(), exchange.subject(), outcome);
    }

    private static void harden(Context context) {
        context.header("Cache-Control", "no-store")
                .header("X-Content-Type-Options", "nosniff")
                .header("Strict-Transport-Security", "max-age=31536000");
    }

    private void fail(Context context, Exception e) {
        RouterException known;
        if (e instanceof RouterException routers) {
            known = routers;
        } else if (e instanceof TimeoutException || e.getCause() instanceof TimeoutException) {
            context.status(408);
            plain(context, 408);
            return;
        } else {
            known = new RouterException.Broken("unexpected", e);
        }
        if (known instanceof RouterException.Broken) {
            LOG.error("{} {} failed", context.method(), context.endpoint().path, e);
        }
        if (known instanceof RouterException.TooMany limited) {
            long seconds = Math.max(1, (limited.retryAfter().toMillis() + 999) / 1000);
            context.header("Retry-After", Long.toString(seconds));
        }
        if (known instanceof RouterException.Unauthenticated) {
            context.header("WWW-Authenticate", "Bearer");
        }
        if (known instanceof RouterException.TooLarge) {
            context.header("Connection", "close");
        }
        swallow(context);
        context.status(known.status()).contentType(Problems.MEDIA_TYPE).result(Problems.of(known));
    }

    /** Reads what is left of a small body: who is still sending it would else find the connection closed, and not the answer. */
    private static void swallow(Context context) {
        long length = context.req().getContentLengthLong();
        if (length <= 0 || length > SWALLOWED_BYTES) {
            return;
        }
        try {
            context.req().getInputStream().transferTo(OutputStream.nullOutputStream());
        } catch (IOException | RuntimeException e) {
            LOG.debug("the rest of a refused request was not read: {}", e.toString());
        }
    }

    private static void plain(Context context, int status) {
        // What a route or a permission manager said stays; the server may have put a character set behind its type.
        String said = context.res().getContentType();
        if (said == null || !said.startsWith(Problems.MEDIA_TYPE)) {
            context.contentType(Problems.MEDIA_TYPE).result(Problems.of(Problems.codeOf(status), status, null));
        }
    }

    /** Lets requests under way finish, for some seconds, while it tells others to come again, and stops. */
    @Override
    public void close() {
        close(GRACE);
    }

    /** As the other, for so long at most. */
    public void close(Duration grace) {
        draining = true;
        long end = System.nanoTime() + grace.toNanos();
        try {
            while (metrics.underWay() > 0 && System.nanoTime() < end) {
                Thread.sleep(10);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        server.stop();
    }
}
