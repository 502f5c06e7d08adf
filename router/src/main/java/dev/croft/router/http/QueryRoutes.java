package dev.croft.router.http;

import static dev.croft.router.http.Route.Method.GET;
import static dev.croft.router.http.Route.Method.POST;

import com.fasterxml.jackson.annotation.JsonRawValue;
import dev.croft.budget.Epsilon;
import dev.croft.router.Role;
import dev.croft.router.RouterException;
import dev.croft.router.Scope;
import dev.croft.router.query.Coordinator;
import dev.croft.router.query.QueryJson;
import dev.croft.router.query.QueryPlan;
import dev.croft.router.query.QueryRequest;
import dev.croft.router.registry.QueryJournal;
import java.io.IOException;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Queries across private clouds. What comes back holds no number that is not noisy. */
public final class QueryRoutes {

    private static final long REQUEST = 4 * 1024 * 1024;

    private final Supplier<Coordinator> coordinator;
    private final String holder;

    /** @param holder the coordinator's public key, which grants name */
    public QueryRoutes(Supplier<Coordinator> coordinator, String holder) {
        this.coordinator = coordinator;
        this.holder = holder;
    }

    /**
     * A query as its analyst sees it.
     *
     * @param state lower case; {@code answered} and {@code failed} are final
     * @param answer as soon as there is one, while reservations may still be settled
     */
    public record QueryStatus(
            String id,
            String state,
            @JsonRawValue String request,
            @JsonRawValue @Nullable String answer,
            @Nullable String problem,
            Instant created,
            Instant changed) {

        static QueryStatus of(QueryJournal.Entry entry) {
            return new QueryStatus(
                    entry.id(),
                    entry.state().name().toLowerCase(Locale.ROOT),
                    entry.request(),
                    entry.answer(),
                    entry.problem(),
                    entry.created(),
                    entry.changed());
        }
    }

    /**
     * What a query would cost.
     *
     * @param epsilon of each person who takes part in all of it
     * @param cells of each person for each cell
     */
    public record Price(BigDecimal epsilon, List<BigDecimal> cells, int minimumCohort) {
        static Price of(QueryPlan plan) {
            return new Price(
                    plan.price().toBigDecimal(),
                    plan.cells().stream()
                            .map(cell -> new Epsilon(cell.epsilonNanos()).toBigDecimal())
                            .toList(),
                    plan.minimumCohort());
        }
    }

    public List<Route> routes() {
        return List.of(
                Route.any(GET, "/coordinator", Scope.ACCOUNT, exchange -> exchange.answer(Map.of("publicKey", holder))),
                Route.forRole(
                                POST,
                                "/queries/price",
                                Role.ANALYST,
                                Scope.QUERIES,
                                exchange -> exchange.answer(
                                        Price.of(coordinator.get().offer(request(exchange)))))
                        .withMaxBody(REQUEST)
                        .atLeader(),
                Route.forRole(POST, "/queries", Role.ANALYST, Scope.QUERIES, exchange -> {
                            String id =
                                    coordinator.get().begin(exchange.account().id(), request(exchange));
                            exchange.subject(id);
                            exchange.answer(202, status(exchange, id));
                        })
                        .withMaxBody(REQUEST)
                        .atLeader(),
                Route.forRole(
                                GET,
                                "/queries",
                                Role.ANALYST,
                                Scope.QUERIES,
                                exchange -> exchange.answer(coordinator
                                        .get()
                                        .list(exchange.account().id())
                                        .stream()
                                        .map(QueryStatus::of)
                                        .toList()))
                        .atLeader(),
                Route.forRole(
                                GET,
                                "/queries/{query}",
                                Role.ANALYST,
                                Scope.QUERIES,
                                exchange -> exchange.answer(status(exchange, exchange.parameter("query"))))
                        .atLeader());
    }

    private static QueryRequest request(Exchange exchange) throws IOException, TimeoutException {
        String contentType = exchange.context().contentType();
        if (contentType == null || !contentType.startsWith("application/json")) {
            throw new RouterException.Invalid("the body must be application/json");
        }
        return QueryJson.read(exchange.bytes(), QueryRequest.class);
    }

    private QueryStatus status(Exchange exchange, String id) {
        QueryJournal.Entry entry = coordinator.get().find(exchange.account().id(), id);
        if (entry == null) {
            throw new RouterException.NotFound("query");
        }
        return QueryStatus.of(entry);
    }
}
