package dev.croft.runtime.watch;

import dev.croft.runtime.Mount;
import dev.croft.runtime.Network;
import dev.croft.runtime.WorkloadException;
import dev.croft.runtime.WorkloadSpec;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;

/**
 * A launch with all paths of the host resolved.
 *
 * @param directory the workload's own, in the state directory
 * @param files the bundle's verified copy
 * @param sources where on the host each mount's files lie, by target
 */
public record Launch(WorkloadSpec spec, Path directory, Optional<Path> files, Map<String, Path> sources) {
    /** The mounts, outer ones before those that lie within them. */
    public List<Mount> mounts() {
        return spec.mounts().stream()
                .sorted(Comparator.comparing(Mount::target))
                .toList();
    }

    public Path source(Mount mount) {
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
                .max((a, b) -> Integer.compare(a.target().length(), b.target().length()))
                .map(m ->
                        source(m).resolve(Path.of(m.target()).relativize(wanted).toString()))
                .orElseThrow(() -> new WorkloadException.InvalidSpec(
                        "a health check looks outside of the door and the mounts: " + path));
    }

    public boolean hasOutput() {
        return spec.door().map(d -> Files.isDirectory(d.resolve("output"))).orElse(false);
    }

    public boolean listens() {
        return spec.network() instanceof Network.Listening;
    }

    /** The environment that is the same on every backend: the places of the contract, and what the caller gave. */
    public TreeMap<String, String> environment() {
        TreeMap<String, String> all = new TreeMap<>();
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
        return all;
    }
}
