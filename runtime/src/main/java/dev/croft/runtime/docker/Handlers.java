package dev.croft.runtime.docker;

import com.fasterxml.jackson.databind.JsonNode;
import dev.croft.runtime.WorkloadException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What an engine runs containers by, as it says itself ({@code docker info}): its runtimes, and which of them is the usual one. Immutable.
 *
 * @param usual runs what asks for none
 * @param all by name, which is what containers ask for
 */
public record Handlers(String usual, SortedMap<String, Handler> all) {
    /** How far the kernel that a container's programs speak to is the machine's. */
    public enum Kind {
        /** It is, as with runc; so is whatever Croft does not know, and what is not then found as it must be is ended. */
        KERNEL,
        /** It is gVisor, a process on this machine for each container. */
        GVISOR
    }

    /**
     * One of the engine's runtimes.
     *
     * @param name as the engine is asked for it
     * @param doors whether what it runs can connect to a Unix-domain socket of this machine's, as doors are
     */
    public record Handler(String name, Kind kind, boolean doors) {
        @Override
        public String toString() {
            return name + (kind == Kind.GVISOR ? " (gVisor" + (doors ? ")" : ", without --host-uds)") : "");
        }
    }

    public Handlers {
        all = Collections.unmodifiableSortedMap(new TreeMap<>(all));
    }

    /**
     * Asks the engine at this socket.
     *
     * @throws IOException if it does not answer
     */
    public static Handlers ask(Path socket) throws IOException {
        return of(new Engine(socket).get("/info"));
    }

    static Handlers of(JsonNode info) {
        SortedMap<String, Handler> all = new TreeMap<>();
        info.path("Runtimes")
                .properties()
                .forEach(entry -> all.put(entry.getKey(), handler(entry.getKey(), entry.getValue())));
        return new Handlers(info.path("DefaultRuntime").asText("runc"), all);
    }

    private static Handler handler(String name, JsonNode runtime) {
        String path = runtime.path("path").asText();
        boolean direct = path.substring(path.lastIndexOf('/') + 1).equals("runsc");
        if (!direct
                && !runtime.path("runtimeType")
                        .asText(path)
                        .matches("(.*/)?(io\\.containerd\\.runsc\\.|containerd-shim-runsc-).*")) {
            return new Handler(name, Kind.KERNEL, true);
        }
        List<String> arguments = new ArrayList<>();
        runtime.path("runtimeArgs")
                .forEach(argument -> arguments.add(argument.asText().replaceFirst("^--?", "")));
        // The arguments of a containerd shim are in a file of its own.
        boolean doors = !direct
                || (String.join(" ", arguments) + " ")
                        .matches(".*\\b(host-uds[= ](open|all)|fsgofer-host-uds(=true)?) .*");
        return new Handler(name, Kind.GVISOR, doors);
    }

    /** The names, in order. */
    public List<String> names() {
        return List.copyOf(all.keySet());
    }

    /**
     * What a runtime class is run by.
     *
     * @param asked the class; {@code null}: the usual
     * @param classes the engine's runtime for each class that the installation has; empty: the engine's own names are the classes
     * @throws WorkloadException.InvalidSpec if there is no such class, or its runtime is not there or unfit
     */
    Handler of(@Nullable String asked, Map<String, String> classes) {
        if (asked != null && !classes.isEmpty() && !classes.containsKey(asked)) {
            throw new WorkloadException.InvalidSpec(
                    "no runtime class " + asked + " here, but " + String.join(", ", new TreeMap<>(classes).keySet()));
        }
        String name = asked == null ? usual : classes.getOrDefault(asked, asked);
        Handler found = asked == null ? kindOf(usual) : all.get(name);
        if (found == null) {
            throw new WorkloadException.InvalidSpec(
                    "the engine has no runtime " + name + ", but " + String.join(", ", names()));
        }
        if (!found.doors()) {
            throw new WorkloadException.InvalidSpec("nothing that the engine's runtime " + name
                    + " runs could reach its door: it needs --host-uds=open");
        }
        return found;
    }

    /** What is known of the runtime of this name; nothing is taken on trust of one that is not there. */
    Handler kindOf(String name) {
        return Objects.requireNonNullElseGet(all.get(name), () -> new Handler(name, Kind.KERNEL, true));
    }
}
