package dev.croft.router.http;

import static dev.croft.router.http.Route.Method.GET;

import dev.croft.router.Role;
import dev.croft.router.RouterException;
import dev.croft.router.Scope;
import dev.croft.router.placement.Launcher;
import dev.croft.router.placement.Placement;
import dev.croft.router.registry.Registry;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** For those who watch the installation: counters, and whether it takes requests. */
public final class WatchRoutes {
    private static final String FORMAT = "text/plain; version=0.0.4; charset=utf-8";

    private final Registry registry;
    private final Placement placement;
    private final Launcher launcher;
    private final RequestMetrics requests;
    private volatile boolean draining;

    public WatchRoutes(Registry registry, Placement placement, Launcher launcher, RequestMetrics requests) {
        this.launcher = launcher;
        this.registry = registry;
        this.placement = placement;
        this.requests = requests;
    }

    public List<Route> routes() {
        return List.of(
                Route.open(GET, "/ready", this::ready),
                Route.forRole(
                        GET,
                        "/metrics",
                        Role.OPERATOR,
                        Scope.OPERATE,
                        exchange -> exchange.context()
                                .contentType(FORMAT)
                                .result(requests.text(gauges())
                                        + placement.hosts().metrics())));
    }

    /** From now on it is not ready: whoever sends requests should send them elsewhere while those under way end. */
    public void drain() {
        draining = true;
    }

    private void ready(Exchange exchange) {
        if (draining) {
            throw new RouterException.Unavailable("the router is stopping");
        }
        registry.accounts().any();
        if (!placement.hosts().isReady()) {
            throw new RouterException.Unavailable("the shared host does not run yet");
        }
        exchange.answer(Map.of("status", "ready"));
    }

    private Map<String, Long> gauges() {
        Map<String, Long> gauges = new HashMap<>();
        registry.clouds()
                .countByState()
                .forEach((state, count) ->
                        gauges.put("croft_clouds{state=\"" + state.toLowerCase(Locale.ROOT) + "\"}", count));
        registry.launches().open().stream()
                .map(launch -> launch.state().name().toLowerCase(Locale.ROOT))
                .forEach(state -> gauges.merge("croft_launches{state=\"" + state + "\"}", 1L, Long::sum));
        registry.hosts().list().stream()
                .map(host -> host.state().name().toLowerCase(Locale.ROOT))
                .forEach(state -> gauges.merge("croft_hosts{state=\"" + state + "\"}", 1L, Long::sum));
        gauges.put("croft_launch_records_refused", launcher.refused());
        return gauges;
    }
}
