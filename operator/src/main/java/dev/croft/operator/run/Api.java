package dev.croft.operator.run;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.croft.operator.decide.SeenBlock;
import dev.croft.operator.decide.SeenClaim;
import dev.croft.operator.decide.Write;
import dev.croft.operator.resource.BlockSpec;
import dev.croft.operator.resource.ClaimSpec;
import dev.croft.operator.resource.PrivacyBudgetClaim;
import dev.croft.operator.resource.PrivateDataBlock;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.KubernetesResourceList;
import io.fabric8.kubernetes.api.model.ListOptions;
import io.fabric8.kubernetes.api.model.ListOptionsBuilder;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.Watch;
import io.fabric8.kubernetes.client.Watcher;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** The API server as the operator needs it: whole lists, conditional status writes, events. Thread-safe. */
final class Api {
    static final String FINALIZER = "croft.dev/budget";
    private static final String GROUP = "columbia.github.com";
    private static final long PAGE = 1000;
    private static final ObjectMapper JSON = new ObjectMapper();

    private final KubernetesClient client;

    Api(KubernetesClient client) {
        this.client = client;
    }

    KubernetesClient client() {
        return client;
    }

    /** A list and the version it was read at. */
    record Listed<T>(List<T> items, String version) {}

    Listed<SeenBlock> blocks() {
        return all(
                options -> client.resources(PrivateDataBlock.class)
                        .inAnyNamespace()
                        .list(options),
                Api::seen);
    }

    Listed<SeenClaim> claims() {
        return all(
                options -> client.resources(PrivacyBudgetClaim.class)
                        .inAnyNamespace()
                        .list(options),
                Api::seen);
    }

    Listed<Pod> pods() {
        return all(
                options -> {
                    options.setLabelSelector(Pods.LABEL);
                    return client.pods().inAnyNamespace().list(options);
                },
                pod -> pod);
    }

    private static <R extends HasMetadata, T> Listed<T> all(
            Function<ListOptions, KubernetesResourceList<R>> page, Function<R, T> convert) {
        List<T> items = new ArrayList<>();
        String next = null;
        while (true) {
            var list = page.apply(
                    new ListOptionsBuilder().withLimit(PAGE).withContinue(next).build());
            for (R item : list.getItems()) items.add(convert.apply(item));
            next = list.getMetadata().getContinue();
            if (next == null || next.isEmpty())
                return new Listed<>(items, list.getMetadata().getResourceVersion());
        }
    }

    Watch watchBlocks(String from, Watcher<PrivateDataBlock> watcher) {
        return client.resources(PrivateDataBlock.class).inAnyNamespace().watch(since(from), watcher);
    }

    Watch watchClaims(String from, Watcher<PrivacyBudgetClaim> watcher) {
        return client.resources(PrivacyBudgetClaim.class).inAnyNamespace().watch(since(from), watcher);
    }

    Watch watchPods(String from, Watcher<Pod> watcher) {
        return client.pods().inAnyNamespace().withLabel(Pods.LABEL).watch(since(from), watcher);
    }

    private static ListOptions since(String version) {
        return new ListOptionsBuilder().withResourceVersion(version).build();
    }

    /**
     * Stores a status over the version it was decided upon.
     *
     * @return the new version
     * @throws io.fabric8.kubernetes.client.KubernetesClientException with code 409 if the version is another, 404 if the resource is gone
     */
    String store(Write write) {
        int slash = write.id().indexOf('/');
        ObjectNode body = JSON.createObjectNode();
        body.put("apiVersion", GROUP + "/v1").put("kind", kind(write));
        body.putObject("metadata")
                .put("namespace", write.id().substring(0, slash))
                .put("name", write.id().substring(slash + 1))
                .put("resourceVersion", write.version());
        body.set("status", JSON.valueToTree(write.status()));
        return versionIn(client.raw(path(write) + "/status", "PUT", body.toString()));
    }

    private static String versionIn(String answer) {
        try {
            return JSON.readTree(answer)
                    .path("metadata")
                    .path("resourceVersion")
                    .asText();
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("the API server's answer is not JSON", e);
        }
    }

    private static String kind(Write write) {
        return write instanceof Write.OfBlock ? "PrivateDataBlock" : "PrivacyBudgetClaim";
    }

    private static String path(Write write) {
        int slash = write.id().indexOf('/');
        return "/apis/" + GROUP + "/v1/namespaces/" + write.id().substring(0, slash) + "/"
                + (write instanceof Write.OfBlock ? "privatedatablocks" : "privacybudgetclaims") + "/"
                + write.id().substring(slash + 1);
    }

    @org.jspecify.annotations.Nullable
    SeenBlock block(String id) {
        int slash = id.indexOf('/');
        PrivateDataBlock block = client.resources(PrivateDataBlock.class)
                .inNamespace(id.substring(0, slash))
                .withName(id.substring(slash + 1))
                .get();
        return block == null ? null : seen(block);
    }

    @org.jspecify.annotations.Nullable
    SeenClaim claim(String id) {
        int slash = id.indexOf('/');
        PrivacyBudgetClaim claim = client.resources(PrivacyBudgetClaim.class)
                .inNamespace(id.substring(0, slash))
                .withName(id.substring(slash + 1))
                .get();
        return claim == null ? null : seen(claim);
    }

    /** Sets or removes the finalizer that keeps a block while claims are on it; the new version. */
    String guard(SeenBlock block, boolean on) {
        var resource = client.resources(PrivateDataBlock.class)
                .inNamespace(block.namespace())
                .withName(block.name());
        PrivateDataBlock current = resource.require();
        List<String> finalizers = new ArrayList<>(current.getMetadata().getFinalizers());
        finalizers.remove(FINALIZER);
        if (on) finalizers.add(FINALIZER);
        ObjectNode patch = JSON.createObjectNode();
        ObjectNode metadata = patch.putObject("metadata");
        metadata.put("resourceVersion", block.version());
        ArrayNode list = metadata.putArray("finalizers");
        finalizers.forEach(list::add);
        return resource.patch(PatchContext.of(PatchType.JSON_MERGE), patch.toString())
                .getMetadata()
                .getResourceVersion();
    }

    static SeenBlock seen(PrivateDataBlock block) {
        ObjectMeta meta = block.getMetadata();
        BlockSpec spec = block.getSpec() == null
                ? new BlockSpec(null, List.of(), null, null, null, null, null)
                : block.getSpec();
        return new SeenBlock(
                meta.getNamespace(),
                meta.getName(),
                meta.getUid(),
                meta.getResourceVersion(),
                millis(meta),
                meta.getDeletionTimestamp() != null,
                meta.getFinalizers().contains(FINALIZER),
                spec,
                block.getStatus());
    }

    static SeenClaim seen(PrivacyBudgetClaim claim) {
        ObjectMeta meta = claim.getMetadata();
        ClaimSpec spec = claim.getSpec() == null ? new ClaimSpec(List.of(), null, null) : claim.getSpec();
        return new SeenClaim(
                meta.getNamespace(),
                meta.getName(),
                meta.getUid(),
                meta.getResourceVersion(),
                millis(meta),
                spec,
                claim.getStatus());
    }

    private static long millis(ObjectMeta meta) {
        return Instant.parse(meta.getCreationTimestamp()).toEpochMilli();
    }
}
