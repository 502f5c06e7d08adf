package dev.croft.router.placement;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;

class FairQueueTest {

    @Test
    void ownersTakeTurnsWhateverTheirBacklog() {
        FairQueue<String> queue = new FairQueue<>(1);
        for (int i = 0; i < 5; i++) {
            queue.offer("greedy", "g" + i);
        }
        queue.offer("modest", "m0");
        queue.offer("other", "o0");
        List<String> served = new ArrayList<>();
        for (var turn = queue.next(); turn.isPresent(); turn = queue.next()) {
            served.add(turn.get().item());
            queue.release(turn.get().owner());
        }
        assertThat(served).containsExactly("g0", "m0", "o0", "g1", "g2", "g3", "g4");
    }

    @Test
    void aFreeSlotGoesToWhoeverHoldsTheFewest() {
        FairQueue<String> queue = new FairQueue<>(4);
        for (int i = 0; i < 10; i++) {
            queue.offer("greedy", "g" + i);
        }
        for (int i = 0; i < 3; i++) {
            assertThat(queue.next()).isPresent();
        }
        queue.offer("modest", "m0");
        queue.offer("modest", "m1");
        assertThat(queue.next().orElseThrow().owner()).isEqualTo("modest");
        assertThat(queue.next()).isEmpty();
        queue.release("greedy");
        assertThat(queue.next().orElseThrow().owner()).isEqualTo("modest");
    }

    @Test
    void whatIsWithdrawnIsNotServed() {
        FairQueue<String> queue = new FairQueue<>(1);
        queue.offer("a", "1");
        queue.offer("a", "2");
        assertThat(queue.withdraw("a", "1")).isTrue();
        assertThat(queue.withdraw("a", "1")).isFalse();
        assertThat(queue.next().orElseThrow().item()).isEqualTo("2");
        assertThat(queue.withdraw("a", "2")).isFalse();
    }

    /** Random use, against the definition: never above the bound, first come first served per owner, never two apart while both wait. */
    @Test
    void sharesStayWithinOneOfEachOtherWhileBothWait() {
        for (long tried = 0; tried < 300; tried++) {
            long seed = tried;
            Random random = new Random(seed);
            int slots = random.nextInt(1, 5);
            FairQueue<Integer> queue = new FairQueue<>(slots);
            Map<String, Deque<Integer>> expected = new HashMap<>();
            Map<String, Integer> holds = new HashMap<>();
            List<String> holders = new ArrayList<>();
            for (int step = 0; step < 200; step++) {
                String owner = "o" + random.nextInt(3);
                switch (random.nextInt(3)) {
                    case 0 -> {
                        queue.offer(owner, step);
                        expected.computeIfAbsent(owner, _ -> new ArrayDeque<>()).add(step);
                    }
                    case 1 -> {
                        var turn = queue.next();
                        boolean anyWaits = expected.values().stream().anyMatch(line -> !line.isEmpty());
                        assertThat(turn.isPresent()).as("seed %s", seed).isEqualTo(anyWaits && holders.size() < slots);
                        turn.ifPresent(served -> {
                            int mine = holds.getOrDefault(served.owner(), 0);
                            expected.forEach((other, line) -> {
                                if (!line.isEmpty()) {
                                    assertThat(mine)
                                            .as("seed %s", seed)
                                            .isLessThanOrEqualTo(holds.getOrDefault(other, 0));
                                }
                            });
                            assertThat(served.item())
                                    .isEqualTo(Objects.requireNonNull(expected.get(served.owner()))
                                            .remove());
                            holds.merge(served.owner(), 1, Integer::sum);
                            holders.add(served.owner());
                        });
                    }
                    default -> {
                        if (!holders.isEmpty()) {
                            String done = holders.remove(random.nextInt(holders.size()));
                            holds.merge(done, -1, Integer::sum);
                            queue.release(done);
                        }
                    }
                }
            }
        }
    }
}
