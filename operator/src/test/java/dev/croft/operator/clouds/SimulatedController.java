package dev.croft.operator.clouds;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;

/** A controller whose looks and acts come one by one, so that anything may happen between them, and that may die there. */
final class SimulatedController {
    private final SimulatedCluster world;
    private final SplittableRandom random;
    private final CloudDesk desk = new CloudDesk(Duration.ofSeconds(5));
    private List<SeenResource> listed = List.of();
    private boolean looked;
    private final List<Act> todo = new ArrayList<>();

    SimulatedController(SimulatedCluster world, SplittableRandom random) {
        this.world = world;
        this.random = random;
    }

    void step() {
        if (random.nextInt(10) == 0) {
            // It dies, and another begins.
            looked = false;
            todo.clear();
        } else if (!todo.isEmpty()) {
            try {
                world.carryOut(todo.removeFirst());
            } catch (SimulatedCluster.Away e) {
                todo.clear();
            }
        } else if (!looked) {
            if (!world.away) {
                listed = List.copyOf(world.resources.values());
                looked = true;
            }
        } else {
            looked = false;
            todo.addAll(decide().acts());
        }
    }

    private CloudDesk.Answer decide() {
        return desk.decide(
                new CloudDesk.Sight(world.now, listed, List.copyOf(world.registry.values()), Set.of(), Map.of()));
    }

    /** A turn without anybody between; whether there was anything to do. */
    boolean turnWhole() {
        listed = List.copyOf(world.resources.values());
        CloudDesk.Answer answer = decide();
        answer.acts().forEach(world::carryOut);
        return !answer.acts().isEmpty();
    }
}
