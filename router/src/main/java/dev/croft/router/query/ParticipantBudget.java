package dev.croft.router.query;

import dev.croft.budget.Epsilon;
import java.util.Map;

/** What queries cost the people who take part, as this router counts it. Every call may be repeated. */
public interface ParticipantBudget {

    /** Counts nothing. */
    ParticipantBudget NONE = new ParticipantBudget() {
        @Override
        public boolean allocate(String query, Map<String, Epsilon> prices) {
            return true;
        }

        @Override
        public void settle(String query, Map<String, Epsilon> spent) {}
    };

    /**
     * Sets a query's price aside on every private cloud that it will ask, all or nothing.
     *
     * @param prices by private cloud
     * @return whether there was enough everywhere
     */
    boolean allocate(String query, Map<String, Epsilon> prices);

    /** Consumes what was paid, and gives back the rest. */
    void settle(String query, Map<String, Epsilon> spent);
}
