package dev.croft.vault.spi;

import dev.croft.budget.Epsilon;
import dev.croft.vault.api.Span;
import java.util.Set;
import org.bson.BsonDocument;

/**
 * What a query across people computes for one of them: a whole number between 0 and a bound, so that one person can change a sum by no
 * more than the bound. Implementations are pure: they read what they are given and change nothing. Thread-safe.
 */
public interface Computation {
    /** Its name; a grant allows it as {@code query:NAME}. */
    String name();

    /** {@code sha256:…} of the code, so that the owner's audit tells which version ran. */
    String digest();

    /**
     * Reads and checks parameters.
     *
     * @throws IllegalArgumentException if they are not what it takes; the message goes to whoever asked
     */
    Prepared prepare(BsonDocument params);

    /** A computation with its parameters. */
    interface Prepared {
        /** Data of which time it looks at: what is paid for. */
        Span span();

        /** Which collections it reads. */
        Set<String> collections();

        /** By how much one person can change the sum; at least 1. */
        long sensitivity();

        /** What an answer costs when noise of {@code epsilon} for this sensitivity will be added: as a rule just that. */
        default Epsilon price(Epsilon epsilon) {
            return epsilon;
        }

        /** One person's value. What lies outside [0, sensitivity] is brought to the nearer end. */
        long run(DocumentReader reader);
    }
}
