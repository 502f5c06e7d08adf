package dev.croft.router.http;

import static dev.croft.router.http.Route.Method.GET;
import static dev.croft.router.http.Route.Method.PUT;

import com.fasterxml.jackson.databind.JsonNode;
import dev.croft.router.Json;
import dev.croft.router.Role;
import dev.croft.router.RouterException;
import dev.croft.router.Scope;
import dev.croft.router.lifecycle.AccountPolicy;
import dev.croft.router.lifecycle.Lifecycle;
import dev.croft.router.registry.Account;
import dev.croft.router.registry.Registry;
import dev.croft.vault.api.Replicas;
import java.io.IOException;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** When private clouds sleep and why, and where else they are kept. */
public final class PolicyRoutes {
    private final Registry registry;
    private final Lifecycle lifecycle;
    private final Optional<Replicas> standard;

    /** @param standard replicas of accounts that say nothing of their own */
    public PolicyRoutes(Registry registry, Lifecycle lifecycle, Optional<Replicas> standard) {
        this.registry = registry;
        this.lifecycle = lifecycle;
        this.standard = standard;
    }

    /** @param replicas {@code null}: none */
    public record AccountReplicas(@Nullable Replicas replicas) {}

    public List<Route> routes() {
        return List.of(
                Route.forRole(GET, "/account/replicas", Role.OWNER, Scope.CLOUDS, this::replicas),
                Route.forRole(PUT, "/account/replicas", Role.OWNER, Scope.CLOUDS, this::setReplicas),
                Route.forRole(
                        GET,
                        "/accounts/{account}/policy",
                        Role.OPERATOR,
                        Scope.OPERATE,
                        exchange -> exchange.answer(
                                registry.policies().lifecycle(named(exchange).id()))),
                Route.forRole(PUT, "/accounts/{account}/policy", Role.OPERATOR, Scope.OPERATE, this::setPolicy),
                Route.forRoles(
                                GET,
                                "/clouds/{cloud}/lifecycle",
                                EnumSet.of(Role.OWNER, Role.OPERATOR),
                                Scope.CLOUDS,
                                exchange -> exchange.answer(lifecycle.explain(CloudRoutes.visible(registry, exchange))))
                        .atHome());
    }

    private void replicas(Exchange exchange) {
        exchange.answer(new AccountReplicas(registry.policies()
                .replicas(exchange.account().id())
                .or(() -> standard)
                .orElse(null)));
    }

    private void setReplicas(Exchange exchange) throws IOException, TimeoutException {
        JsonNode body = exchange.json();
        if (!body.has("replicas")) {
            throw new RouterException.Invalid("replicas are needed, or null");
        }
        AccountReplicas wanted = Json.read(Json.write(body), AccountReplicas.class);
        registry.policies().setReplicas(exchange.account().id(), wanted.replicas());
        replicas(exchange);
    }

    private void setPolicy(Exchange exchange) throws IOException, TimeoutException {
        Account account = named(exchange);
        AccountPolicy policy = exchange.body(AccountPolicy.class);
        registry.policies().setLifecycle(account.id(), policy);
        exchange.answer(policy);
    }

    private Account named(Exchange exchange) {
        return registry.accounts()
                .findByName(exchange.parameter("account"))
                .orElseThrow(() -> new RouterException.NotFound("account"));
    }
}
