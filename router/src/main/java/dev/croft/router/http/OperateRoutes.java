package dev.croft.router.http;

import static dev.croft.router.http.Route.Method.GET;

import dev.croft.router.Role;
import dev.croft.router.Scope;
import dev.croft.router.audit.OperatorLog;
import dev.croft.router.registry.Registry;
import dev.croft.runtime.Enforcement;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/** Health and the API's description for anyone; hosts, isolation and the audit trail for operators. */
public final class OperateRoutes {

    private final Registry registry;
    private final Supplier<OperatorLog> acts;
    private final Enforcement enforcement;

    public OperateRoutes(Registry registry, Supplier<OperatorLog> acts, Enforcement enforcement) {
        this.registry = registry;
        this.acts = acts;
        this.enforcement = enforcement;
    }

    public List<Route> routes() {
        return List.of(
                Route.open(GET, "/health", exchange -> {
                    registry.accounts().any();
                    exchange.answer(Map.of("status", "ok"));
                }),
                Route.open(GET, "/openapi.yaml", OperateRoutes::description),
                Route.any(
                                GET,
                                "/account/acts",
                                Scope.ACCOUNT,
                                exchange -> exchange.answer(acts.get()
                                        .concerning(exchange.account(), exchange.number("from", 0, Integer.MAX_VALUE))))
                        .atLeader(),
                operator("/hosts", exchange -> exchange.answer(registry.hosts().list())),
                operator("/isolation", exchange -> exchange.answer(enforcement)),
                operator(
                        "/audit",
                        exchange -> exchange.answer(registry.audit()
                                .list(
                                        exchange.number("after", 0, Integer.MAX_VALUE),
                                        exchange.number("limit", 100, 1000)))));
    }

    private static Route operator(String path, Route.Handler handler) {
        return Route.forRole(GET, path, Role.OPERATOR, Scope.OPERATE, handler);
    }

    private static void description(Exchange exchange) throws IOException, TimeoutException {
        try (InputStream in = OperateRoutes.class.getResourceAsStream("/dev/croft/router/openapi.yaml")) {
            exchange.context()
                    .contentType("application/yaml")
                    .result(Objects.requireNonNull(in).readAllBytes());
        }
    }
}
