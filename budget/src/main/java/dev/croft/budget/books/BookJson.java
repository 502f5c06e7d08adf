package dev.croft.budget.books;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.croft.budget.InvalidInputException;
import dev.croft.budget.InvalidInputException.Problem;
import dev.croft.budget.accounting.ApproxDp;
import dev.croft.budget.accounting.Orders;
import dev.croft.budget.accounting.RenyiCurve;
import dev.croft.budget.claims.BlockSpec;
import dev.croft.budget.claims.BlockView;
import dev.croft.budget.claims.ClaimBook;
import dev.croft.budget.claims.ClaimRequest;
import dev.croft.budget.claims.ClaimState;
import dev.croft.budget.claims.ClaimView;
import dev.croft.budget.claims.Composition;
import dev.croft.budget.claims.Cost;
import dev.croft.budget.claims.LabelCondition;
import dev.croft.budget.claims.Selector;
import dev.croft.budget.ledger.TimeWindow;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The one JSON form of blocks, claims and amounts: in requests, in answers and in the log of commands. What is not of
 * this form is refused by an {@link InvalidInputException} with the field's full name, such as {@code demand.epsilon}.
 */
public final class BookJson {
    private static final Duration PATIENCE = Duration.ofMinutes(5);
    private static final Duration LEASE = Duration.ofHours(1);
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private BookJson() {}

    // ---- amounts

    /** {@code {"epsilon", "delta"}}, or {@code {"orders", "epsilons"}}. */
    public static ObjectNode cost(Cost cost) {
        ObjectNode json = NODES.objectNode();
        switch (cost) {
            case Cost.Approximate(ApproxDp guarantee) ->
                json.put("epsilon", guarantee.epsilon()).put("delta", guarantee.delta());
            case Cost.Curve(RenyiCurve curve) -> {
                json.set("orders", numbers(curve.orders().toArray()));
                json.set("epsilons", numbers(curve.toArray()));
            }
        }
        return json;
    }

    /** Reads an amount; a missing delta is 0. */
    public static Cost cost(String field, @Nullable JsonNode json) {
        return Form.read(field, json, BookJson::cost);
    }

    private static Cost cost(Form form) {
        try {
            if (form.has("orders") || form.has("epsilons")) {
                double[] orders = form.numbers("orders", Orders.MAX);
                return Cost.of(RenyiCurve.of(Orders.of(orders), form.numbers("epsilons", Orders.MAX)));
            }
            double epsilon = form.number("epsilon");
            return Cost.of(epsilon, form.has("delta") ? form.number("delta") : 0);
        } catch (InvalidInputException e) {
            String field = e.field();
            throw field.contains(".") || form.path("").equals("")
                    ? e
                    : new InvalidInputException(form.path(field), e.problem(), e.detail());
        }
    }

    private static ArrayNode numbers(double[] values) {
        ArrayNode list = NODES.arrayNode(values.length);
        for (double value : values) list.add(value);
        return list;
    }

    /** A vector of an account, which unlike a cost may be below zero at some Rényi orders. */
    private static ObjectNode amount(Composition composition, double[] steps) {
        ObjectNode json = NODES.objectNode();
        switch (composition) {
            case Composition.EpsilonDelta() ->
                json.put("epsilon", steps[0] / Composition.EPSILON_STEPS)
                        .put("delta", steps[1] / Composition.DELTA_STEPS);
            case Composition.Renyi(Orders orders) -> {
                var epsilons = new double[steps.length];
                for (int i = 0; i < steps.length; i++) epsilons[i] = steps[i] / Composition.EPSILON_STEPS;
                json.set("orders", numbers(orders.toArray()));
                json.set("epsilons", numbers(epsilons));
            }
        }
        return json;
    }

    private static ObjectNode costs(Map<String, Cost> costs) {
        ObjectNode json = NODES.objectNode();
        costs.forEach((block, cost) -> json.set(block, cost(cost)));
        return json;
    }

    /** Amounts by block. */
    public static Map<String, Cost> costs(String field, @Nullable JsonNode json) {
        ObjectNode holder = NODES.objectNode();
        holder.set(field, json);
        return Form.read("", holder, form -> form.map(field, ClaimBook.MAX_BLOCKS_PER_CLAIM, BookJson::cost));
    }

    // ---- blocks

    public static ObjectNode block(BlockSpec block) {
        ObjectNode json = NODES.objectNode().put("id", block.id()).put("dataset", block.dataset());
        if (!block.window().equals(TimeWindow.ALWAYS)) window(json, block.window());
        ObjectNode labels = json.putObject("labels");
        block.labels().forEach(labels::put);
        json.set("total", cost(block.total()));
        return json;
    }

    private static void window(ObjectNode json, TimeWindow window) {
        json.put("from", window.from().toString()).put("to", window.to().toString());
    }

    /** Reads a block; without {@code from} and {@code to} it is of all of time. */
    public static BlockSpec block(String field, @Nullable JsonNode json) {
        return Form.read(
                field,
                json,
                form -> new BlockSpec(
                        form.text("id"),
                        form.text("dataset"),
                        window(form),
                        form.map("labels", 64, (path, value) -> {
                            if (!value.isTextual()) throw Form.bad(path, "not a string");
                            return value.textValue();
                        }),
                        cost(form.path("total"), form.any("total"))));
    }

    private static TimeWindow window(Form form) {
        if (!form.has("from") && !form.has("to")) return TimeWindow.ALWAYS;
        return new TimeWindow(form.time("from"), form.time("to"));
    }

