package dev.croft.operator.run;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.croft.operator.decide.SeenBlock;
import dev.croft.operator.decide.SeenClaim;
import dev.croft.operator.decide.Write;
import dev.croft.operator.resource.BlockSpec;
import dev.croft.operator.resource.BlockStatus;
import dev.croft.operator.resource.ClaimSpec;
import dev.croft.operator.resource.ClaimStatus;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
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
import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The API server as the operator needs it: whole lists, conditional status writes, events. Thread-safe. */
final class Api {
    static final String FINALIZER = "croft.dev/budget";
    private static final String GROUP = "columbia.github.com";
    private static final long PAGE = 1000;
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final ResourceDefinitionContext BLOCKS = kind("PrivateDataBlock", "privatedatablocks");
    private static final ResourceDefinitionContext CLAIMS = kind("PrivacyBudgetClaim", "privacybudgetclaims");
    private static final BlockSpec NO_BLOCK = new BlockSpec(null, List.of(), null, null, null, null, null);
    private static final ClaimSpec NO_CLAIM = new ClaimSpec(List.of(), null, null);

    private final KubernetesClient client;
    private final Refused refused;

    Api(KubernetesClient client, Refused refused) {
        this.client = client;
        this.refused = refused;
    }

    private static ResourceDefinitionContext kind(String kind, String plural) {
        return new ResourceDefinitionContext.Builder()
                .withGroup(GROUP)
                .withVersion("v1")
                .withKind(kind)
                .withPlural(plural)
                .withNamespaced(true)
                .build();
    }

    KubernetesClient client() {
        return client;
    }

    /** A list and the version it was read at. */
    record Listed<T>(List<T> items, String version) {}

    Listed<SeenBlock> blocks() {
        return all(
                options -> client.genericKubernetesResources(BLOCKS)
                        .inAnyNamespace()
                        .list(options),
                this::block);
    }

    Listed<SeenClaim> claims() {
        return all(
                options -> client.genericKubernetesResources(CLAIMS)
                        .inAnyNamespace()
                        .list(options),
                this::claim);
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

    Watch watchBlocks(String from, Watcher<GenericKubernetesResource> watcher) {
        return client.genericKubernetesResources(BLOCKS).inAnyNamespace().watch(since(from), watcher);
    }

    Watch watchClaims(String from, Watcher<GenericKubernetesResource> watcher) {
        return client.genericKubernetesResources(CLAIMS).inAnyNamespace().watch(since(from), watcher);
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
        return write.isBlock() ? "PrivateDataBlock" : "PrivacyBudgetClaim";
    }

    private static String path(Write write) {
        int slash = write.id().indexOf('/');
        return "/apis/" + GROUP + "/v1/namespaces/" + write.id().substring(0, slash) + "/"
                + (write.isBlock() ? "privatedatablocks" : "privacybudgetclaims") + "/"
                + write.id().substring(slash + 1);
    }

    @Nullable
    SeenBlock block(String id) {
        GenericKubernetesResource block = get(BLOCKS, id);
        return block == null ? null : block(block);
    }

    @Nullable
    SeenClaim claim(String id) {
        GenericKubernetesResource claim = get(CLAIMS, id);
        return claim == null ? null : claim(claim);
    }

    private @Nullable GenericKubernetesResource get(ResourceDefinitionContext kind, String id) {
        int slash = id.indexOf('/');
        return client.genericKubernetesResources(kind)
                .inNamespace(id.substring(0, slash))
                .withName(id.substring(slash + 1))
                .get();
    }

    /** Sets or removes the finalizer that keeps a block while claims are on it; the new version. */
    String guard(SeenBlock block, boolean on) {
        var resource = client.genericKubernetesResources(BLOCKS)
                .inNamespace(block.namespace())
                .withName(block.name());
        GenericKubernetesResource current = resource.require();
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

    /** Part of a resource, or why it cannot be read. Of what anybody may write, nothing may end the operator. */
    private record Part<T>(@Nullable T value, @Nullable String fault) {
        static <T> Part<T> of(GenericKubernetesResource resource, String name, Class<T> type) {
            try {
                return new Part<>(JSON.convertValue(resource.get(name), type), null);
            } catch (IllegalArgumentException e) {
                String at = e.getCause() instanceof JsonMappingException cause
                        ? cause.getPath().stream()
                                .map(step -> step.getFieldName() == null
                                        ? "[" + step.getIndex() + "]"
                                        : "." + step.getFieldName())
                                .collect(Collectors.joining())
                        : "";
                return new Part<>(null, name + at + ": MALFORMED: cannot be read");
            }
        }
    }

    SeenBlock block(GenericKubernetesResource block) {
        ObjectMeta meta = block.getMetadata();
        Part<BlockSpec> spec = Part.of(block, "spec", BlockSpec.class);
        Part<BlockStatus> status = Part.of(block, "status", BlockStatus.class);
        return refused.check(new SeenBlock(
                meta.getNamespace(),
                meta.getName(),
                meta.getUid(),
                meta.getResourceVersion(),
                millis(meta),
                meta.getDeletionTimestamp() != null,
                meta.getFinalizers().contains(FINALIZER),
                Objects.requireNonNullElse(spec.value(), NO_BLOCK),
                status.value(),
                spec.fault(),
                status.fault() != null));
    }

    SeenClaim claim(GenericKubernetesResource claim) {
        ObjectMeta meta = claim.getMetadata();
        Part<ClaimSpec> spec = Part.of(claim, "spec", ClaimSpec.class);
        Part<ClaimStatus> status = Part.of(claim, "status", ClaimStatus.class);
        return refused.check(new SeenClaim(
                meta.getNamespace(),
                meta.getName(),
                meta.getUid(),
                meta.getResourceVersion(),
                millis(meta),
                Objects.requireNonNullElse(spec.value(), NO_CLAIM),
                status.value(),
                spec.fault(),
                status.fault() != null));
    }

    private static long millis(ObjectMeta meta) {
        return Instant.parse(meta.getCreationTimestamp()).toEpochMilli();
    }
}
