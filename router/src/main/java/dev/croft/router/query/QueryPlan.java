package dev.croft.router.query;

import dev.croft.budget.Epsilon;
import java.time.Instant;
import java.util.List;

/**
 * What was fixed before anything was reserved, and never changes after.
 *
 * @param cells one for each cell of the request
 * @param participantsEpsilonNanos price of a noisy number of participants; 0 for none. It is charged with the first cell.
 * @param minimumCohort fewest private clouds
 * @param participants who is asked, by id
 * @param expires when reservations that were not run fall back by themselves
 */
public record QueryPlan(
        List<Cell> cells,
        long participantsEpsilonNanos,
        int minimumCohort,
        List<Enrolment> participants,
        Instant expires) {

    public QueryPlan {
        cells = List.copyOf(cells);
        participants = List.copyOf(participants);
    }

    /**
     * A cell's noise: discrete Laplace of scale sensitivity/epsilon.
     *
     * @param sensitivity by how much one person can change the sum
     * @param digest of the computation that everyone runs
     */
    public record Cell(long epsilonNanos, long sensitivity, String digest) {}

    /** What the leg of that cell costs, in 1e-9 epsilon. */
    public long legPrice(int cell) {
        return cells.get(cell).epsilonNanos() + (cell == 0 ? participantsEpsilonNanos : 0);
    }

    /** What the whole query costs each person who answers all of it. */
    public Epsilon price() {
        Epsilon sum = Epsilon.ZERO;
        for (int cell = 0; cell < cells.size(); cell++) {
            sum = sum.plus(new Epsilon(legPrice(cell)));
        }
        return sum;
    }
}
