package dev.croft.operator.run;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.croft.operator.decide.SeenClaim;
import dev.croft.operator.resource.ClaimSpec;
import dev.croft.operator.resource.PrivacyBudget;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
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

    /** The claim a pod was started for. */
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
            boolean own = there != null
                    && there.getMetadata().getOwnerReferences().stream()
                            .anyMatch(owner -> owner.getUid().equals(claim.uid()));
            if (!own) throw new ForeignPodException(claim.name());
        }
        return claim.name();
    }
}
