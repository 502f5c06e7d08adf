package dev.croft.operator.run;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.croft.operator.decide.SeenClaim;
import dev.croft.operator.resource.ClaimSpec;
import dev.croft.operator.resource.PrivacyBudget;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodSchedulingGate;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.util.Map;

/** The pods of claims. */
final class Pods {
    /** On every pod that was started for a claim: the claim's name. */
    static final String LABEL = "croft.dev/claim";

    private static final ObjectMapper JSON = new ObjectMapper();

    /** As much as a kubelet takes. */
    private static final int MOST_SAID = 4096;

    private Pods() {}

    /** A pod of the claim's name is there, and is not its own. */
    static final class ForeignPodException extends Exception {
        private static final long serialVersionUID = 1;

        ForeignPodException(String name) {
            super("a pod named " + name + " is there already");
        }
    }

    /** What a pod of somebody else waits with until the claim in its label is granted. */
    static final String GATE = "croft.dev/budget";

    /** Whether a claim's own pod, which the operator made. */
    static boolean isOf(Pod pod, String claimUid) {
        return pod.getMetadata().getOwnerReferences().stream()
                .anyMatch(owner -> owner.getUid().equals(claimUid));
    }

    /** Whether a pod waits for budget. */
    static boolean isGated(Pod pod) {
        return pod.getSpec() != null
                && pod.getSpec().getSchedulingGates().stream().anyMatch(gate -> GATE.equals(gate.getName()));
    }

    /** Lets a pod be scheduled. Doing it twice does it once. */
    static void open(KubernetesClient client, String namespace, String name) {
        var resource = client.pods().inNamespace(namespace).withName(name);
        Pod pod = resource.get();
        if (pod == null || !isGated(pod)) return;
        ObjectNode patch = JSON.createObjectNode();
        patch.putObject("metadata").put("resourceVersion", pod.getMetadata().getResourceVersion());
        ArrayNode left = patch.putObject("spec").putArray("schedulingGates");
        for (PodSchedulingGate gate : pod.getSpec().getSchedulingGates())
            if (!GATE.equals(gate.getName())) left.addObject().put("name", gate.getName());
        resource.patch(PatchContext.of(PatchType.JSON_MERGE), patch.toString());
    }

    /** The claim a pod was started for, or waits for. */
    static String claimOf(Pod pod) {
        return pod.getMetadata().getNamespace() + "/"
                + pod.getMetadata().getLabels().get(LABEL);
    }

    /** What a pod that ended says in its termination message that it consumed, by block; empty if it says nothing of the kind. */
    static Map<String, PrivacyBudget> report(Pod pod) {
        if (pod.getStatus() == null) return Map.of();
        for (ContainerStatus container : pod.getStatus().getContainerStatuses()) {
            if (container.getState() == null || container.getState().getTerminated() == null) continue;
            String message = container.getState().getTerminated().getMessage();
            if (message == null || message.length() > MOST_SAID) continue;
            try {
                return JSON.readValue(message, new TypeReference<Map<String, PrivacyBudget>>() {});
            } catch (JsonProcessingException _) {
                // Said to people.
            }
        }
        return Map.of();
    }

    /**
     * Starts the pod of a claim, named like it, unless it is there already.
     *
     * @return its name
     * @throws IllegalArgumentException if the template is none
     */
    static String start(KubernetesClient client, SeenClaim claim, ClaimSpec.PodRequest request)
            throws JsonProcessingException, ForeignPodException {
        PodTemplateSpec template = client.getKubernetesSerialization()
                .unmarshal(JSON.writeValueAsString(request.template()), PodTemplateSpec.class);
        PodBuilder builder = new PodBuilder().withSpec(template.getSpec());
        if (template.getMetadata() != null)
            builder.withNewMetadataLike(template.getMetadata()).endMetadata();
        Pod pod = builder.editOrNewMetadata()
                .withName(claim.name())
                .withNamespace(claim.namespace())
                .addToLabels(LABEL, claim.name())
                .withOwnerReferences(new OwnerReferenceBuilder()
                        .withApiVersion("columbia.github.com/v1")
                        .withKind("PrivacyBudgetClaim")
                        .withName(claim.name())
                        .withUid(claim.uid())
                        .withController(true)
                        .build())
                .endMetadata()
                .editOrNewSpec()
                .withRestartPolicy("OnFailure".equals(template.getSpec().getRestartPolicy()) ? "OnFailure" : "Never")
                .endSpec()
                .build();
        try {
            client.pods().inNamespace(claim.namespace()).resource(pod).create();
        } catch (KubernetesClientException e) {
            if (e.getCode() != 409) throw e;
            Pod there = client.pods()
                    .inNamespace(claim.namespace())
                    .withName(claim.name())
                    .get();
            if (there == null || !isOf(there, claim.uid())) throw new ForeignPodException(claim.name());
        }
        return claim.name();
    }
}
