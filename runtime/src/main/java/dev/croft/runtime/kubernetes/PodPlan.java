package dev.croft.runtime.kubernetes;

import dev.croft.runtime.Limits;
import dev.croft.runtime.Mount;
import dev.croft.runtime.Overcommit;
import dev.croft.runtime.Placing;
import dev.croft.runtime.Program;
import dev.croft.runtime.watch.Launch;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.EnvVarBuilder;
import io.fabric8.kubernetes.api.model.LocalObjectReference;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.SeccompProfile;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeBuilder;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.fabric8.kubernetes.api.model.VolumeMountBuilder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * A workload as a pod that the Pod Security Standard "restricted" admits: not root, read-only root, no capabilities, no token of a
 * service account, volumes that are claims or in memory.
 *
 * @param pod what the API server is asked for
 * @param digest what the image is to be, or empty where its name says so
 * @param claims directories by the names of their claims
 */
record PodPlan(Pod pod, String digest, Map<String, Path> claims) {
    static final String CONTAINER = "workload";

    private static final long MIB = 1L << 20;
    /** Room on the node's disk beyond the log that is kept, after which the kubelet evicts. */
    private static final long DISK = 512 * MIB;

    private static final Duration BACKSTOP = Duration.ofSeconds(30);
    private static final Duration LONGEST = Duration.ofDays(365);

    /** What the kubelet puts into every environment; it is the API server's address, which nobody here is to know. */
    private static final List<String> INJECTED = List.of(
            "KUBERNETES_SERVICE_HOST",
            "KUBERNETES_SERVICE_PORT",
            "KUBERNETES_SERVICE_PORT_HTTPS",
            "KUBERNETES_PORT",
            "KUBERNETES_PORT_443_TCP",
            "KUBERNETES_PORT_443_TCP_PROTO",
            "KUBERNETES_PORT_443_TCP_PORT",
            "KUBERNETES_PORT_443_TCP_ADDR");

    /**
     * How pods are made.
     *
     * @param name the pod's
     * @param runtime the runtime's
     * @param image as the kubelet is told it
     * @param pull whether the kubelet may fetch it from a registry
     * @param seccomp the profile in the kubelet's folder, or empty for the engine's own
     * @param placing of workload and installation
     * @param overcommit of which of its limits it is sure; the rest is shared
     */
    record Terms(
            String name,
            String runtime,
            Program.Image program,
            String image,
            boolean pull,
            long user,
            Optional<String> seccomp,
            Placing placing,
            Overcommit overcommit) {}

    static PodPlan of(Launch launch, Terms terms, Claims claims) {
        Limits limits = launch.spec().limits();
        Map<String, Path> claimed = new LinkedHashMap<>();
        List<VolumeMount> mounts = mounts(launch, claims, claimed);
        List<Volume> volumes = new ArrayList<>();
        claimed.keySet()
                .forEach(claim -> volumes.add(new VolumeBuilder()
                        .withName(claim)
                        .withNewPersistentVolumeClaim()
                        .withClaimName(claim)
                        .endPersistentVolumeClaim()
                        .build()));
        for (String scratch : List.of("work", "tmp")) {
            volumes.add(new VolumeBuilder()
                    .withName(scratch)
                    .withNewEmptyDir()
                    .withMedium("Memory")
                    .withSizeLimit(new Quantity(Long.toString(Math.max(4096, limits.scratchBytes()))))
                    .endEmptyDir()
                    .build());
            mounts.add(mount(scratch, "", "/" + scratch, true));
        }
        Duration clock = limits.wallClock();
        Pod pod = new PodBuilder()
                .withNewMetadata()
                .withName(terms.name())
                .withLabels(labels(launch, terms.runtime()))
                .endMetadata()
                .withNewSpec()
                .withRestartPolicy("Never")
                .withActiveDeadlineSeconds(
                        clock.compareTo(LONGEST) > 0
                                ? null
                                : clock.plus(BACKSTOP).toSeconds())
                .withTerminationGracePeriodSeconds(10L)
                .withAutomountServiceAccountToken(false)
                .withEnableServiceLinks(false)
                // Its command is no process 1, which the kernel would shield from signals; all still ends with the
                // container.
                .withShareProcessNamespace(true)
                .withHostname("croft")
                // Refuses at once. The JDK's HTTPS server asks for the name of each that connects, and would wait for a
                // silent one.
                .withDnsPolicy("None")
                .withNewDnsConfig()
                .withNameservers("127.0.0.1")
                .endDnsConfig()
                .withNodeSelector(terms.placing().nodeSelector())
                .withRuntimeClassName(terms.placing().runtimeClass())
                .withImagePullSecrets(terms.placing().pullSecrets().stream()
                        .map(LocalObjectReference::new)
                        .toList())
                .withNewSecurityContext()
                .withRunAsNonRoot(true)
                .withRunAsUser(terms.user())
                .withRunAsGroup(terms.user())
                .withSeccompProfile(terms.seccomp()
                        .map(profile -> new SeccompProfile(profile, "Localhost"))
                        .orElse(new SeccompProfile(null, "RuntimeDefault")))
                .endSecurityContext()
                .withContainers(container(launch, terms, limits, mounts))
                .withVolumes(volumes)
                .endSpec()
                .build();
        return new PodPlan(pod, terms.program().digest().toString(), claimed);
    }

