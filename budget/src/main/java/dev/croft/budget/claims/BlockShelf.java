package dev.croft.budget.claims;

import dev.croft.budget.InvalidInputException;
import dev.croft.budget.InvalidInputException.Problem;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** All blocks of a book, and which of them a claim is on. */
final class BlockShelf {
    private final Map<String, Block> byId = new HashMap<>();
    private final List<Block> byNumber = new ArrayList<>();
    private final Map<String, List<Block>> byDataset = new HashMap<>();

    /** Whether exactly this block is there; another one of its name is refused. */
    boolean has(BlockSpec spec) {
        Block known = byId.get(spec.id());
        if (known == null) return false;
        if (known.spec.equals(spec) && !known.deleted) return true;
        throw new InvalidInputException("block.id", Problem.DUPLICATE, spec.id() + " exists or existed");
    }

    void add(BlockSpec spec, double[] total) {
        var block = new Block(spec, byNumber.size(), total);
        byId.put(spec.id(), block);
        byNumber.add(block);
        byDataset.computeIfAbsent(spec.dataset(), d -> new ArrayList<>()).add(block);
    }

    List<Block> all() {
        return byNumber;
    }

    Optional<Block> find(String id) {
        return Optional.ofNullable(byId.get(id));
    }

    /** The block of that name, unless it is deleted. */
    Block live(String field, String id) {
        Block block = byId.get(id);
        if (block == null || block.deleted) throw new InvalidInputException(field, Problem.UNKNOWN, id);
        return block;
    }

    /** The blocks a claim is on, the oldest first. */
    Block[] select(Selector selector) {
        List<Block> selected = switch (selector) {
            case Selector.Named(List<String> ids) ->
                ids.stream().map(id -> live("blocks", id)).toList();
            case Selector.Within(String dataset, var window) ->
                of(dataset).filter(b -> b.spec.window().overlaps(window)).toList();
            case Selector.Newest(String dataset, int count) -> newest(dataset, count);
            case Selector.Where(String dataset, var conditions) ->
                of(dataset)
                        .filter(b -> conditions.stream().allMatch(condition -> condition.holds(b.spec)))
                        .toList();
            case Selector.Matching(var condition) ->
                byNumber.stream()
                        .filter(b -> !b.deleted && condition.test(b.spec))
                        .toList();
        };
        if (selected.isEmpty()) throw new InvalidInputException("blocks", Problem.EMPTY, "no block is selected");
        if (selected.size() > ClaimBook.MAX_BLOCKS_PER_CLAIM)
            throw new InvalidInputException("blocks", Problem.TOO_MANY, selected.size() + " are selected");
        return selected.stream().sorted(Comparator.comparing(b -> b.number)).toArray(Block[]::new);
    }

    private List<Block> newest(String dataset, int count) {
        List<Block> newest = of(dataset)
                .sorted(Comparator.comparing((Block b) -> b.spec.window().from())
                        .thenComparing(b -> b.number))
                .toList();
        if (newest.size() < count)
            throw new InvalidInputException("blocks.count", Problem.OUT_OF_RANGE, "only " + newest.size());
        return newest.subList(newest.size() - count, newest.size());
    }

    private Stream<Block> of(String dataset) {
        return byDataset.getOrDefault(dataset, List.of()).stream().filter(b -> !b.deleted);
    }
}
