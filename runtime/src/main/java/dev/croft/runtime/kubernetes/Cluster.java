package dev.croft.runtime.kubernetes;

import dev.croft.runtime.WorkloadException;
import io.fabric8.kubernetes.api.model.APIResourceList;
import io.fabric8.kubernetes.api.model.DeletionPropagation;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeAddress;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyBuilder;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyIngressRule;
import io.fabric8.kubernetes.api.model.node.v1.RuntimeClass;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.PodResource;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** One runtime's namespace and what is in it besides claims: policies, pods, their logs. Thread-safe. */
final class Cluster {
    static final String RUNTIME_LABEL = "croft.dev/runtime";
    static final String WORKLOAD_LABEL = "croft.dev/workload";
    static final String NETWORK_LABEL = "croft.dev/network";

    private static final long PATIENCE_SECONDS = 120;
    private static final long LOOK_NANOS = 100_000_000;

    private final KubernetesClient client;
    private final String namespace;
    private final String runtime;
    private volatile boolean resizes;

    /** @param runtime tells this runtime's things from another's in the same namespace */
    Cluster(KubernetesClient client, String namespace, String runtime) {
        this.client = client;
        this.namespace = namespace;
        this.runtime = runtime;
    }

    KubernetesClient client() {
        return client;
    }

    String namespace() {
        return namespace;
    }

