package dev.croft.runtime.kubernetes;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The pod that was asked for, kept in the workload's directory.
 *
 * @param digest what the image is to be
 * @param uid the cluster's own name of the pod that was made; empty where a crash came between
 */
record AskedPod(Pod pod, String digest, String uid) {
    private static final String FILE = "asked.json";
    private static final ObjectMapper JSON = new ObjectMapper();

    AskedPod of(Pod made) {
        return new AskedPod(pod, digest, made.getMetadata().getUid());
    }

    void write(Path directory) throws IOException {
        ObjectNode json = JSON.createObjectNode().put("digest", digest).put("uid", uid);
        json.set("pod", JSON.readTree(Serialization.asJson(pod)));
        Path fresh = directory.resolve(FILE + ".new");
        Files.write(fresh, JSON.writeValueAsBytes(json));
        Files.move(fresh, directory.resolve(FILE), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /** What was kept; {@code null} if nothing was. */
    static @Nullable AskedPod read(Path directory) throws IOException {
        Path file = directory.resolve(FILE);
        if (!Files.exists(file)) {
            return null;
        }
        JsonNode json = JSON.readTree(Files.readAllBytes(file));
        return new AskedPod(
                Serialization.unmarshal(json.path("pod").toString(), Pod.class),
                json.path("digest").asText(),
                json.path("uid").asText());
    }

    /** What the pod of that name has that was not asked for, or lacks; empty if all is as it should be. */
    List<String> deviations(Pod seen) {
        PodSpec asked = pod.getSpec();
        PodSpec has = seen.getSpec();
        Container first = has.getContainers().getFirst();
        Container wanted = asked.getContainers().getFirst();
        String image = seen.getStatus().getContainerStatuses().stream()
                .findFirst()
                .map(ContainerStatus::getImageID)
                .orElse("");
        Map<String, Boolean> checks = new TreeMap<>();
        checks.put("pod", uid.isEmpty() || uid.equals(seen.getMetadata().getUid()));
        checks.put("image", wanted.getImage().equals(first.getImage()) && image.endsWith(digest));
        checks.put(
                "command",
                wanted.getCommand().equals(first.getCommand())
                        && first.getArgs().isEmpty()
                        && first.getLifecycle() == null);
        checks.put("environment", variables(wanted).equals(variables(first)));
        checks.put(
                "labels",
                seen.getMetadata()
                        .getLabels()
                        .entrySet()
                        .containsAll(pod.getMetadata().getLabels().entrySet()));
        checks.put(
                "containers",
                has.getContainers().size() == 1 && has.getInitContainers().isEmpty());
        checks.put(
                "namespaces", isFalse(has.getHostNetwork()) && isFalse(has.getHostPID()) && isFalse(has.getHostIPC()));
        checks.put("user", Objects.equals(asked.getSecurityContext(), has.getSecurityContext()));
        checks.put("privileges", Objects.equals(wanted.getSecurityContext(), first.getSecurityContext()));
        checks.put(
                "mounts",
                wanted.getVolumeMounts().equals(first.getVolumeMounts())
                        && sources(asked).equals(sources(has)));
        checks.put("runtime class", Objects.equals(asked.getRuntimeClassName(), has.getRuntimeClassName()));
        // A runtime class may add to it.
        checks.put("node", selector(has).entrySet().containsAll(selector(asked).entrySet()));
        // What is kept for it while it is frozen is less than was asked for.
        checks.put("cpu", CpuRequest.limit(wanted).equals(CpuRequest.limit(first)));
        checks.put("memory", Objects.equals(memory(wanted), memory(first)));
        return checks.entrySet().stream()
                .filter(e -> !e.getValue())
                .map(Map.Entry::getKey)
                .toList();
    }

    /** The server leaves out empty values. */
    private static List<String> variables(Container container) {
        return container.getEnv().stream()
                .map(variable -> variable.getName()
                        + (variable.getValueFrom() == null
                                ? "=" + Objects.requireNonNullElse(variable.getValue(), "")
                                : " from elsewhere"))
                .toList();
    }

    private static List<String> sources(PodSpec spec) {
        return spec.getVolumes().stream()
                .map(volume -> {
                    String source = volume.getPersistentVolumeClaim() != null
                            ? "claim " + volume.getPersistentVolumeClaim().getClaimName()
                            : volume.getEmptyDir() != null ? "empty" : "other";
                    return volume.getName() + ": " + source;
                })
                .toList();
    }

    private static Map<String, String> selector(PodSpec spec) {
        return Objects.requireNonNullElse(spec.getNodeSelector(), Map.of());
    }

    private static @Nullable Object memory(Container container) {
        Map<String, Quantity> limits = container.getResources() == null
                ? null
                : container.getResources().getLimits();
        Quantity memory = limits == null ? null : limits.get("memory");
        return memory == null ? null : Quantity.getAmountInBytes(memory);
    }

    private static boolean isFalse(@Nullable Boolean flag) {
        return flag == null || !flag;
    }
}
