package dev.croft.app.server;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.croft.app.server.Victims.Victim;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.parallel.ResourceLock;

/**
 * The same on a real cluster: the router is killed, and pods are deleted at random, with and without a grace. At the end nothing of it is
 * left in the cluster or on its node. The size is {@code -Dcroft.kubernetes.clouds}, of which {@code -Dcroft.kubernetes.own} in pods of
 * their own, {@code -Dcroft.kubernetes.kills} (of eight, six are of the router) and {@code -Dcroft.kubernetes.minutes}.
 */
@ResourceLock("kubernetes")
class KubernetesKillIT extends KillIT {
    private static final int ROUND = 8;

    @BeforeAll
    static void asked() {
        assumeTrue(Boolean.getBoolean("croft.kubernetes"), "Kubernetes is not asked for: run with -Pkubernetes");
        assumeTrue(System.getenv("KUBECONFIG") != null, "KUBECONFIG is not set: see CONTRIBUTING.md");
    }

    @Override
    int kills() {
        return Integer.getInteger("croft.kubernetes.kills", 3);
    }

    @Override
    int clouds() {
        return Integer.getInteger("croft.kubernetes.clouds", 5);
    }

    @Override
    int own() {
        return Integer.getInteger("croft.kubernetes.own", 1);
    }

    @Override
    Duration atLeast() {
        return Duration.ofMinutes(Integer.getInteger("croft.kubernetes.minutes", 0));
    }

    /** Each kind once among few; of many, three of four are of the router. */
    @Override
    List<Victim> round() {
        if (kills() < ROUND) {
            return super.round();
        }
        List<Victim> round = new ArrayList<>(Collections.nCopies(ROUND - 2, Victim.ROUTER));
        round.addAll(List.of(Victim.PM_HOST, Victim.SERVICE));
        return round;
    }

    @Override
    String backend() {
        return "kubernetes";
    }

    @Override
    Victims victims(UpProcess croft, Random chance) throws IOException, InterruptedException {
        return new PodVictims(croft, chance);
    }
}
