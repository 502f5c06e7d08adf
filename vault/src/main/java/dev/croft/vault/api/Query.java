package dev.croft.vault.api;

import dev.croft.budget.Epsilon;
import java.time.Instant;
import org.bson.BsonDocument;
import org.jspecify.annotations.Nullable;

/**
 * The words of a query across people, as one private cloud hears them: offer, reserve, run, then commit or refund. A query has an id that
 * its coordinator chose, unique for its grant; everything may be repeated under the same id and asks nothing twice.
 */
public final class Query {
    private Query() {}

    /**
     * What is asked.
     *
     * @param computation name of a registered computation
     * @param params what it takes
     * @param epsilon what the answer will cost
     * @param expires until when a reservation lives that is not run; ignored in an offer
     */
    public record Request(
            String computation,
            BsonDocument params,
            Epsilon epsilon,
            @Nullable Instant expires) {}

    /**
     * Whether this private cloud would take part. Nothing of its data is looked at.
     *
     * @param takesPart would a reservation succeed now
     * @param reason if not, the code of the problem
     * @param epsilon the price
     * @param sensitivity by how much one person can change the sum: the answer lies in [0, sensitivity]
     * @param digest of the computation's code
     */
    public record Offer(boolean takesPart, @Nullable String reason, Epsilon epsilon, long sensitivity, String digest) {}

    /**
     * Budget set aside.
     *
     * @param epsilon how much, of every block the query's time touches
     * @param expires when it falls back if the query is not run
     */
    public record Reservation(Epsilon epsilon, Instant expires) {}

    /**
     * One person's contribution. Only for the machinery that adds it up and adds noise: it is never stored or shown.
     *
     * @param value in [0, sensitivity]
     */
    public record Answer(long value) {
        /** Does not tell the value. */
        @Override
        public String toString() {
            return "Answer[hidden]";
        }
    }

    /**
     * How a query ended.
     *
     * @param outcome {@code committed}, {@code refunded} or {@code expired}
     * @param epsilon what it cost
     */
    public record Settlement(String outcome, Epsilon epsilon) {}
}
