package dev.croft.router.http;

import static dev.croft.router.http.Route.Method.DELETE;
import static dev.croft.router.http.Route.Method.GET;
import static dev.croft.router.http.Route.Method.POST;
import static dev.croft.router.http.Route.Method.PUT;

import dev.croft.router.Role;
import dev.croft.router.RouterException;
import dev.croft.router.Scope;
import dev.croft.router.fleet.Fleet;
import dev.croft.router.fleet.Homes;
import dev.croft.router.placement.Placement;
import dev.croft.router.query.Enrolment;
import dev.croft.router.registry.PrivateCloud;
import dev.croft.router.registry.Registry;
import java.io.IOException;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;

/** Private clouds: create, list, wake, hibernate, and their enrolment for queries. */
public final class CloudRoutes {

    private static final Pattern ID = Pattern.compile("[0-9a-f]{32}");
    private static final int MOST_CLOUDS = 1000;
    private static final Set<Role> OWNERS_AND_OPERATORS = EnumSet.of(Role.OWNER, Role.OPERATOR);

    private final Registry registry;
    private final Placement placement;
    private final Fleet fleet;

    public CloudRoutes(Registry registry, Placement placement, Fleet fleet) {
        this.registry = registry;
        this.placement = placement;
        this.fleet = fleet;
    }

    /** @param id 32 hexadecimal digits, which follow from the owner's public key */
    public record NewCloud(String id, String label, PrivateCloud.Hosting hosting) {}

    /** @param grantId a grant whose holder is the coordinator's key */
    public record NewEnrolment(String grantId) {}

    public List<Route> routes() {
        return List.of(
                Route.forRoles(GET, "/clouds", OWNERS_AND_OPERATORS, Scope.CLOUDS, this::list),
                owner(POST, "/clouds", this::create),
                Route.forRoles(
                        GET,
                        "/clouds/{cloud}",
                        OWNERS_AND_OPERATORS,
                        Scope.CLOUDS,
                        exchange -> exchange.answer(visible(registry, exchange))),
                owner(
                                POST,
                                "/clouds/{cloud}/wake",
                                exchange -> exchange.answer(Map.of(
                                        "state",
                                        placement
                                                .wake(keyed(own(registry, exchange)))
                                                .state()
                                                .name()
                                                .toLowerCase(Locale.ROOT))))
                        .atHome(),
                owner(
                                GET,
                                "/clouds/{cloud}/host-keys",
                                exchange -> exchange.answer(placement.hostKeys(own(registry, exchange))))
                        .atHome(),
                Route.forRoles(POST, "/clouds/{cloud}/hibernate", OWNERS_AND_OPERATORS, Scope.CLOUDS, this::hibernate)
                        .atHome(),
                owner(
                        GET,
                        "/clouds/{cloud}/enrolments",
                        exchange -> exchange.answer(registry.queries()
                                .enrolments(own(registry, exchange).id()))),
                owner(PUT, "/clouds/{cloud}/enrolments/{computation}", this::enrol),
                owner(DELETE, "/clouds/{cloud}/enrolments/{computation}", exchange -> {
                    registry.queries()
                            .withdraw(
                                    exchange.parameter("computation"),
                                    own(registry, exchange).id());
                    exchange.done();
                }));
    }

    private static Route owner(Route.Method method, String path, Route.Handler handler) {
        return Route.forRole(method, path, Role.OWNER, Scope.CLOUDS, handler);
    }

    /** The private cloud in the path, if it is the account's own. To anyone else it does not exist. */
    static PrivateCloud own(Registry registry, Exchange exchange) {
        return registry.clouds()
                .find(exchange.parameter("cloud"))
                .filter(cloud -> cloud.accountId().equals(exchange.account().id()))
                .orElseThrow(() -> new RouterException.NotFound("private cloud"));
    }

    /** The private cloud, if its owner's key was ever brought: before that there is nothing to wake or run for. */
    static PrivateCloud keyed(PrivateCloud cloud) {
        if (cloud.state() == PrivateCloud.State.CREATING) {
            throw new RouterException.Conflict("the private cloud's key was not brought yet");
        }
        return cloud;
    }

    /** The private cloud in the path, if it is the account's own or the account is an operator's. */
    static PrivateCloud visible(Registry registry, Exchange exchange) {
        return exchange.account().role() == Role.OPERATOR
                ? registry.clouds()
                        .find(exchange.parameter("cloud"))
                        .orElseThrow(() -> new RouterException.NotFound("private cloud"))
                : own(registry, exchange);
    }

    private void list(Exchange exchange) {
        exchange.answer(
                exchange.account().role() == Role.OPERATOR
                        ? registry.clouds()
                                .list(
                                        exchange.number("offset", 0, Integer.MAX_VALUE),
                                        exchange.number("limit", 100, 1000))
                        : registry.clouds().ofAccount(exchange.account().id()));
    }

    private void create(Exchange exchange) throws IOException, TimeoutException {
        NewCloud wanted = exchange.body(NewCloud.class);
        if (wanted.id() == null || !ID.matcher(wanted.id()).matches()) {
            throw new RouterException.Invalid("a private cloud's id has 32 hexadecimal digits");
        }
        if (wanted.label() == null || wanted.label().length() > 128 || wanted.hosting() == null) {
            throw new RouterException.Invalid("a private cloud has a label of at most 128 characters and a hosting");
        }
        exchange.subject(wanted.id());
        String account = exchange.account().id();
        if (registry.clouds().ofAccount(account).size() >= MOST_CLOUDS) {
            throw new RouterException.Conflict("an account has at most " + MOST_CLOUDS + " private clouds");
        }
        exchange.answer(
                201,
                registry.clouds().create(wanted.id(), account, wanted.label(), wanted.hosting(), home(wanted.id())));
    }

    private String home(String id) {
        if (fleet.isAlone()) {
            return fleet.self().name();
        }
        return Homes.choose(
                        id,
                        Homes.open(registry.members().list(), fleet.now()),
                        registry.clouds().countByHome())
                .orElse(fleet.self())
                .name();
    }

    private void hibernate(Exchange exchange) {
        PrivateCloud cloud = keyed(visible(registry, exchange));
        if (!placement.hibernate(cloud)) {
            throw new RouterException.Conflict("the private cloud is in use");
        }
        exchange.answer(Map.of("state", "asleep"));
    }

    private void enrol(Exchange exchange) throws IOException, TimeoutException {
        PrivateCloud cloud = own(registry, exchange);
        NewEnrolment wanted = exchange.body(NewEnrolment.class);
        if (wanted.grantId() == null || !wanted.grantId().matches("[A-Za-z0-9_-]{8,64}")) {
            throw new RouterException.Invalid("a grant's id has 8 to 64 characters");
        }
        String computation = exchange.parameter("computation");
        if (!computation.matches("[a-z][a-z0-9-]{0,40}")) {
            throw new RouterException.NotFound("computation");
        }
        registry.queries().enrol(computation, new Enrolment(cloud.id(), wanted.grantId()));
        exchange.done();
    }
}
