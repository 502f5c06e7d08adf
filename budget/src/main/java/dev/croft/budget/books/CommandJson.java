package dev.croft.budget.books;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.croft.budget.CorruptHistoryException;
import dev.croft.budget.Epsilon;
import dev.croft.budget.InvalidInputException;
import dev.croft.budget.InvalidInputException.Problem;
import dev.croft.budget.claims.BlockStream;
import dev.croft.budget.claims.TreeCounter;
import java.math.BigInteger;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Commands as JSON objects: the field {@code command} says which, the others are as in requests. */
public final class CommandJson {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private CommandJson() {}

    /** The command as one line of JSON, read by {@link #parse}. */
    public static String write(BookCommand command) {
        return json(command).toString();
    }

    private static ObjectNode json(BookCommand command) {
        ObjectNode json = JsonNodeFactory.instance.objectNode().put("command", command.kind());
        switch (command) {
            case BookCommand.CreateBlock(var block) -> json.set("block", BookJson.block(block));
            case BookCommand.RetireBlock(var block) -> json.put("block", block);
            case BookCommand.DeleteBlock(var block) -> json.put("block", block);
            case BookCommand.Submit(var request) -> json.set("claim", BookJson.request(request));
            case BookCommand.Consume(var claim, var key, var costs) -> {
                ObjectNode amounts = json.put("claim", claim).put("key", key).putObject("costs");
                costs.forEach((block, cost) -> amounts.set(block, BookJson.cost(cost)));
            }
            case BookCommand.Release(var claim) -> json.put("claim", claim);
            case BookCommand.Advance(), BookCommand.Tick() -> {}
            case BookCommand.OpenStream(var stream) -> json.set("stream", stream(stream));
            case BookCommand.Observe(var stream, var data) -> {
                ArrayNode list = json.put("stream", stream).putArray("data");
                for (BookCommand.Observe.Datum datum : data)
                    list.addObject()
                            .put("user", datum.user())
                            .put("time", datum.time().toString());
            }
            case BookCommand.EndTick(var stream, var tick, var after, var count) -> {
                json.put("stream", stream).put("tick", tick).put("count", count.toString());
                ArrayNode sums = json.putArray("sums");
                for (long sum : after.sums()) sums.add(Long.toString(sum));
                ArrayNode noisy = json.putArray("noisy");
                for (BigInteger sum : after.noisySums()) noisy.add(sum.toString());
            }
        }
        return json;
    }

    /**
     * Reads what {@link #write} wrote.
     *
     * @throws CorruptHistoryException for anything else
     */
    public static BookCommand parse(String line) {
        try {
            return Form.read("", MAPPER.readTree(line), CommandJson::command);
        } catch (JsonProcessingException | InvalidInputException | NumberFormatException e) {
            throw new CorruptHistoryException("not a command: " + e.getMessage());
        }
    }

    private static BookCommand command(Form form) {
        return switch (form.text("command")) {
            case "create-block" -> new BookCommand.CreateBlock(BookJson.block("block", form.any("block")));
            case "retire-block" -> new BookCommand.RetireBlock(form.text("block"));
            case "delete-block" -> new BookCommand.DeleteBlock(form.text("block"));
            case "submit" -> new BookCommand.Submit(BookJson.request(form.any("claim")));
            case "consume" ->
                new BookCommand.Consume(
                        form.text("claim"), form.text("key"), BookJson.costs("costs", form.any("costs")));
            case "release" -> new BookCommand.Release(form.text("claim"));
            case "advance" -> new BookCommand.Advance();
            case "tick" -> new BookCommand.Tick();
            case "open-stream" -> new BookCommand.OpenStream(stream(form.any("stream")));
            case "observe" -> new BookCommand.Observe(form.text("stream"), data(form));
            case "end-tick" -> {
                long tick = form.whole("tick");
                long[] sums = form.texts("sums", 64).stream()
                        .mapToLong(Long::parseLong)
                        .toArray();
                BigInteger[] noisy =
                        form.texts("noisy", 64).stream().map(BigInteger::new).toArray(BigInteger[]::new);
                yield new BookCommand.EndTick(
                        form.text("stream"),
                        tick,
                        new TreeCounter.State(tick, sums, noisy),
                        new BigInteger(form.text("count")));
            }
            default -> throw new InvalidInputException("command", Problem.UNKNOWN, "no such command");
        };
    }

    /** Reads the data of an observation. */
    static List<BookCommand.Observe.Datum> data(Form form) {
        return form.objects(
                "data",
                BookCommand.Observe.MOST,
                datum ->
                        new BookCommand.Observe.Datum(datum.has("user") ? datum.text("user") : "", datum.time("time")));
    }

    /** Reads {@code {"data": [{"user", "time"}]}}. */
    public static List<BookCommand.Observe.Datum> data(@Nullable JsonNode json) {
        return Form.read("", json, CommandJson::data);
    }

    public static ObjectNode stream(StreamSpec stream) {
        ObjectNode json = JsonNodeFactory.instance
                .objectNode()
                .put("dataset", stream.name())
                .put("by", BookJson.lower(stream.blocks().by()))
                .put("span", stream.blocks().span().toMillis() / 1000.0);
        json.set("total", BookJson.cost(stream.blocks().total()));
        StreamSpec.Counter counter = stream.counter();
        if (counter != null)
            json.putObject("counter")
                    .put("epsilon", counter.epsilon().toBigDecimal())
                    .put("ticks", counter.ticks());
        return json;
    }

    /** Reads a stream: {@code by} is {@code time}, {@code user} or {@code user-time}, {@code span} in seconds. */
    public static StreamSpec stream(@Nullable JsonNode json) {
        return Form.read("stream", json, CommandJson::streamForm);
    }

    private static StreamSpec streamForm(Form form) {
        BlockStream blocks = new BlockStream(
                form.text("dataset"),
                form.choice("by", BlockStream.By.values(), BookJson::lower),
                form.seconds("span", Duration.ZERO),
                BookJson.cost("stream.total", form.any("total")));
        StreamSpec.Counter counter = form.has("counter")
                ? form.object(
                        "counter",
                        of -> new StreamSpec.Counter(Epsilon.exactly(of.decimal("epsilon")), of.whole("ticks")))
                : null;
        return new StreamSpec(blocks, counter);
    }

    public static ObjectNode view(StreamView view) {
        ObjectNode json = stream(view.spec()).put("tick", view.tick());
        if (view.count() != null) json.put("count", view.count());
        return json;
    }

    /** Reads a stream from an answer. */
    public static StreamView view(@Nullable JsonNode json) {
        return Form.read("stream", json, form -> {
            long tick = form.whole("tick");
            JsonNode count = form.any("count");
            return new StreamView(streamForm(form), tick, count == null ? null : count.bigIntegerValue());
        });
    }
}
