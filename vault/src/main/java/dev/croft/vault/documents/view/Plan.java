package dev.croft.vault.documents.view;

import dev.croft.vault.documents.Index;
import dev.croft.vault.documents.filter.FieldPath;
import dev.croft.vault.documents.filter.Filter;
import dev.croft.vault.documents.filter.Sort;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * How to come by the documents that match: which B-tree, which ranges of it, and what is left to do. The candidates in the ranges always include every
 * document that matches.
 *
 * @param index empty: the documents themselves, ordered by {@code _id}
 * @param ranges disjoint, in order
 * @param constrained whether the ranges are not simply everything
 * @param covered whether the ranges hold only documents that match
 * @param sorted whether reading them in this direction gives the order asked for
 * @param reverse whether to read from the end
 */
public record Plan(
        Optional<Index> index,
        List<KeyRange> ranges,
        boolean constrained,
        boolean covered,
        boolean sorted,
        boolean reverse) {
    private static final int MAX_RANGES = 2_000;
    private static final List<FieldPath> ID = List.of(FieldPath.parse("_id"));

    /** What the planner may rely on. */
    public record Question(List<Filter> conjuncts, boolean allConjuncts, Sort sort, boolean sortByIndex) {}

    /**
     * Chooses the index with the most leading equalities, then a range, then the order asked for.
     *
     * @param several whether an index holds a document by more than one key
     */
    public static Plan choose(List<Index> indexes, Predicate<Index> several, Question question) {
        List<Constraint> constraints = new ArrayList<>();
        boolean all = question.allConjuncts;
        for (Filter part : question.conjuncts) {
            Constraint constraint = Constraint.of(part);
            if (constraint != null) {
                constraints.add(constraint);
            } else {
                all = false;
            }
        }
        Candidate best = candidate(Optional.empty(), ID, false, constraints, all, question);
        for (Index index : indexes) {
            Candidate other =
                    candidate(Optional.of(index), index.paths(), several.test(index), constraints, all, question);
            if (other.score > best.score) {
                best = other;
            }
        }
        return best.plan;
    }

    /** What {@link dev.croft.vault.documents.Explain} calls the B-tree: empty where all documents are looked at. */
    public String name() {
        return index.map(Index::name).orElse(constrained || sorted ? "_id" : "");
    }

    private record Candidate(Plan plan, int score) {}

    private static Candidate candidate(
            Optional<Index> index,
            List<FieldPath> paths,
            boolean several,
            List<Constraint> constraints,
            boolean all,
            Question question) {
        List<byte[]> prefixes = List.of(new byte[0]);
        KeyRange span = null;
        int used = 0;
        int points = 0;
        boolean exact = all;
        int component = 0;
        for (; component < paths.size(); component++) {
            FieldPath path = paths.get(component);
            List<Constraint> here = constraints.stream()
                    .filter(constraint -> constraint.path().equals(path))
                    .toList();
            if (here.isEmpty()) {
                break;
            }
            Constraint constraint = several
                    ? strongest(here)
                    : here.stream().reduce(Constraint::and).orElseThrow();
            List<byte[]> values = constraint.points();
            if (values != null && (long) values.size() * prefixes.size() > MAX_RANGES) {
                break;
            }
            used += here.size();
            exact &= constraint.exact();
            if (values == null) {
                span = constraint.span();
                component++;
                break;
            }
            points++;
            prefixes = products(prefixes, values);
        }
        List<KeyRange> ranges = new ArrayList<>(prefixes.size());
        for (byte[] prefix : prefixes) {
            KeyRange range = span == null ? KeyRange.startingWith(prefix) : span.after(prefix);
            if (!range.isEmpty()) {
                ranges.add(range);
            }
        }
        boolean one = prefixes.size() <= 1;
        List<FieldPath> order = one ? paths.subList(Math.min(points, paths.size()), paths.size()) : paths;
        List<FieldPath> fixed = one ? paths.subList(0, Math.min(points, paths.size())) : List.of();
        int direction = several || !question.sortByIndex ? 0 : direction(order, fixed, question.sort);
        boolean covered = exact && !several && used == constraints.size();
        Plan plan = new Plan(index, ranges, used > 0, covered, direction != 0, direction < 0);
        boolean whole =
                points == paths.size() && (index.isEmpty() || index.get().unique());
        int score = (whole ? 1000 : 0) + points * 4 + (span == null ? 0 : 2) + (direction == 0 ? 0 : 1);
        return new Candidate(plan, score);
    }

    /** Where a path may have several values, each constraint may be met by another one, so only one of them bounds the keys. */
    private static Constraint strongest(List<Constraint> constraints) {
        return constraints.stream()
                .filter(constraint -> constraint.points() != null)
                .findFirst()
                .orElse(constraints.getFirst());
    }

    private static List<byte[]> products(List<byte[]> prefixes, List<byte[]> values) {
        List<byte[]> products = new ArrayList<>(prefixes.size() * values.size());
        for (byte[] prefix : prefixes) {
            byte[] last = null;
            for (byte[] value : values) {
                if (last == null || !Arrays.equals(last, value)) {
                    products.add(ByteKeys.concat(prefix, value));
                }
                last = value;
            }
        }
        return products;
    }

    /** 1 or -1 if reading the index forward or backward gives the order, which ends in {@code _id}; 0 if neither does. */
    private static int direction(List<FieldPath> order, List<FieldPath> fixed, Sort sort) {
        int direction = 0;
        int next = 0;
        for (Sort.Key key : sort.keys()) {
            if (fixed.contains(key.path())) {
                continue;
            }
            int wanted = key.ascending() ? 1 : -1;
            if (next == order.size()
                    || !order.get(next).equals(key.path())
                    || (direction != 0 && wanted != direction)) {
                return 0;
            }
            direction = wanted;
            next++;
        }
        if (sort.keys().isEmpty() || next < order.size()) {
            return 0;
        }
        // Documents equal in all keys come in the direction of the last one.
        int last = sort.keys().getLast().ascending() ? 1 : -1;
        return direction == 0 || direction == last ? last : 0;
    }
}
