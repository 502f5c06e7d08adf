package dev.croft.router.http;

import static dev.croft.router.http.Route.Method.GET;
import static dev.croft.router.http.Route.Method.POST;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.croft.budget.InvalidInputException;
import dev.croft.budget.InvalidInputException.Problem;
import dev.croft.budget.books.BookCommand;
import dev.croft.budget.books.BookJson;
import dev.croft.budget.books.Books;
import dev.croft.budget.claims.ClaimRequest;
import dev.croft.budget.claims.ClaimView;
import dev.croft.router.Json;
import dev.croft.router.Role;
import dev.croft.router.RouterException;
import dev.croft.router.Scope;
import dev.croft.router.claims.ClaimService;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Claims on budget blocks. An account's claims are its own: their names are told apart by the account's, and nobody but an operator
 * sees those of others. Every request may be sent again: a claim's id and a consumption's key name it.
 */
public final class ClaimRoutes {

    /** Most claims in one request. */
    public static final int MOST_AT_ONCE = 1000;

    /** Most claims of one account that wait at a time; operators have no such bound. */
    static final int MOST_WAITING = 10_000;

    private static final Duration LATER = Duration.ofSeconds(10);
    private static final long CLAIM = 1 << 20;
    private static final long CLAIMS = 4 << 20;
    private static final int LONGEST_WAIT = 60;

    private final Supplier<ClaimService> claims;
    private final int mostWaiting;

    public ClaimRoutes(Supplier<ClaimService> claims) {
        this(claims, MOST_WAITING);
    }

    ClaimRoutes(Supplier<ClaimService> claims, int mostWaiting) {
        this.claims = claims;
        this.mostWaiting = mostWaiting;
    }

    public List<Route> routes() {
        return List.of(
                route(GET, "/budget/claims", this::list),
                route(POST, "/budget/claims", this::submit).withMaxBody(CLAIM),
                route(POST, "/budget/claims/batch", this::submitMany).withMaxBody(CLAIMS),
                route(GET, "/budget/claims/{claim}", this::show),
                route(POST, "/budget/claims/{claim}/consume", this::consume).withMaxBody(CLAIM),
                route(POST, "/budget/claims/{claim}/release", exchange -> {
                    String id = named(exchange);
                    exchange.answer(decided(exchange, new BookCommand.Release(id), id));
                }));
    }

    private static Route route(Route.Method method, String path, Route.Handler handler) {
        return Route.forRoles(method, path, BlockRoutes.LOOKING, Scope.BUDGET, BudgetRefusals.named(handler))
                .atLeader();
    }

    private static String prefix(Exchange exchange) {
        String account = BlockRoutes.text(exchange, "account");
        if (account.isEmpty()) {
            return exchange.account().name() + "/";
        }
        if (exchange.account().role() != Role.OPERATOR
                && !account.equals(exchange.account().name())) {
            throw new RouterException.NotFound("claim");
        }
        return account + "/";
    }

    private static String named(Exchange exchange) {
        return prefix(exchange) + exchange.parameter("claim");
    }

    /** A claim as its account sees it, under its own name. */
    private static ObjectNode form(ClaimView claim) {
        int slash = claim.id().indexOf('/');
        return BookJson.claim(claim)
                .put("id", claim.id().substring(slash + 1))
                .put("account", claim.id().substring(0, slash));
    }

    private static ObjectNode form(Books books, String id) {
        return books.claim(id).map(ClaimRoutes::form).orElseThrow(() -> new RouterException.NotFound("claim"));
    }

    private void list(Exchange exchange) {
        boolean all = exchange.account().role() == Role.OPERATOR
                && BlockRoutes.text(exchange, "account").isEmpty();
        String prefix = all ? "" : prefix(exchange);
        int limit = Math.max(1, exchange.number("limit", 100, 1000));
        String state =
                BlockRoutes.text(exchange, "state").toUpperCase(Locale.ROOT).replace('-', '_');
        String after = BlockRoutes.text(exchange, "after");
        exchange.answer(claims.get()
                .read(books -> BlockRoutes.page(
                        books.claims(prefix, after).iterator(),
                        limit,
                        claim -> state.isEmpty() || claim.state().name().equals(state),
                        ClaimRoutes::form,
                        ClaimView::id)));
    }

