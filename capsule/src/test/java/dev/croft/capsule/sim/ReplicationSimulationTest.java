package dev.croft.capsule.sim;

import static org.assertj.core.api.Assertions.assertThat;

import dev.croft.capsule.Seeded;
import dev.croft.capsule.WriterMode;
import dev.croft.capsule.sim.World.Event;
import dev.croft.capsule.sim.World.Step;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/**
 * Random interleavings of a writer, servers and readers with crashes, partitions, full disks, rot and repairs, run on the code that the server
 * runs. A failure names its seed ({@code -Dcroft.seed}) and the smallest steps that still fail; {@code -Dcroft.cases} runs more.
 */
class ReplicationSimulationTest {
    private static final int CASES = Integer.getInteger("croft.cases", 750);
    private static final int STEPS = 60;

    private static Function<SplittableRandom, Step> steps(Map<Event, Integer> weights) {
        int sum = weights.values().stream().mapToInt(Integer::intValue).sum();
        return random -> {
            int at = random.nextInt(sum);
            for (Event event : Event.values()) {
                at -= weights.getOrDefault(event, 0);
                if (at < 0) {
                    return new Step(event, random.nextInt(1 << 20), random.nextInt(1 << 20));
                }
            }
            throw new AssertionError("weights are summed wrongly");
        };
    }

    private static Map<Event, Integer> faults() {
        Map<Event, Integer> weights = new HashMap<>();
        weights.put(Event.APPEND, 14);
        weights.put(Event.DELIVER, 46);
        weights.put(Event.DROP, 3);
        weights.put(Event.CRASH, 3);
        weights.put(Event.RESTART, 5);
        weights.put(Event.PARTITION, 2);
        weights.put(Event.HEAL, 3);
        weights.put(Event.DISK_FULL, 3);
        weights.put(Event.ROT, 2);
        weights.put(Event.SCRUB, 2);
        weights.put(Event.REPAIR, 8);
        weights.put(Event.WRITER_CRASH, 2);
        weights.put(Event.SKEW, 1);
        weights.put(Event.READ, 4);
        return weights;
    }

    private static Map<String, Integer> simulate(WriterMode mode, int servers, Map<Event, Integer> weights) {
        Map<String, Integer> happened = new HashMap<>();
        Seeded.forAll(CASES, STEPS, steps(weights), (List<Step> steps) -> {
            var world = new World(mode, servers);
            world.run(steps);
            world.happened.forEach((what, times) -> happened.merge(what, times, Integer::sum));
        });
        return happened;
    }

    @Test
    void aStrictWritersRecordsSurviveWhateverHappensToThreeServers() {
        assertThat(simulate(WriterMode.STRICT, 3, faults()))
                .containsKeys("acknowledged", "read", "rot", "crashed in the middle", "disk full", "cut off")
                .doesNotContainKeys("fork", "branched");
    }

    @Test
    void aStrictWritersRecordsSurviveWhateverHappensToFiveServers() {
        assertThat(simulate(WriterMode.STRICT, 5, faults())).containsKeys("acknowledged", "read", "rot");
    }

    @Test
    void aWriterThatLosesItsStateBranchesAndNoBranchIsLost() {
        Map<Event, Integer> weights = faults();
        weights.put(Event.WRITER_CRASH, 6);
        assertThat(simulate(WriterMode.QUASI, 3, weights))
                .containsKeys("acknowledged", "read", "rot", "writer restarted", "branched", "hole stayed");
    }

    @Test
    void aStrictWriterThatCheatsIsConvictedAtEveryServerThatMeetsBothHistories() {
        Map<Event, Integer> weights = faults();
        weights.put(Event.CHEAT, 4);
        weights.remove(Event.ROT);
        assertThat(simulate(WriterMode.STRICT, 3, weights)).containsKeys("cheated", "fork");
    }
}
