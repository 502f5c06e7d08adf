package dev.croft.router.claims;

import dev.croft.budget.Epsilon;
import dev.croft.budget.InvalidInputException;
import dev.croft.budget.InvalidInputException.Problem;
import dev.croft.budget.books.BookCommand;
import dev.croft.budget.books.Books;
import dev.croft.budget.claims.BlockSpec;
import dev.croft.budget.claims.ClaimBook;
import dev.croft.budget.claims.ClaimRequest;
import dev.croft.budget.claims.ClaimState;
import dev.croft.budget.claims.Composition;
import dev.croft.budget.claims.Cost;
import dev.croft.budget.claims.Selector;
import dev.croft.budget.ledger.TimeWindow;
import dev.croft.router.query.ParticipantBudget;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Queries as claims on a block for each private cloud, {@code clouds/ID}, shown to operators only. The block is made with the first
 * query and has no cap of its own, unless the operator made it before, with one: what a person allows is decided by the ledger of
 * their own private cloud, and this is what all queries of this router have asked and spent of each. Thread-safe.
 */
public final class QueryClaims implements ParticipantBudget {

    /** Data set of the blocks. */
    public static final String DATASET = "clouds";

    private static final String ACTOR = "router";
    private static final Duration LEASE = Duration.ofDays(30);
    private static final Logger LOG = LoggerFactory.getLogger(QueryClaims.class);

    private final ClaimService claims;

    public QueryClaims(ClaimService claims) {
        this.claims = claims;
    }

    private static String block(String cloud) {
        return DATASET + "/" + cloud;
    }

    private static String claim(String query, int part) {
        return ACTOR + "/query-" + query + "-" + part;
    }

    @Override
    public boolean allocate(String query, Map<String, Epsilon> prices) {
        for (String cloud : prices.keySet()) {
            ClaimService.await(claims.begin(
                    ACTOR,
                    books -> books.block(block(cloud)).isPresent()
                            ? null
                            : new BookCommand.CreateBlock(new BlockSpec(
                                    block(cloud),
                                    DATASET,
                                    TimeWindow.ALWAYS,
                                    Map.of(Books.USER, cloud),
                                    Cost.of(Composition.MAX_EPSILON, 0))),
                    _ -> true));
        }
        // One claim asks the same of each block, and of so many at most.
        Map<Epsilon, List<String>> byPrice = new TreeMap<>();
        prices.forEach((cloud, price) ->
                byPrice.computeIfAbsent(price, _ -> new ArrayList<>()).add(block(cloud)));
        int part = 0;
        for (Map.Entry<Epsilon, List<String>> one : byPrice.entrySet()) {
            List<String> blocks = one.getValue();
            for (int from = 0; from < blocks.size(); from += ClaimBook.MAX_BLOCKS_PER_CLAIM) {
                var request = new ClaimRequest(
                        claim(query, part++),
                        new Selector.Named(
                                blocks.subList(from, Math.min(blocks.size(), from + ClaimBook.MAX_BLOCKS_PER_CLAIM))),
                        Cost.of(one.getKey().toDouble(), 0),
                        1,
                        Duration.ZERO,
                        LEASE);
                if (!isAllocated(request)) {
                    release(query);
                    return false;
                }
            }
        }
        return true;
    }

    private boolean isAllocated(ClaimRequest request) {
        try {
            return claims.decide(
                            ACTOR,
                            new BookCommand.Submit(request),
                            _ -> {},
                            books -> books.claim(request.id()).orElseThrow().state())
                    == ClaimState.ALLOCATED;
        } catch (InvalidInputException e) {
            // A block that the operator deleted, or made in another form: nothing may be asked of it.
            LOG.warn("a query is refused: {}", e.getMessage());
            return false;
        }
    }

    @Override
    public void settle(String query, Map<String, Epsilon> spent) {
        for (int part = 0; ; part++) {
            String id = claim(query, part);
            var view = claims.read(books -> books.claim(id));
            if (view.isEmpty()) {
                return;
            }
            Map<String, Cost> costs = new TreeMap<>();
            for (String block : view.get().allocated().keySet()) {
                Epsilon paid = spent.get(block.substring(DATASET.length() + 1));
                if (paid != null && !paid.isZero()) {
                    costs.put(block, Cost.of(paid.toDouble(), 0));
                }
            }
            if (!costs.isEmpty()) {
                consume(id, costs);
            }
            claims.decide(ACTOR, new BookCommand.Release(id), _ -> {}, _ -> true);
        }
    }

    private void consume(String id, Map<String, Cost> costs) {
        try {
            claims.decide(ACTOR, new BookCommand.Consume(id, "paid", costs), _ -> {}, _ -> true);
        } catch (InvalidInputException e) {
            if (e.problem() != Problem.DUPLICATE) {
                throw e;
            }
            // Consumed before the last crash: what was left on other blocks only is looked at again.
        }
    }

    private void release(String query) {
        settle(query, Map.of());
    }
}