    private static Container container(Launch launch, Terms terms, Limits limits, List<VolumeMount> mounts) {
        long millis = Math.max(10, Math.round(limits.cpus() * 1000));
        long memory = Math.max(8 * MIB, limits.memoryBytes());
        return new ContainerBuilder()
                .withName(CONTAINER)
                .withImage(terms.image())
                .withImagePullPolicy(terms.pull() ? "IfNotPresent" : "Never")
                .withCommand(escaped(launch.spec().program().command()))
                .withWorkingDir("/work")
                .withEnv(environment(launch))
                .withVolumeMounts(mounts)
                .withNewResources()
                .addToRequests(
                        "cpu",
                        new Quantity(Math.max(1, millis / terms.overcommit().cpu()) + "m"))
                .addToRequests(
                        "memory",
                        new Quantity(Long.toString(memory / terms.overcommit().memory())))
                .addToLimits("cpu", new Quantity(millis + "m"))
                .addToLimits("memory", new Quantity(Long.toString(memory)))
                .addToRequests("ephemeral-storage", new Quantity("0"))
                .addToLimits("ephemeral-storage", new Quantity(Long.toString(limits.logBytes() + DISK)))
                .endResources()
                .withNewSecurityContext()
                .withAllowPrivilegeEscalation(false)
                .withPrivileged(false)
                .withReadOnlyRootFilesystem(true)
                .withNewCapabilities()
                .withDrop("ALL")
                .endCapabilities()
                .endSecurityContext()
                .build();
    }

    private static Map<String, String> labels(Launch launch, String runtime) {
        Map<String, String> labels = new TreeMap<>();
        // So that people find an owner's pods; what is no label there, such as a path, stays with the runtime.
        launch.spec().labels().forEach((key, value) -> {
            if (value.matches("[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?")
                    && key.matches("[a-z0-9]+/[A-Za-z0-9]([A-Za-z0-9._-]{0,40}[A-Za-z0-9])?")) {
                labels.put(key, value);
            }
        });
        labels.put("app.kubernetes.io/managed-by", "croft");
        labels.put(Cluster.RUNTIME_LABEL, runtime);
        labels.put(Cluster.WORKLOAD_LABEL, launch.spec().id().value());
        labels.put(Cluster.NETWORK_LABEL, launch.listens() ? "listening" : "none");
        return labels;
    }

    private static List<EnvVar> environment(Launch launch) {
        Map<String, String> all = new TreeMap<>();
        INJECTED.forEach(name -> all.put(name, ""));
        if (launch.spec().program() instanceof Program.Files) {
            all.put("PATH", "/app/bin:/opt/java/bin:/usr/local/bin:/usr/bin:/bin");
        }
        all.putAll(launch.environment());
        return all.entrySet().stream()
                .map(e -> new EnvVarBuilder()
                        .withName(e.getKey())
                        .withValue(e.getValue().replace("$", "$$"))
                        .build())
                .toList();
    }

    /** The kubelet would put variables where {@code $(NAME)} stands. */
    private static List<String> escaped(List<String> command) {
        return command.stream().map(word -> word.replace("$", "$$")).toList();
    }

    private static List<VolumeMount> mounts(Launch launch, Claims claims, Map<String, Path> claimed) {
        List<VolumeMount> mounts = new ArrayList<>();
        launch.files().ifPresent(files -> mounts.add(mount(claims.place(files), claimed, "/app", false)));
        for (Mount mount : launch.mounts()) {
            mounts.add(mount(claims.place(launch.source(mount)), claimed, mount.target(), mount.writable()));
        }
        launch.spec().door().ifPresent(door -> {
            mounts.add(mount(claims.place(door), claimed, "/croft", false));
            if (launch.hasOutput()) {
                mounts.add(mount(claims.place(door.resolve("output")), claimed, "/croft/output", true));
            }
        });
        return mounts;
    }

    private static VolumeMount mount(Claims.Place place, Map<String, Path> claimed, String target, boolean writable) {
        claimed.put(place.claim(), place.directory());
        return mount(place.claim(), place.subPath(), target, writable);
    }

    private static VolumeMount mount(String volume, String subPath, String target, boolean writable) {
        return new VolumeMountBuilder()
                .withName(volume)
                .withSubPath(subPath.isEmpty() ? null : subPath)
                .withMountPath(target)
                .withReadOnly(writable ? null : true)
                .build();
    }
}
