package dev.croft.router.query;

import dev.croft.budget.Epsilon;
import dev.croft.router.RouterException;
import java.math.BigDecimal;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.bson.BsonDocument;
import org.jspecify.annotations.Nullable;

/**
 * What an analyst asks of many private clouds. Exactly one of {@code accuracy} and {@code epsilon} is given.
 *
 * @param computation name of a computation that permission managers know, such as {@code count}
 * @param cells the sums asked for; each is answered with its own noise and paid for by itself
 * @param clouds private clouds to ask; {@code null}: all that are enrolled for this computation
 * @param accuracy how exact each cell should be
 * @param epsilon what each cell costs each person
 * @param participantsEpsilon what a noisy number of participants costs each person; {@code null}: only that there were enough is told
 * @param minimumCohort fewest private clouds that must take part; {@code null}: the router's own minimum, which it cannot undercut
 * @param confidence of the intervals, in (0, 1); {@code null}: 0.95
 */
public record QueryRequest(
        String computation,
        List<Cell> cells,
        @Nullable List<String> clouds,
        @Nullable Accuracy accuracy,
        @Nullable BigDecimal epsilon,
        @Nullable BigDecimal participantsEpsilon,
        @Nullable Integer minimumCohort,
        @Nullable Double confidence) {

    /** Most cells of one query. */
    public static final int MOST_CELLS = 32;

    private static final int MOST_CLOUDS = 100_000;

    /**
     * One sum.
     *
     * @param label names the cell in the answer
     * @param params what the computation takes
     */
    public record Cell(String label, BsonDocument params) {}

    /**
     * The noise is off by more than {@code offset} with probability at most {@code alpha}.
     *
     * @param alpha in (0, 1)
     * @param offset in units of the answer, 0 or more
     */
    public record Accuracy(double alpha, double offset) {}

    /** Refuses, by name, what is missing, out of range or contradictory. */
    public QueryRequest {
        require(computation != null && computation.matches("[a-z][a-z0-9-]{0,40}"), "computation is a name");
        require(cells != null && !cells.isEmpty() && cells.size() <= MOST_CELLS, "cells are 1 to " + MOST_CELLS);
        cells = List.copyOf(cells);
        Set<String> labels = new HashSet<>();
        for (Cell cell : cells) {
            require(
                    cell.label() != null && cell.label().length() <= 64 && cell.params() != null,
                    "a cell has a label and params");
            require(labels.add(cell.label()), "each cell has its own label");
        }
        if (clouds != null) {
            require(!clouds.isEmpty() && clouds.size() <= MOST_CLOUDS, "clouds are 1 to " + MOST_CLOUDS);
            require(
                    clouds.stream().allMatch(id -> id.matches("[0-9a-f]{32}")),
                    "a cloud's id has 32 hexadecimal digits");
            require(new HashSet<>(clouds).size() == clouds.size(), "each cloud is named once");
            clouds = List.copyOf(clouds);
        }
        require(accuracy == null != (epsilon == null), "either accuracy or epsilon is given");
        if (accuracy != null) {
            require(accuracy.alpha() > 0 && accuracy.alpha() < 1, "alpha lies between 0 and 1");
            require(accuracy.offset() >= 0 && accuracy.offset() <= 1e15, "offset is 0 or more");
        }
        if (epsilon != null) {
            positive(epsilon, "epsilon");
        }
        if (participantsEpsilon != null) {
            positive(participantsEpsilon, "participantsEpsilon");
        }
        require(minimumCohort == null || minimumCohort >= 1, "minimumCohort is 1 or more");
        require(confidence == null || confidence > 0 && confidence < 1, "confidence lies between 0 and 1");
    }

    private static void positive(BigDecimal amount, String name) {
        try {
            require(!Epsilon.exactly(amount).isZero(), name + " is more than 0");
        } catch (RuntimeException e) {
            throw new RouterException.Invalid(name + " is a decimal above 0 with at most nine digits after the point");
        }
    }

    private static void require(boolean holds, String rule) {
        if (!holds) {
            throw new RouterException.Invalid(rule);
        }
    }

    double confidenceOrStandard() {
        return confidence == null ? 0.95 : confidence;
    }
}
