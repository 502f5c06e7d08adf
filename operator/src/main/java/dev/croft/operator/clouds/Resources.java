package dev.croft.operator.clouds;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.ListOptionsBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.Watch;
import io.fabric8.kubernetes.client.Watcher;
import io.fabric8.kubernetes.client.WatcherException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import java.net.HttpURLConnection;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The API server as far as private clouds of one namespace go: whole lists, conditional writes. Thread-safe. */
final class Resources {
    static final String GROUP = "croft.dev";
    static final String VERSION = "v1";
    static final String KIND = "PrivateCloud";
    static final String PLURAL = "privateclouds";

    private static final long PAGE = 500;
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final ResourceDefinitionContext CONTEXT = new ResourceDefinitionContext.Builder()
            .withGroup(GROUP)
            .withVersion(VERSION)
            .withKind(KIND)
            .withPlural(PLURAL)
            .withNamespaced(true)
            .build();

    private final KubernetesClient client;
    private final String namespace;

    Resources(KubernetesClient client, String namespace) {
        this.client = client;
        this.namespace = namespace;
    }

    /** A list and the version it was read at. */
    record Listed(List<SeenResource> resources, String version) {}

    /** @throws KubernetesClientException with code 404 where the kind is not installed */
    Listed list() {
        List<SeenResource> resources = new ArrayList<>();
        String next = null;
        while (true) {
            var page = client.genericKubernetesResources(CONTEXT)
                    .inNamespace(namespace)
                    .list(new ListOptionsBuilder()
                            .withLimit(PAGE)
                            .withContinue(next)
                            .build());
            page.getItems().forEach(item -> resources.add(seen(item)));
            next = page.getMetadata().getContinue();
            if (next == null || next.isEmpty()) {
                return new Listed(resources, page.getMetadata().getResourceVersion());
            }
        }
    }

    static SeenResource seen(GenericKubernetesResource resource) {
        var meta = resource.getMetadata();
        return new SeenResource(
                meta.getName(),
                Objects.requireNonNullElse(meta.getUid(), ""),
                Objects.requireNonNullElse(meta.getResourceVersion(), ""),
                Objects.requireNonNullElse(meta.getGeneration(), 0L),
                meta.getDeletionTimestamp() != null,
                part(resource, "spec", CloudSpec.class, CloudSpec.NONE),
                part(resource, "status", CloudStatus.class, CloudStatus.NEW));
    }

    /** A part that cannot be read, as one written before the schema was there, is as none. */
    private static <T> T part(GenericKubernetesResource resource, String name, Class<T> type, T none) {
        Object part = resource.getAdditionalProperties().get(name);
        try {
            return part == null ? none : JSON.convertValue(part, type);
        } catch (IllegalArgumentException e) {
            return none;
        }
    }

    /** Calls {@code news} when something may have changed since that version, and {@code over} once when it sees no more. */
    Watch watch(String version, Runnable news, Runnable over) {
        return client.genericKubernetesResources(CONTEXT)
                .inNamespace(namespace)
                .watch(new ListOptionsBuilder().withResourceVersion(version).build(), new Watcher<>() {
                    @Override
                    public void eventReceived(Action action, GenericKubernetesResource resource) {
                        news.run();
                    }

                    @Override
                    public void onClose() {
                        over.run();
                    }

                    @Override
                    public void onClose(WatcherException cause) {
                        over.run();
                    }
                });
    }

    /**
     * Carries out what is to be done at the API server. That somebody else was quicker is no failure: it is seen next time.
     *
     * @return whether it took effect
     * @throws KubernetesClientException if the API server refuses or is away
     */
    boolean write(Act act) {
        try {
            switch (act) {
                case Act.Create(String name, CloudSpec spec) ->
                    client.raw(
                            path(""),
                            "POST",
                            body(name, null).set("spec", JSON.valueToTree(spec)).toString());
                case Act.Correct(String name, String version, CloudSpec spec) -> {
                    ObjectNode patch = body(name, version);
                    patch.putObject("spec").put("account", spec.account());
                    client.genericKubernetesResources(CONTEXT)
                            .inNamespace(namespace)
                            .withName(name)
                            .patch(PatchContext.of(PatchType.JSON_MERGE), patch.toString());
                }
                case Act.Report(String name, String version, CloudStatus status) ->
                    client.raw(
                            path("/" + name + "/status"),
                            "PUT",
                            body(name, version)
                                    .set("status", JSON.valueToTree(status))
                                    .toString());
                case Act.Remove(String name, String uid, String version) -> {
                    ObjectNode options =
                            JSON.createObjectNode().put("apiVersion", "v1").put("kind", "DeleteOptions");
                    options.putObject("preconditions").put("uid", uid).put("resourceVersion", version);
                    client.raw(path("/" + name), "DELETE", options.toString());
                }
                case Act.Wake _, Act.Sleep _, Act.Move _ -> throw new IllegalArgumentException("the router's to do");
            }
            return true;
        } catch (KubernetesClientException e) {
            if (e.getCode() == HttpURLConnection.HTTP_CONFLICT || e.getCode() == HttpURLConnection.HTTP_NOT_FOUND) {
                return false;
            }
            throw e;
        }
    }

    private ObjectNode body(String name, @Nullable String version) {
        ObjectNode body = JSON.createObjectNode();
        body.put("apiVersion", GROUP + "/" + VERSION).put("kind", KIND);
        ObjectNode meta = body.putObject("metadata").put("namespace", namespace).put("name", name);
        if (version != null) {
            meta.put("resourceVersion", version);
        }
        return body;
    }

    private String path(String rest) {
        return "/apis/" + GROUP + "/" + VERSION + "/namespaces/" + namespace + "/" + PLURAL + rest;
    }
}
