package dev.croft.operator.clouds;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What was seen of a private cloud.
 *
 * @param observedGeneration of the spec that this was said of
 * @param state one of {@link State}
 * @param hosting where it is now
 * @param host the host's name in the router, while it is in one
 * @param pod the host's pod
 * @param durability where it is besides its host: {@code node} for nowhere
 * @param lastUsed when it last served, to the minute or so; RFC 3339
 */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_NULL)
public record CloudStatus(
        @Nullable Long observedGeneration,
        @Nullable State state,
        CloudSpec.@Nullable Hosting hosting,
        @Nullable String host,
        @Nullable String pod,
        @Nullable String durability,
        @Nullable String lastUsed,
        List<Condition> conditions) {
    /** Of a resource that nobody has looked at. */
    public static final CloudStatus NEW = new CloudStatus(null, null, null, null, null, null, null, List.of());

    public CloudStatus {
        conditions = conditions == null ? List.of() : List.copyOf(conditions);
    }

    /** What a private cloud does. */
    public enum State {
        /** The registry has none of that name: its owner has not made it. */
        Absent,
        /** Made, and its owner's key was not brought yet. */
        Creating,
        Awake,
        Asleep,
        /** No host has its key: only its owner can open it. */
        Locked,
        Deleting
    }

    /** As Kubernetes' own conditions. {@code status} is True or False. */
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Condition(
            String type,
            String status,
            String reason,
            String message,
            String lastTransitionTime,
            long observedGeneration) {

        boolean says(Condition other) {
            return type.equals(other.type)
                    && Objects.equals(status, other.status)
                    && Objects.equals(reason, other.reason)
                    && Objects.equals(message, other.message)
                    && observedGeneration == other.observedGeneration;
        }
    }

    /** Whether the registry knew it when this was written. */
    boolean wasRegistered() {
        return state != null && state != State.Absent;
    }

    Optional<Condition> condition(String type) {
        return conditions.stream().filter(one -> one.type().equals(type)).findFirst();
    }
}