    /** Waits for what the API server does in its own time. */
    static void await(BooleanSupplier done, String what) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (!done.getAsBoolean()) {
            if (System.nanoTime() > end) {
                throw new WorkloadException.Backend("the cluster does not get ready: " + what);
            }
            LockSupport.parkNanos(LOOK_NANOS);
        }
    }

    static boolean is(KubernetesClientException e, int status) {
        return e.getCode() == status;
    }

    /** Whether nothing can be made because there is no namespace for it, or one that is being deleted. */
    static boolean isNamespaceGone(KubernetesClientException e) {
        return is(e, HttpURLConnection.HTTP_NOT_FOUND)
                || is(e, HttpURLConnection.HTTP_FORBIDDEN)
                        && String.valueOf(e.getMessage()).contains("being terminated");
    }

    /** Makes the namespace and its policies, unless they are there. */
    void prepare() {
        await(this::namespaceReady, "its namespace " + namespace);
        policy("door-only", "none", List.of(), "Ingress", "Egress");
        policy("listening", "listening", List.of(new NetworkPolicyIngressRule()), "Ingress");
        // A pod is refused until the controller has made the account that it names, though it gets no token of it.
        await(
                () -> client.serviceAccounts()
                                .inNamespace(namespace)
                                .withName("default")
                                .get()
                        != null,
                "the service account of namespace " + namespace);
    }

    private boolean namespaceReady() {
        Namespace there = client.namespaces().withName(namespace).get();
        if (there == null) {
            try {
                client.namespaces()
                        .resource(new NamespaceBuilder()
                                .withNewMetadata()
                                .withName(namespace)
                                .addToLabels(RUNTIME_LABEL, runtime)
                                .addToLabels("pod-security.kubernetes.io/enforce", "restricted")
                                .endMetadata()
                                .build())
                        .create();
            } catch (KubernetesClientException e) {
                if (!is(e, HttpURLConnection.HTTP_CONFLICT)) {
                    throw e;
                }
            }
            return false;
        }
        return there.getMetadata().getDeletionTimestamp() == null;
    }

    private void policy(String name, String network, List<NetworkPolicyIngressRule> ingress, String... types) {
        NetworkPolicy policy = new NetworkPolicyBuilder()
                .withNewMetadata()
                .withName("croft-" + runtime + "-" + name)
                .withNamespace(namespace)
                .addToLabels(RUNTIME_LABEL, runtime)
                .endMetadata()
                .withNewSpec()
                .withNewPodSelector()
                .addToMatchLabels(RUNTIME_LABEL, runtime)
                .addToMatchLabels(NETWORK_LABEL, network)
                .endPodSelector()
                .withPolicyTypes(types)
                .withIngress(ingress)
                .endSpec()
                .build();
        try {
            client.network()
                    .v1()
                    .networkPolicies()
                    .inNamespace(namespace)
                    .resource(policy)
                    .create();
        } catch (KubernetesClientException e) {
            if (!is(e, HttpURLConnection.HTTP_CONFLICT)) {
                throw e;
            }
        }
    }

    /** Deletes the policies, and the namespace too if this runtime made it. */
    void clear() {
        client.network()
                .v1()
                .networkPolicies()
                .inNamespace(namespace)
                .withLabel(RUNTIME_LABEL, runtime)
                .delete();
        Namespace there = client.namespaces().withName(namespace).get();
        if (there != null && runtime.equals(label(there.getMetadata().getLabels(), RUNTIME_LABEL))) {
            client.namespaces().withName(namespace).delete();
        }
    }

    private static @Nullable String label(java.util.@Nullable Map<String, String> labels, String name) {
        return labels == null ? null : labels.get(name);
    }

    /** The node that this machine is, by its label {@code kubernetes.io/hostname}. */
    static String thisNode(KubernetesClient client) {
        List<Node> nodes = client.nodes().list().getItems();
        Set<String> own;
        try {
            own = NetworkInterface.networkInterfaces()
                    .flatMap(NetworkInterface::inetAddresses)
                    .map(InetAddress::getHostAddress)
                    .collect(Collectors.toSet());
            own.add(InetAddress.getLocalHost().getHostName());
        } catch (IOException e) {
            throw new WorkloadException.Backend("this machine's addresses are not known", e);
        }
        List<Node> here = nodes.stream()
                .filter(node -> own.contains(node.getMetadata().getName())
                        || node.getStatus().getAddresses().stream()
                                .map(NodeAddress::getAddress)
                                .anyMatch(own::contains))
                .toList();
        List<Node> found = here.isEmpty() ? nodes : here;
        if (found.size() != 1) {
            throw new WorkloadException.Backend("this machine is no node of the cluster");
        }
        String name = found.getFirst().getMetadata().getName();
        return Objects.requireNonNullElse(
                label(found.getFirst().getMetadata().getLabels(), "kubernetes.io/hostname"), name);
    }

    /** Whether there is such a runtime class; whether it works is the node's matter. */
    boolean hasRuntimeClass(String name) {
        return client.resources(RuntimeClass.class).withName(name).get() != null;
    }

    PodResource pod(String name) {
        return client.pods().inNamespace(namespace).withName(name);
    }

    /** Finds out what the API server offers beyond what every one does. */
    void discover() {
        APIResourceList core = client.getApiResources("v1");
        resizes = core != null
                && core.getResources().stream().anyMatch(resource -> "pods/resize".equals(resource.getName()));
    }

    /** Whether it resizes pods where they are: Kubernetes 1.33 or later. */
    boolean resizes() {
        return resizes;
    }

    void resize(String name, CpuRequest cpu) {
        pod(name).subresource("resize").patch(PatchContext.of(PatchType.STRATEGIC_MERGE), cpu.patch());
    }

    /** Makes a pod, or finds the one that an earlier try of the same launch made. */
    Pod create(Pod pod) {
        try {
            return client.pods().inNamespace(namespace).resource(pod).create();
        } catch (KubernetesClientException e) {
            if (!is(e, HttpURLConnection.HTTP_CONFLICT)) {
                throw e;
            }
            Pod there = pod(pod.getMetadata().getName()).get();
            if (there == null
                    || !pod.getMetadata().getLabels().equals(there.getMetadata().getLabels())) {
                throw e;
            }
            return there;
        }
    }

    /** Deletes a pod that has nothing running any more, at once. */
    void delete(String name) {
        pod(name)
                .withGracePeriod(0)
                .withPropagationPolicy(DeletionPropagation.BACKGROUND)
                .delete();
    }

    /** Deletes this runtime's pods that are not known. */
    void sweep(Predicate<String> known) {
        for (Pod pod : client.pods()
                .inNamespace(namespace)
                .withLabel(RUNTIME_LABEL, runtime)
                .list()
                .getItems()) {
            String id = Objects.requireNonNullElse(label(pod.getMetadata().getLabels(), WORKLOAD_LABEL), "");
            if (!known.test(id)) {
                PodBody.end(new PodCgroup(pod.getMetadata().getUid()));
                delete(pod.getMetadata().getName());
            }
        }
    }

    /** What it printed last, this many lines at most; to the end of the container if followed. */
    InputStream logs(String name, int lines, boolean follow) {
        if (follow) {
            var watch = pod(name).withReadyWaitTimeout(0).watchLog();
            return watch.getOutput();
        }
        return pod(name).tailingLines(lines).withReadyWaitTimeout(0).getLogInputStream();
    }
}