    private ClaimRequest request(Exchange exchange, JsonNode json) {
        ClaimRequest request = BookJson.request(json);
        if (!request.id().matches("[A-Za-z0-9][A-Za-z0-9._@+-]{0,127}")) {
            throw new InvalidInputException("id", Problem.MALFORMED, "letters, digits and . _ @ + - only");
        }
        if (request.weight() > 1 && exchange.account().role() != Role.OPERATOR) {
            throw new InvalidInputException("weight", Problem.OUT_OF_RANGE, "more than 1 is for operators");
        }
        return new ClaimRequest(
                exchange.account().name() + "/" + request.id(),
                request.blocks(),
                request.demand(),
                request.weight(),
                request.patience(),
                request.lease());
    }

    /** Blocks of one person are as good as not there for analysts; and an account that waits for much asks later for more. */
    private Consumer<Books> allowed(Exchange exchange, ClaimRequest request) {
        boolean operator = exchange.account().role() == Role.OPERATOR;
        return books -> {
            if (!operator && books.hides(request.blocks())) {
                throw new InvalidInputException("blocks", Problem.UNKNOWN, "no such block");
            }
            if (!operator
                    && books.waiting(exchange.account().name()) >= mostWaiting
                    && books.claim(request.id()).isEmpty()) {
                throw new RouterException.TooMany(LATER);
            }
        };
    }

    private CompletableFuture<ObjectNode> begin(Exchange exchange, JsonNode json) {
        ClaimRequest request = request(exchange, json);
        return claims.get()
                .begin(
                        exchange.account().name(),
                        new BookCommand.Submit(request),
                        allowed(exchange, request),
                        books -> form(books, request.id()));
    }

    private void submit(Exchange exchange) throws Exception {
        exchange.answer(201, ClaimService.await(begin(exchange, exchange.json())));
    }

    /** Many at once: each has its own answer, a claim or a problem, in the order of the request. */
    private void submitMany(Exchange exchange) throws Exception {
        JsonNode list = exchange.json().path("claims");
        if (!list.isArray() || list.isEmpty() || list.size() > MOST_AT_ONCE) {
            throw new InvalidInputException("claims", Problem.MALFORMED, "a list of 1 to " + MOST_AT_ONCE + " claims");
        }
        List<CompletableFuture<ObjectNode>> begun = new ArrayList<>();
        for (JsonNode one : list) {
            CompletableFuture<ObjectNode> asked;
            try {
                asked = begin(exchange, one);
            } catch (InvalidInputException e) {
                asked = CompletableFuture.failedFuture(e);
            }
            begun.add(asked);
        }
        List<JsonNode> answers = new ArrayList<>();
        for (CompletableFuture<ObjectNode> one : begun) {
            try {
                answers.add(ClaimService.await(one));
            } catch (InvalidInputException e) {
                answers.add(Json.shared().valueToTree(Problems.map(BudgetRefusals.problem(e))));
            } catch (RouterException.TooMany e) {
                answers.add(Json.shared().valueToTree(Problems.map(e)));
            }
        }
        exchange.answer(Map.of("results", answers));
    }

    private void show(Exchange exchange) throws InterruptedException {
        String id = named(exchange);
        int wait = exchange.number("wait", 0, LONGEST_WAIT);
        exchange.answer(
                wait == 0
                        ? claims.get().read(books -> form(books, id))
                        : form(claims.get().awaitDecision(id, Duration.ofSeconds(wait))));
    }

    private void consume(Exchange exchange) throws Exception {
        String id = named(exchange);
        JsonNode json = exchange.json();
        if (!json.path("key").isTextual()) {
            throw new InvalidInputException("key", Problem.MALFORMED, "a name for this consumption is needed");
        }
        var costs = BookJson.costs("costs", json.get("costs"));
        exchange.answer(
                decided(exchange, new BookCommand.Consume(id, json.get("key").textValue(), costs), id));
    }

    private ObjectNode decided(Exchange exchange, BookCommand command, String id) {
        return claims.get().decide(exchange.account().name(), command, _ -> {}, books -> form(books, id));
    }
}
