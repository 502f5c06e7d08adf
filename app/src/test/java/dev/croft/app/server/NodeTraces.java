package dev.croft.app.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/** What the pods of a namespace leave on their node, which is this machine: every pod that there ever was is remembered. */
final class NodeTraces implements ResourceEventHandler<Pod>, AutoCloseable {
    /** Of both versions, and of both drivers. */
    private static final List<Path> GROUPS = Stream.of("", "pids", "freezer", "memory", "cpu", "systemd")
            .map(Path.of("/sys/fs/cgroup")::resolve)
            .toList();

    private static final List<String> QUALITIES = List.of(
            "",
            "/burstable",
            "/besteffort",
            ".slice",
            ".slice/kubepods-burstable.slice",
            ".slice/kubepods-besteffort.slice");

    private final String runtime;
    private final Set<String> uids = ConcurrentHashMap.newKeySet();
    private final SharedIndexInformer<Pod> pods;

    NodeTraces(KubernetesClient client, String namespace, String runtime) {
        this.runtime = runtime;
        this.pods = client.pods().inNamespace(namespace).inform(this);
    }

    @Override
    public void onAdd(Pod pod) {
        uids.add(pod.getMetadata().getUid());
    }

    @Override
    public void onUpdate(Pod before, Pod now) {
        onAdd(now);
    }

    @Override
    public void onDelete(Pod pod, boolean stateUnknown) {
        onAdd(pod);
    }

    /** No directory of the kubelet's, no control group, no filter of system calls. */
    void nothingLeft() throws IOException {
        assertThat(uids).isNotEmpty();
        for (Path folder : kubelets()) {
            assertThat(names(folder.resolve("pods")))
                    .as("directories of the kubelet's")
                    .noneMatch(this::isOurs);
            assertThat(names(folder.resolve("seccomp").resolve("croft")))
                    .as("system-call filters")
                    .noneMatch(file -> file.contains(runtime));
        }
        for (Path hierarchy : GROUPS) {
            for (String quality : QUALITIES) {
                assertThat(names(hierarchy.resolve("kubepods" + quality)))
                        .as("control groups of %s", hierarchy)
                        .noneMatch(this::isOurs);
            }
        }
    }

    private boolean isOurs(String name) {
        String dashed = name.replace('_', '-');
        return uids.stream().anyMatch(dashed::contains);
    }

    private static List<String> names(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(file -> file.getFileName().toString()).toList();
        }
    }

    /** The usual folder and the one that the kubelet was told. */
    private static Set<Path> kubelets() {
        Set<Path> folders = new HashSet<>(Set.of(Path.of("/var/lib/kubelet")));
        try (Stream<ProcessHandle> all = ProcessHandle.allProcesses()) {
            all.flatMap(process -> Stream.of(process.info().arguments().orElse(new String[0])))
                    .filter(argument -> argument.startsWith("--root-dir="))
                    .forEach(argument -> folders.add(Path.of(argument.substring("--root-dir=".length()))));
        }
        return folders;
    }

    @Override
    public void close() {
        pods.close();
    }
}
