package dev.croft.runtime.bench;

import dev.croft.runtime.WorkloadId;
import dev.croft.runtime.watch.Handover;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.dsl.PodResource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A pod created through the API with the very description of one of ours but for its labels and its door, and deleted through the API with
 * the grace that it has, until it is not there any more. The API has nothing to pause a pod with.
 */
final class BareKubernetes implements Bare, AutoCloseable {
    private static final int SERVICE = 10_001;
    private static final String WORKLOAD = "croft.dev/workload";

    private final KubernetesClient client = new KubernetesClientBuilder().build();
    private final String namespace;
    private final Path files;
    private @Nullable Pod like;

    /** @param files what the runtime's claim covers */
    BareKubernetes(String namespace, Path files) {
        this.namespace = namespace;
        this.files = files;
    }

    @Override
    public String name() {
        return "creating a pod of the same description, deleting it until it is gone";
    }

    @Override
    public boolean pauses() {
        return false;
    }

    @Override
    public void like(WorkloadId ours) {
        if (like == null) {
            like = client.pods()
                    .inNamespace(namespace)
                    .withLabel(WORKLOAD, ours.value())
                    .list()
                    .getItems()
                    .getFirst();
        }
    }

    private PodResource pod(String id) {
        return client.pods().inNamespace(namespace).withName(id);
    }

    @Override
    public void start(String id, Path door) throws IOException {
        if (Files.getAttribute(door, "unix:uid").equals(0)) {
            Handover.door(door, SERVICE);
        }
        Pod pod = new PodBuilder()
                .withNewMetadata()
                .withName(id)
                .withNamespace(namespace)
                .endMetadata()
                .withSpec(new PodBuilder(Objects.requireNonNull(like)).buildSpec())
                .build();
        pod.getSpec().setNodeName(null);
        for (VolumeMount mount : pod.getSpec().getContainers().getFirst().getVolumeMounts()) {
            switch (mount.getMountPath()) {
                case "/croft" -> mount.setSubPath(files.relativize(door).toString());
                case "/croft/output" ->
                    mount.setSubPath(files.relativize(door.resolve("output")).toString());
                default -> {}
            }
        }
        client.pods().inNamespace(namespace).resource(pod).create();
    }

    @Override
    public void pause(String id) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void resume(String id) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void delete(String id, Runnable acknowledged) {
        pod(id).delete();
        acknowledged.run();
        pod(id).waitUntilCondition(Objects::isNull, 5, TimeUnit.MINUTES);
    }

    @Override
    public void close() {
        client.close();
    }
}
