package dev.croft.runtime.process;

import dev.croft.runtime.Mount;
import dev.croft.runtime.Network;
import dev.croft.runtime.WorkloadException;
import dev.croft.runtime.WorkloadSpec;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;

/** How a command line is wrapped so that it runs within its limits: {@link Bubblewrap}, or {@link Unwrapped}. */
sealed interface Sandbox permits Bubblewrap, Unwrapped {
    /**
     * A launch with all paths of the host resolved.
     *
     * @param directory the workload's own, in the state directory
     * @param files the bundle's verified copy
     * @param sources where on the host each mount's files lie, by target
     * @param environment complete
     */
    record Launch(
            WorkloadSpec spec,
            Path directory,
            Optional<Path> files,
            Map<String, Path> sources,
            Map<String, String> environment) {

        Path source(Mount mount) {
            return Objects.requireNonNull(sources.get(mount.target()));
        }

        /** Where on the host lies what the workload sees under this path of its door or a mount. */
        Path onHost(String path) {
            Path wanted = Path.of(path);
            if (spec.door().isPresent() && wanted.startsWith("/croft")) {
                return spec.door()
                        .get()
                        .resolve(Path.of("/croft").relativize(wanted).toString());
            }
            return spec.mounts().stream()
                    .filter(m -> wanted.startsWith(m.target()))
                    .max((a, b) ->
                            Integer.compare(a.target().length(), b.target().length()))
                    .map(m -> source(m)
                            .resolve(Path.of(m.target()).relativize(wanted).toString()))
                    .orElseThrow(() -> new WorkloadException.InvalidSpec(
                            "a health check looks outside of the door and the mounts: " + path));
        }

        boolean hasOutput() {
            return spec.door().map(d -> Files.isDirectory(d.resolve("output"))).orElse(false);
        }

        boolean listens() {
            return spec.network() instanceof Network.Listening;
        }
    }

    /** The launching script's words: $1 is the workload's directory, $2 the filter or empty, then groups, --, command. */
    String script();

    /** What the script runs. */
    List<String> command(Launch launch);

    /** Processes of its own that count against the workload's pids. */
    int ownPids();

    /** The environment every workload has, with the places of its contract. */
    static Map<String, String> environment(WorkloadSpec spec, String mark, Path javaHome) {
        Map<String, String> all = new TreeMap<>();
        all.put("PATH", "/app/bin:" + javaHome + "/bin:/usr/local/bin:/usr/bin:/bin");
        all.put("JAVA_HOME", javaHome.toString());
        all.put("HOME", "/work");
        all.put("TMPDIR", "/tmp");
        all.put("LANG", "C.UTF-8");
        if (spec.door().isPresent()) {
            all.put("CROFT_DOOR", "/croft/door.sock");
            all.put("CROFT_TOKEN_FILE", "/croft/token");
            all.put("CROFT_INPUT", "/croft/input.json");
            all.put("CROFT_OUTPUT", "/croft/output");
        }
        all.putAll(spec.environment());
        all.put("CROFT_WORKLOAD", mark);
        return all;
    }
}
