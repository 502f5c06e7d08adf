package dev.croft.router.http;

import static dev.croft.router.http.Route.Method.DELETE;
import static dev.croft.router.http.Route.Method.GET;
import static dev.croft.router.http.Route.Method.POST;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.croft.budget.InvalidInputException;
import dev.croft.budget.InvalidInputException.Problem;
import dev.croft.budget.books.BookCommand;
import dev.croft.budget.books.BookJson;
import dev.croft.budget.books.Books;
import dev.croft.budget.books.CommandJson;
import dev.croft.budget.books.StreamView;
import dev.croft.budget.claims.BlockSpec;
import dev.croft.budget.claims.BlockView;
import dev.croft.router.Role;
import dev.croft.router.RouterException;
import dev.croft.router.Scope;
import dev.croft.router.claims.ClaimService;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Budget blocks and the streams that make them: operators change them, analysts look. A block that holds one person's data is not
 * shown to analysts, who may not know that the person is here.
 */
public final class BlockRoutes {

    static final Set<Role> LOOKING = EnumSet.of(Role.ANALYST, Role.OPERATOR);
    private static final int PAGE = 1000;
    private static final int LOOKED_AT = 20_000;
    private static final long DATA = 2 << 20;

    private final Supplier<ClaimService> claims;
    private final SecureRandom random = new SecureRandom();

    public BlockRoutes(Supplier<ClaimService> claims) {
        this.claims = claims;
    }

    /**
     * Part of a list.
     *
     * @param next what to give as {@code after} for more; {@code null} at the end
     */
    public record Page(List<JsonNode> items, @Nullable String next) {}

    public List<Route> routes() {
        return List.of(
                looking(GET, "/budget/blocks", this::list),
                looking(GET, "/budget/block", exchange -> exchange.answer(shown(exchange, id(exchange)))),
                operating(POST, "/budget/blocks", this::create),
                operating(
                        POST,
                        "/budget/block/retire",
                        exchange -> exchange.answer(
                                changed(exchange, new BookCommand.RetireBlock(id(exchange)), id(exchange)))),
                operating(
                        DELETE,
                        "/budget/block",
                        exchange -> exchange.answer(
                                changed(exchange, new BookCommand.DeleteBlock(id(exchange)), id(exchange)))),
                looking(
                        GET,
                        "/budget/streams",
                        exchange -> exchange.answer(claims.get()
                                .read(books -> books.streams().stream()
                                        .map(CommandJson::view)
                                        .toList()))),
                operating(POST, "/budget/streams", exchange -> {
                    var stream = CommandJson.stream(exchange.json());
                    exchange.answer(201, stream(exchange, new BookCommand.OpenStream(stream), stream.name()));
                }),
                operating(POST, "/budget/streams/{stream}/data", exchange -> {
                            String name = exchange.parameter("stream");
                            var command = new BookCommand.Observe(name, CommandJson.data(exchange.json()));
                            exchange.answer(stream(exchange, command, name));
                        })
                        .withMaxBody(DATA),
                operating(POST, "/budget/streams/{stream}/tick", this::endTick));
    }

    private static Route looking(Route.Method method, String path, Route.Handler handler) {
        return Route.forRoles(method, path, LOOKING, Scope.BUDGET, BudgetRefusals.named(handler))
                .atLeader();
    }

    private static Route operating(Route.Method method, String path, Route.Handler handler) {
        return Route.forRole(method, path, Role.OPERATOR, Scope.BUDGET, BudgetRefusals.named(handler))
                .atLeader();
    }

    /** Ids of blocks hold slashes and colons, so they travel in the query. */
    private static String id(Exchange exchange) {
        return BlockSpec.checkName(
                "id", Optional.ofNullable(exchange.context().queryParam("id")).orElse(""));
    }

    static String text(Exchange exchange, String name) {
        String value = exchange.context().queryParam(name);
        return value == null || value.length() > 512 ? "" : value;
    }

    private static boolean sees(Exchange exchange, BlockView block) {
        return exchange.account().role() == Role.OPERATOR || !Books.hides(block.spec());
    }

    private void list(Exchange exchange) {
        String dataset = text(exchange, "dataset");
        int limit = Math.max(1, exchange.number("limit", 100, PAGE));
        String after = text(exchange, "after");
        exchange.answer(claims.get()
                .read(books -> page(
                        books.blocks(after).iterator(),
                        limit,
                        block -> (dataset.isEmpty() || block.spec().dataset().equals(dataset)) && sees(exchange, block),
                        BookJson::block,
                        block -> block.spec().id())));
    }

    /** Reads on until there are enough that are wanted, or a bounded number was looked at. */
    static <T> Page page(
            Iterator<T> from,
            int limit,
            Predicate<T> wanted,
            Function<T, ? extends JsonNode> form,
            Function<T, String> id) {
        List<JsonNode> items = new ArrayList<>();
        String last = null;
        for (int looked = 0; from.hasNext(); looked++) {
            if (items.size() == limit || looked == LOOKED_AT) {
                return new Page(items, last);
            }
            T one = from.next();
            last = id.apply(one);
            if (wanted.test(one)) {
                items.add(form.apply(one));
            }
        }
        return new Page(items, null);
    }

    private ObjectNode shown(Exchange exchange, String id) {
        return claims.get()
                .read(books ->
                        books.block(id).filter(block -> sees(exchange, block)).map(BookJson::block))
                .orElseThrow(() -> new RouterException.NotFound("block"));
    }

    private void create(Exchange exchange) throws Exception {
        BlockSpec block = BookJson.block("block", exchange.json());
        exchange.subject(block.id());
        exchange.answer(201, changed(exchange, new BookCommand.CreateBlock(block), block.id()));
    }

    private ObjectNode changed(Exchange exchange, BookCommand command, String id) {
        return claims.get()
                .decide(
                        exchange.account().name(),
                        command,
                        _ -> {},
                        books -> books.block(id).map(BookJson::block).orElseThrow());
    }

    private JsonNode stream(Exchange exchange, BookCommand command, String name) {
        return claims.get().decide(exchange.account().name(), command, _ -> {}, books -> view(books, name));
    }

    private static JsonNode view(Books books, String name) {
        return CommandJson.view(find(books, name));
    }

    private static StreamView find(Books books, String name) {
        return books.streams().stream()
                .filter(stream -> stream.spec().name().equals(name))
                .findFirst()
                .orElseThrow(() -> new RouterException.NotFound("stream"));
    }

    /** Ends the tick of that number; again, it is answered as it was. */
    private void endTick(Exchange exchange) throws Exception {
        String name = exchange.parameter("stream");
        JsonNode number = exchange.json().path("tick");
        if (!number.isIntegralNumber() || !number.canConvertToLong() || number.longValue() < 1) {
            throw new InvalidInputException("tick", Problem.MALFORMED, "the number of the tick to end, from 1");
        }
        long tick = number.longValue();
        exchange.answer(ClaimService.await(claims.get()
                .begin(
                        exchange.account().name(),
                        books -> {
                            long done = find(books, name).tick();
                            if (tick > done + 1) {
                                throw new InvalidInputException("tick", Problem.OUT_OF_RANGE, tick + " after " + done);
                            }
                            return tick <= done ? null : books.drawTick(name, random);
                        },
                        books -> view(books, name))));
    }
}
