package dev.croft.operator.clouds;

import static org.assertj.core.api.Assertions.assertThat;

import dev.croft.operator.clouds.CloudSpec.Desired;
import dev.croft.operator.clouds.CloudSpec.Hosting;
import dev.croft.operator.clouds.CloudStatus.State;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/**
 * People edit and delete resources, owners make, lock and delete private clouds, controllers look, are slow, die after any act, and lose
 * the API server: whatever the order, when that ends the world comes to rest, and says of each private cloud what is so.
 */
class ConvergenceTest {
    @Test
    void theWorldConvergesWhoeverDidWhatBefore() {
        int cases = Integer.getInteger("croft.cases", 3000);
        long seed = Long.getLong("croft.seed", 20_261_121);
        for (int i = 0; i < cases; i++) {
            try {
                play(new SplittableRandom(seed + i));
            } catch (RuntimeException | AssertionError e) {
                throw new AssertionError("fails with -Dcroft.seed=" + (seed + i), e);
            }
        }
    }

    private static void play(SplittableRandom random) {
        var world = new SimulatedCluster();
        List<SimulatedController> controllers =
                List.of(new SimulatedController(world, random.split()), new SimulatedController(world, random.split()));
        int steps = random.nextInt(10, 120);
        for (int step = 0; step < steps; step++) {
            switch (random.nextInt(14)) {
                case 0 -> world.ownerMakes(random);
                case 1 -> world.ownerUnlocks(random);
                case 2 -> world.ownerDeletes(random);
                case 3 -> world.ownerUses(random);
                case 4 -> world.hostLosesKey(random);
                case 5 -> world.routerLetsSleep(random);
                case 6 -> world.someoneEdits(random);
                case 7 -> world.someoneDeletes(random);
                case 8 -> world.someoneCreates(random);
                case 9 -> world.away = random.nextInt(3) == 0;
                case 10 -> world.now = world.now.plusSeconds(random.nextInt(1, 100));
                default -> controllers.get(random.nextInt(2)).step();
            }
        }
        world.away = false;
        world.finalizersEnd();
        var last = new SimulatedController(world, random.split());
        int turns = 0;
        while (last.turnWhole()) {
            world.now = world.now.plusSeconds(1);
            assertThat(++turns).as("turns until it rests").isLessThan(100);
        }
        // Idle times pass.
        world.now = world.now.plusSeconds(200);
        turns = 0;
        while (last.turnWhole()) {
            assertThat(++turns).isLessThan(20);
        }
        isAsAsked(world);
    }

    private static void isAsAsked(SimulatedCluster world) {
        world.registry.values().forEach(cloud -> assertThat(world.resources).containsKey(cloud.id()));
        world.resources.values().forEach(resource -> {
            Registered cloud = world.registry.get(resource.name());
            CloudStatus status = resource.status();
            assertThat(status.observedGeneration()).isEqualTo(resource.generation());
            if (cloud == null) {
                assertThat(status.state()).isEqualTo(State.Absent);
                return;
            }
            CloudSpec spec = resource.spec();
            assertThat(spec.account()).isEqualTo(cloud.account());
            assertThat(status.state()).isEqualTo(cloud.state());
            assertThat(status.hosting()).isEqualTo(cloud.hosting());
            if (cloud.state() == State.Deleting) {
                return;
            }
            boolean refused = spec.hosting() != null && spec.hosting() != cloud.hosting();
            if (refused) {
                assertThat(cloud.hosting() == Hosting.Own
                                || cloud.state() == State.Awake
                                || cloud.state() == State.Asleep)
                        .isTrue();
            }
            if (spec.wish() == Desired.Awake) {
                assertThat(cloud.state()).isNotEqualTo(State.Asleep);
            }
            if (spec.wish() == Desired.Asleep || spec.wish() == Desired.Automatic && spec.idleSeconds() != null) {
                assertThat(cloud.state()).isNotEqualTo(State.Awake);
            }
            boolean needsOwner = spec.wish() == Desired.Awake && cloud.state() != State.Awake;
            assertThat(status.condition(CloudDesk.RECONCILED).orElseThrow().status())
                    .isEqualTo(needsOwner || refused ? "False" : "True");
            assertThat(Objects.requireNonNull(status.hosting())).isIn((Object[]) Hosting.values());
        });
        assertThat(world.isolated)
                .as("no resource took a host of its own from anyone")
                .allSatisfy(id -> {
                    Registered cloud = world.registry.get(id);
                    assertThat(cloud == null || cloud.hosting() == Hosting.Own).isTrue();
                });
        // Whatever was edited and deleted, no owner lost anything: only owners took clouds away.
        assertThat(world.registry.keySet()).isEqualTo(world.made);
    }
}
