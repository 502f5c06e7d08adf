package dev.croft.router.http;

import static dev.croft.router.http.Route.Method.DELETE;
import static dev.croft.router.http.Route.Method.GET;
import static dev.croft.router.http.Route.Method.POST;

import dev.croft.router.Role;
import dev.croft.router.RouterException;
import dev.croft.router.Scope;
import dev.croft.router.fleet.Admission;
import dev.croft.router.fleet.Fleet;
import dev.croft.router.fleet.Homes;
import dev.croft.router.fleet.Joining;
import dev.croft.router.registry.Member;
import dev.croft.router.registry.Registry;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/** The routers of an installation: who they are, who joins, who gives away what it has. */
public final class RouterRoutes {

    private final Registry registry;
    private final Fleet fleet;
    private final Admission admission;
    private final Supplier<String> trust;
    private final Runnable renewing;

    /**
     * @param trust PEM certificates that this router's is signed by
     * @param renewing has every part know at once what was revoked
     */
    public RouterRoutes(
            Registry registry, Fleet fleet, Admission admission, Supplier<String> trust, Runnable renewing) {
        this.renewing = renewing;
        this.registry = registry;
        this.fleet = fleet;
        this.admission = admission;
        this.trust = trust;
    }

    /**
     * A router.
     *
     * @param url where other routers reach it; empty if it never served or there can be no other
     * @param state {@code serving}, {@code draining}, {@code invited}, {@code silent} (its lease has ended) or {@code lost} (what could be
     *     moved has other homes) or {@code removed}
     * @param clouds how many private clouds it has
     * @param only how many of them are nowhere else
     * @param leaseUntil by the database's clock
     */
    public record RouterView(
            String name,
            String url,
            int weight,
            String backend,
            String state,
            boolean leader,
            long clouds,
            long only,
            Instant leaseUntil) {}

    /** @param weight how much it is to hold compared with others */
    public record NewInvitation(String name, int weight) {}

    /**
     * An invitation.
     *
     * @param secret base64url; shown once
     * @param trust PEM certificates that this router's is signed by
     */
    public record Invited(String name, String secret, String trust) {
        @Override
        public String toString() {
            return "Invited[" + name + "]";
        }
    }

    public List<Route> routes() {
        return List.of(
                Route.forRole(GET, "/routers", Role.OPERATOR, Scope.OPERATE, exchange -> exchange.answer(views())),
                Route.forRole(POST, "/routers/invitations", Role.OPERATOR, Scope.OPERATE, this::invite),
                Route.open(POST, "/routers/join", this::join),
                Route.forRouters(
                        POST,
                        "/routers/authority",
                        exchange -> exchange.answer(admission.signAnew(exchange.authority()))),
                Route.forRole(DELETE, "/routers/{router}", Role.OPERATOR, Scope.OPERATE, this::remove),
                Route.forRole(
                        POST,
                        "/routers/{router}/drain",
                        Role.OPERATOR,
                        Scope.OPERATE,
                        exchange -> drain(exchange, true)),
                Route.forRole(
                        POST,
                        "/routers/{router}/undrain",
                        Role.OPERATOR,
                        Scope.OPERATE,
                        exchange -> drain(exchange, false)));
    }

    private List<RouterView> views() {
        Map<String, Long> clouds = registry.clouds().countByHome();
        Map<String, Long> only = registry.members().unreplicated();
        String leader = fleet.leader().map(Member::name).orElse("");
        Instant now = fleet.now();
        List<Member> routers = registry.isShared() ? registry.members().list() : fleet.routers();
        return routers.stream()
                .map(router -> new RouterView(
                        router.name(),
                        router.url(),
                        router.weight(),
                        router.backend(),
                        state(router, now),
                        router.name().equals(leader),
                        clouds.getOrDefault(router.name(), 0L),
                        only.getOrDefault(router.name(), 0L),
                        router.leaseUntil()))
                .toList();
    }

    private String state(Member router, Instant now) {
        if (router.isRemoved()) {
            return "removed";
        }
        if (registry.isShared() && !Homes.isHeld(router, now)) {
            return router.backend().isEmpty()
                    ? "invited"
                    : router.leaseUntil().equals(Instant.EPOCH) ? "lost" : "silent";
        }
        return router.draining() ? "draining" : "serving";
    }

    private void invite(Exchange exchange) throws IOException, TimeoutException {
        NewInvitation wanted = exchange.body(NewInvitation.class);
        String secret = admission.invite(wanted.name(), wanted.weight());
        exchange.subject(wanted.name());
        exchange.answer(201, new Invited(wanted.name(), secret, trust.get()));
    }

    private void join(Exchange exchange) throws IOException, TimeoutException {
        Joining.Request request = exchange.body(Joining.Request.class);
        Joining.Answer answer = admission.admit(request);
        exchange.subject(request.name());
        exchange.answer(201, answer);
    }

    private void remove(Exchange exchange) {
        admission.remove(exchange.parameter("router"), exchange.flag("force"));
        renewing.run();
        exchange.done();
    }

    private void drain(Exchange exchange, boolean draining) {
        if (!registry.isShared() || !registry.members().drain(exchange.parameter("router"), draining)) {
            throw new RouterException.NotFound("router");
        }
        exchange.done();
    }
}
