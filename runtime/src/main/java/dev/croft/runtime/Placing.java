package dev.croft.runtime;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Where a workload may run and in what, as far as its backend leaves a choice; nothing here makes a sandbox weaker. A backend that
 * cannot do as it is asked refuses the launch.
 *
 * @param nodeSelector labels that the node must have
 * @param runtimeClass what containers are run by, such as gVisor's or Kata's handler, by its name in the cluster or engine; {@code null}:
 *     the usual one
 * @param pullSecrets names of the cluster's secrets for the registry that an image comes from
 * @param resourceClass how much of its limits a workload is sure of, by a name that the installation gives a meaning; {@code null}: as
 *     others of its kind
 */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record Placing(
        Map<String, String> nodeSelector,
        @Nullable String runtimeClass,
        List<String> pullSecrets,
        @Nullable String resourceClass) {
    /** No wishes. */
    public static final Placing ANYHOW = new Placing(Map.of(), null, List.of(), null);

    private static final String LABEL_PART = "[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?";
    private static final String NAME = "[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?";

    public Placing(
            @Nullable Map<String, String> nodeSelector,
            @Nullable String runtimeClass,
            @Nullable List<String> pullSecrets,
            @Nullable String resourceClass) {
        // In order, as publishers sign it.
        SortedMap<String, String> sorted = new TreeMap<>(nodeSelector == null ? Map.of() : nodeSelector);
        this.nodeSelector = Collections.unmodifiableSortedMap(sorted);
        this.runtimeClass = runtimeClass;
        this.pullSecrets = pullSecrets == null ? List.of() : List.copyOf(new TreeSet<>(pullSecrets));
        this.resourceClass = resourceClass;
        require(sorted.size() <= 16, "a node selector has at most 16 labels");
        sorted.forEach((key, value) -> require(
                key.matches("(" + NAME + "/)?" + LABEL_PART)
                        && value != null
                        && (value.isEmpty() || value.matches(LABEL_PART)),
                "not a node's label: " + Quote.of(key)));
        require(
                runtimeClass == null || runtimeClass.matches("[A-Za-z0-9][A-Za-z0-9._-]{0,251}"),
                "not a runtime class's name: " + Quote.of(String.valueOf(runtimeClass)));
        require(this.pullSecrets.size() <= 16, "at most 16 pull secrets");
        this.pullSecrets.forEach(name -> require(name.matches(NAME), "not a secret's name: " + Quote.of(name)));
        require(
                resourceClass == null || resourceClass.matches("[a-z][a-z0-9-]{0,30}"),
                "not a resource class's name: " + Quote.of(String.valueOf(resourceClass)));
    }

    public Placing withNodeSelector(Map<String, String> value) {
        return new Placing(value, runtimeClass, pullSecrets, resourceClass);
    }

    public Placing withRuntimeClass(@Nullable String value) {
        return new Placing(nodeSelector, value, pullSecrets, resourceClass);
    }

    public Placing withPullSecrets(List<String> value) {
        return new Placing(nodeSelector, runtimeClass, value, resourceClass);
    }

    public Placing withResourceClass(@Nullable String value) {
        return new Placing(nodeSelector, runtimeClass, pullSecrets, value);
    }

    /** What is asked for, one phrase each; empty for {@link #ANYHOW}. */
    public List<String> wishes() {
        List<String> wishes = new ArrayList<>();
        nodeSelector.forEach((key, value) -> wishes.add("a node with " + key + "=" + value));
        if (runtimeClass != null) {
            wishes.add("runtime class " + runtimeClass);
        }
        pullSecrets.forEach(name -> wishes.add("pull secret " + name));
        if (resourceClass != null) {
            wishes.add("resource class " + resourceClass);
        }
        return wishes;
    }

    /**
     * Refuses all wishes, for a backend that grants none.
     *
     * @param what runs there, such as {@code processes}
     * @throws WorkloadException.InvalidSpec if there are any
     */
    public void refuse(String what) {
        require(wishes().isEmpty(), what + " cannot have " + String.join(", ", wishes()));
    }

    /**
     * What holds for a workload with these wishes in an installation that has its own, which come first: a workload narrows down nodes and
     * adds secrets, and has another runtime class only where the installation names none.
     *
     * @throws WorkloadException.InvalidSpec if both cannot be
     */
    public Placing within(Placing installation) {
        Map<String, String> labels = new TreeMap<>(nodeSelector);
        installation.nodeSelector.forEach((key, value) -> {
            String asked = labels.put(key, value);
            require(
                    asked == null || asked.equals(value),
                    "a node with " + key + "=" + asked + " is asked for, and this installation's have " + value);
        });
        String required = installation.runtimeClass;
        require(
                required == null || runtimeClass == null || runtimeClass.equals(required),
                "runtime class " + runtimeClass + " is asked for, and this installation's is " + required);
        List<String> secrets = new ArrayList<>(pullSecrets);
        secrets.addAll(installation.pullSecrets);
        return new Placing(
                labels,
                required == null ? runtimeClass : required,
                secrets,
                resourceClass == null ? installation.resourceClass : resourceClass);
    }

    private static void require(boolean holds, String message) {
        if (!holds) {
            throw new WorkloadException.InvalidSpec(message);
        }
    }
}
