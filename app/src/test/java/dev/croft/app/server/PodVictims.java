package dev.croft.app.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.croft.router.placement.HostLaunch;
import dev.croft.router.registry.Host;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;

/** Pods of a cluster, deleted through its API as anyone would, with a grace of 30 seconds, of one, or without. */
final class PodVictims implements Victims {
    private static final String RUNTIME = "croft.dev/runtime";
    private static final String HOST = "croft/host";
    /** Services have no network, those that wait to be claimed too. */
    private static final String NETWORK = "croft.dev/network";

    private static final List<Long> GRACES = List.of(30L, 1L, 0L);
    /** What waits warm is at most this. */
    private static final int MOST_SERVICES = 8;

    private final UpProcess croft;
    private final Random random;
    private final String name;
    private final KubernetesClient client = new KubernetesClientBuilder().build();
    private final NodeTraces node;

    PodVictims(UpProcess croft, Random random) throws IOException, InterruptedException {
        this.croft = croft;
        this.random = random;
        name = Kubectl.runtimeOf(croft.home());
        node = new NodeTraces(client, namespace(), name);
    }

    private String namespace() {
        return "croft-" + name;
    }

    @Override
    public void kill(Victim victim) {
        // There are many hosts of one private cloud, and only one of the others, which is worth more.
        boolean shared = random.nextBoolean();
        long grace = GRACES.get(random.nextInt(GRACES.size()));
        await().atMost(KillIT.SOON).until(() -> {
            List<Pod> pods = alive().stream()
                    .filter(pod -> {
                        String host = pod.getMetadata().getLabels().get(HOST);
                        return victim == Victim.PM_HOST
                                ? host != null && host.equals(HostLaunch.SHARED) == shared
                                : "none".equals(pod.getMetadata().getLabels().get(NETWORK));
                    })
                    .toList();
            if (pods.isEmpty() && victim == Victim.PM_HOST) {
                pods = alive().stream()
                        .filter(pod -> pod.getMetadata().getLabels().containsKey(HOST))
                        .toList();
            }
            return !pods.isEmpty() && delete(pods.get(random.nextInt(pods.size())), grace);
        });
    }

    private boolean delete(Pod pod, long grace) {
        return !client.pods()
                .inNamespace(namespace())
                .withName(pod.getMetadata().getName())
                .withGracePeriod(grace)
                .delete()
                .isEmpty();
    }

    private List<Pod> alive() {
        return client.pods().inNamespace(namespace()).withLabel(RUNTIME, name).list().getItems().stream()
                .filter(pod -> pod.getMetadata().getDeletionTimestamp() == null)
                .toList();
    }

    /** Each host that runs is one of the router's, and there are no more services than may wait and run. */
    @Override
    public void nothingUnknown() {
        await().atMost(Duration.ofMinutes(2)).untilAsserted(() -> {
            Set<String> known = croft.operator().hosts().stream()
                    .map(Host::workloadId)
                    .filter(Objects::nonNull)
                    .map(workload -> "croft-" + name + "-" + workload)
                    .collect(Collectors.toSet());
            List<Pod> pods = alive();
            assertThat(pods.stream()
                            .filter(pod -> pod.getMetadata().getLabels().containsKey(HOST))
                            .map(pod -> pod.getMetadata().getName()))
                    .allMatch(known::contains);
            assertThat(pods).hasSizeLessThanOrEqualTo(known.size() + MOST_SERVICES);
        });
    }

    @Override
    public void nothingLeft() {
        // With the namespace goes all that is in it. What follows names the rest, lest it is there without its
        // namespace.
        await().atMost(Duration.ofMinutes(3)).untilAsserted(() -> {
            assertThat(client.namespaces().withName(namespace()).get()).isNull();
            assertThat(client.pods()
                            .inAnyNamespace()
                            .withLabel(RUNTIME, name)
                            .list()
                            .getItems())
                    .isEmpty();
            assertThat(client.persistentVolumeClaims()
                            .inAnyNamespace()
                            .withLabel(RUNTIME, name)
                            .list()
                            .getItems())
                    .isEmpty();
            assertThat(client.persistentVolumes()
                            .withLabel(RUNTIME, name)
                            .list()
                            .getItems())
                    .isEmpty();
            assertThat(client.network()
                            .v1()
                            .networkPolicies()
                            .inAnyNamespace()
                            .withLabel(RUNTIME, name)
                            .list()
                            .getItems())
                    .isEmpty();
            assertThat(client.secrets().inNamespace(namespace()).list().getItems())
                    .isEmpty();
            node.nothingLeft();
        });
    }

    @Override
    public void close() {
        node.close();
        client.close();
    }
}
