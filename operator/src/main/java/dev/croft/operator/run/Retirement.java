package dev.croft.operator.run;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** Takes a router's pod away while it may still delete what it made, which it does as it ends. */
public final class Retirement {
    private static final Duration LOOK = Duration.ofMillis(500);

    private Retirement() {}

    /**
     * Deletes the StatefulSet and waits for its pod to be gone; one that is not there is gone.
     *
     * @return whether it is gone, within this time
     */
    public static boolean of(String namespace, String name, Duration patience) throws InterruptedException {
        try (KubernetesClient client = new KubernetesClientBuilder().build()) {
            client.apps().statefulSets().inNamespace(namespace).withName(name).delete();
            long end = System.nanoTime() + patience.toNanos();
            // Looked for by its name, which is all that its role allows.
            while (client.pods().inNamespace(namespace).withName(name + "-0").get() != null) {
                if (System.nanoTime() > end) {
                    return false;
                }
                TimeUnit.MILLISECONDS.sleep(LOOK.toMillis());
            }
            return true;
        }
    }
}