    public static ObjectNode block(BlockView view) {
        Composition composition = Composition.of(view.spec().total());
        ObjectNode json = block(view.spec()).put("state", lower(view.state()));
        json.set("total", amount(composition, view.total()));
        json.set("locked", amount(composition, view.locked()));
        json.set("unlocked", amount(composition, view.unlocked()));
        json.set("allocated", amount(composition, view.allocated()));
        json.set("consumed", amount(composition, view.consumed()));
        return json;
    }

    /** Reads a block's account from an answer. */
    public static BlockView blockView(@Nullable JsonNode json) {
        return Form.read("", json, form -> {
            Cost total = cost("total", form.any("total"));
            Composition composition = Composition.of(total);
            var spec = new BlockSpec(
                    form.text("id"),
                    form.text("dataset"),
                    window(form),
                    form.map("labels", 64, (_, value) -> value.asText()),
                    total);
            return new BlockView(
                    spec,
                    form.choice("state", BlockView.State.values(), BookJson::lower),
                    composition.total(total),
                    steps(composition, form, "locked"),
                    steps(composition, form, "unlocked"),
                    steps(composition, form, "allocated"),
                    steps(composition, form, "consumed"));
        });
    }

    private static double[] steps(Composition composition, Form outer, String field) {
        return outer.object(field, form -> switch (composition) {
            case Composition.EpsilonDelta() ->
                new double[] {
                    Math.rint(form.number("epsilon") * Composition.EPSILON_STEPS),
                    Math.rint(form.number("delta") * Composition.DELTA_STEPS)
                };
            case Composition.Renyi _ -> {
                form.any("orders");
                double[] epsilons = form.numbers("epsilons", Orders.MAX);
                for (int i = 0; i < epsilons.length; i++)
                    epsilons[i] = Math.rint(epsilons[i] * Composition.EPSILON_STEPS);
                yield epsilons;
            }
        });
    }

    // ---- claims

    public static ObjectNode request(ClaimRequest request) {
        ObjectNode json = NODES.objectNode().put("id", request.id());
        json.set("blocks", selector(request.blocks()));
        json.set("demand", cost(request.demand()));
        return json.put("weight", request.weight())
                .put("patience", request.patience().toMillis() / 1000.0)
                .put("lease", request.lease().toMillis() / 1000.0);
    }

    /** Reads a claim; weight 1, five minutes' patience and an hour's lease where not given. */
    public static ClaimRequest request(@Nullable JsonNode json) {
        return Form.read(
                "",
                json,
                form -> new ClaimRequest(
                        form.text("id"),
                        form.object("blocks", BookJson::selector),
                        cost("demand", form.any("demand")),
                        form.has("weight") ? form.number("weight") : 1,
                        form.seconds("patience", PATIENCE),
                        form.seconds("lease", LEASE)));
    }

    private static ObjectNode selector(Selector selector) {
        ObjectNode json = NODES.objectNode();
        switch (selector) {
            case Selector.Named(var ids) -> ids.forEach(json.putArray("ids")::add);
            case Selector.Within(var dataset, var window) -> window(json.put("dataset", dataset), window);
            case Selector.Newest(var dataset, var count) ->
                json.put("dataset", dataset).put("newest", count);
            case Selector.Where(var dataset, var conditions) -> {
                ArrayNode list = json.put("dataset", dataset).putArray("where");
                for (LabelCondition condition : conditions) {
                    ObjectNode one = list.addObject()
                            .put("label", condition.label())
                            .put("test", condition.test().wireName());
                    condition.values().forEach(one.putArray("values")::add);
                }
            }
            case Selector.Matching _ -> throw new IllegalArgumentException("a predicate has no JSON form");
        }
        return json;
    }

    private static Selector selector(Form form) {
        if (form.has("ids")) return new Selector.Named(form.texts("ids", ClaimBook.MAX_BLOCKS_PER_CLAIM));
        String dataset = form.text("dataset");
        if (form.has("newest"))
            return new Selector.Newest(dataset, Math.clamp(form.whole("newest"), Integer.MIN_VALUE, Integer.MAX_VALUE));
        if (form.has("where"))
            return new Selector.Where(
                    dataset,
                    form.objects(
                            "where",
                            64,
                            condition -> new LabelCondition(
                                    condition.text("label"),
                                    condition.choice(
                                            "test", LabelCondition.Test.values(), LabelCondition.Test::wireName),
                                    condition.texts("values", 1_000))));
        if (form.has("from")) return new Selector.Within(dataset, window(form));
        throw new InvalidInputException("blocks", Problem.EMPTY, "one of ids, newest, where, or from and to is needed");
    }

    public static ObjectNode claim(ClaimView view) {
        ObjectNode json = NODES.objectNode().put("id", view.id()).put("state", lower(view.state()));
        json.set("allocated", costs(view.allocated()));
        json.set("consumed", costs(view.consumed()));
        if (!view.waitingFor().isEmpty()) json.put("waitingFor", view.waitingFor());
        return json;
    }

    /** Reads a claim's state from an answer. */
    public static ClaimView claim(@Nullable JsonNode json) {
        return Form.read(
                "",
                json,
                form -> new ClaimView(
                        form.text("id"),
                        form.choice("state", ClaimState.values(), BookJson::lower),
                        form.map("allocated", ClaimBook.MAX_BLOCKS_PER_CLAIM, BookJson::cost),
                        form.map("consumed", ClaimBook.MAX_BLOCKS_PER_CLAIM, BookJson::cost),
                        form.has("waitingFor") ? form.text("waitingFor") : ""));
    }

    static String lower(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
