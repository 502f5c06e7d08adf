package dev.croft.router;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.croft.budget.books.BookCommand;
import dev.croft.budget.books.BookJson;
import dev.croft.budget.books.CommandJson;
import dev.croft.budget.books.StreamSpec;
import dev.croft.budget.books.StreamView;
import dev.croft.budget.claims.BlockSpec;
import dev.croft.budget.claims.BlockView;
import dev.croft.budget.claims.ClaimRequest;
import dev.croft.budget.claims.ClaimView;
import dev.croft.budget.claims.Cost;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.StreamSupport;

/**
 * Budget blocks and claims over the API. Every call may be repeated when its answer was lost: ids and keys name what was asked. Throws
 * as {@link RouterClient} does. Thread-safe.
 */
public final class BudgetClient {

    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private final RouterClient router;

    BudgetClient(RouterClient router) {
        this.router = router;
    }

    // ---- blocks

    /** Makes a block; for operators. */
    public BlockView createBlock(BlockSpec block) {
        return BookJson.blockView(router.json("POST", "/budget/blocks", BookJson.block(block)));
    }

    /** Every block that this account may see, of a data set or, if it is empty, of all. */
    public List<BlockView> blocks(String dataset) {
        return pages("/budget/blocks?dataset=" + encoded(dataset)).stream()
                .map(BookJson::blockView)
                .toList();
    }

    public BlockView block(String id) {
        return BookJson.blockView(router.json("GET", "/budget/block?id=" + encoded(id), null));
    }

    /** Unlocks nothing more of it; for operators. */
    public BlockView retireBlock(String id) {
        return BookJson.blockView(router.json("POST", "/budget/block/retire?id=" + encoded(id), null));
    }

    /** Takes it out of every selection; for operators, and refused while claims are open on it. */
    public BlockView deleteBlock(String id) {
        return BookJson.blockView(router.json("DELETE", "/budget/block?id=" + encoded(id), null));
    }

    // ---- streams

    /** Opens a stream that makes blocks; for operators. */
    public StreamView openStream(StreamSpec stream) {
        return CommandJson.view(router.json("POST", "/budget/streams", CommandJson.stream(stream)));
    }

    public List<StreamView> streams() {
        return StreamSupport.stream(router.json("GET", "/budget/streams", null).spliterator(), false)
                .map(CommandJson::view)
                .toList();
    }

    /** Data have arrived, at most {@link BookCommand.Observe#MOST}; for operators. */
    public StreamView observe(String stream, List<BookCommand.Observe.Datum> data) {
        ObjectNode body = NODES.objectNode();
        ArrayNode list = body.putArray("data");
        data.forEach(datum -> list.addObject()
                .put("user", datum.user())
                .put("time", datum.time().toString()));
        return CommandJson.view(router.json("POST", "/budget/streams/" + stream + "/data", body));
    }

    /** Ends that tick of a stream's counter; for operators. */
    public StreamView endTick(String stream, long tick) {
        return CommandJson.view(router.json(
                "POST",
                "/budget/streams/" + stream + "/tick",
                NODES.objectNode().put("tick", tick)));
    }

    // ---- claims

    /** Submits a claim; it is durable when this returns. */
    public ClaimView submit(ClaimRequest request) {
        return claim(router.json("POST", "/budget/claims", BookJson.request(request)));
    }

    /** What became of one of many claims: a claim, or a problem's field and detail. */
    public sealed interface Result {
        record Decided(ClaimView claim) implements Result {}

        record Refused(String code, String detail) implements Result {}
    }

    /** Submits up to 1,000 claims in one request. */
    public List<Result> submit(List<ClaimRequest> requests) {
        ObjectNode body = NODES.objectNode();
        ArrayNode list = body.putArray("claims");
        requests.forEach(request -> list.add(BookJson.request(request)));
        List<Result> results = new ArrayList<>();
        for (JsonNode one : router.json("POST", "/budget/claims/batch", body).path("results")) {
            String type = one.path("type").asText();
            results.add(
                    type.isEmpty()
                            ? new Result.Decided(claim(one))
                            : new Result.Refused(
                                    type.substring(type.lastIndexOf('/') + 1),
                                    one.path("detail").asText()));
        }
        return results;
    }

    /** This account's claims; for operators, everybody's. */
    public List<ClaimView> claims() {
        return pages("/budget/claims?limit=1000").stream()
                .map(BudgetClient::claim)
                .toList();
    }

    public ClaimView claim(String id) {
        return claim(router.json("GET", "/budget/claims/" + id, null));
    }

    /** The claim as soon as it is decided, or as it is after {@code patience}, at most a minute. */
    public ClaimView awaitDecision(String id, Duration patience) {
        long seconds = Math.clamp(patience.toSeconds(), 1, 60);
        return claim(router.json("GET", "/budget/claims/" + id + "?wait=" + seconds, null));
    }

    /**
     * Spends part of an allocation.
     *
     * @param key names this consumption within the claim
     */
    public ClaimView consume(String id, String key, Map<String, Cost> costs) {
        ObjectNode body = NODES.objectNode().put("key", key);
        ObjectNode amounts = body.putObject("costs");
        costs.forEach((block, cost) -> amounts.set(block, BookJson.cost(cost)));
        return claim(router.json("POST", "/budget/claims/" + id + "/consume", body));
    }

    /** Gives back what is left. */
    public ClaimView release(String id) {
        return claim(router.json("POST", "/budget/claims/" + id + "/release", null));
    }

    private static ClaimView claim(JsonNode json) {
        if (json instanceof ObjectNode object) {
            object.remove("account");
        }
        return BookJson.claim(json);
    }

    private List<JsonNode> pages(String path) {
        List<JsonNode> all = new ArrayList<>();
        String after = "";
        while (true) {
            JsonNode page = router.json("GET", path + "&after=" + encoded(after), null);
            page.path("items").forEach(all::add);
            if (!page.path("next").isTextual()) {
                return all;
            }
            after = page.get("next").textValue();
        }
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }
}
