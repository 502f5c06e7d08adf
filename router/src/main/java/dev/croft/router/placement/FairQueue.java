package dev.croft.router.placement;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Queue;

/**
 * What waits for one of a bounded number of slots, in fair shares: a free slot goes to the owner who holds the fewest, among those to
 * the one served longest ago, and within an owner to what came first. So nobody waits for another's backlog. Thread-safe.
 *
 * @param <T> what waits
 */
final class FairQueue<T> {

    private final int slots;
    // In the order of turns: whoever was served goes to the end.
    private final LinkedHashMap<String, Queue<T>> waiting = new LinkedHashMap<>();
    private final Map<String, Integer> running = new HashMap<>();
    private int used;

    FairQueue(int slots) {
        if (slots < 1) {
            throw new IllegalArgumentException("at least one slot");
        }
        this.slots = slots;
    }

    /** Lets something wait for its owner's turn. */
    synchronized void offer(String owner, T item) {
        waiting.computeIfAbsent(owner, _ -> new ArrayDeque<>()).add(item);
    }

    /** Takes a slot for what runs already, even above the bound. */
    synchronized void occupy(String owner) {
        used++;
        running.merge(owner, 1, Integer::sum);
    }

    /** The next in turn, which then holds a slot until {@link #release}; empty when no slot is free or nothing waits. */
    synchronized Optional<Turn<T>> next() {
        if (used >= slots || waiting.isEmpty()) {
            return Optional.empty();
        }
        String owner = null;
        for (String candidate : waiting.keySet()) {
            if (owner == null || running.getOrDefault(candidate, 0) < running.getOrDefault(owner, 0)) {
                owner = candidate;
            }
        }
        Queue<T> line = Objects.requireNonNull(waiting.remove(Objects.requireNonNull(owner)));
        T item = line.remove();
        if (!line.isEmpty()) {
            waiting.put(owner, line);
        }
        occupy(owner);
        return Optional.of(new Turn<>(owner, item));
    }

    /** Gives a slot back. */
    synchronized void release(String owner) {
        used--;
        running.computeIfPresent(owner, (_, count) -> count == 1 ? null : count - 1);
    }

    /** Takes something out that still waits; says whether it did. */
    synchronized boolean withdraw(String owner, T item) {
        Queue<T> line = waiting.get(owner);
        if (line == null || !line.remove(item)) {
            return false;
        }
        if (line.isEmpty()) {
            waiting.remove(owner);
        }
        return true;
    }

    record Turn<T>(String owner, T item) {}
}
