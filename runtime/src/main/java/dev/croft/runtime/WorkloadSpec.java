package dev.croft.runtime;

import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * What to run and within what. Begin with {@link #of} and change what differs.
 *
 * <p>A workload sees: its program at {@code /app} (read-only), a private writable scratch directory {@code /work}
 * (also its working directory and HOME) and {@code /tmp}, both empty at launch and gone at the end; its door at
 * {@code /croft} (read-only but for {@code /croft/output}); its mounts; and the system's own directories read-only.
 *
 * @param id unique among the workloads of one runtime, ended ones that were not removed included
 * @param labels free text for the caller: at most 64, keys 63 and values 255 characters
 * @param program what runs
 * @param limits what it may use
 * @param mounts what else it sees
 * @param door the host's directory with the socket, the token and the input of this launch, seen at {@code /croft}
 * @param environment the whole environment, besides PATH, HOME, TMPDIR, LANG, JAVA_HOME; never a secret: others on the
 *     host may read it
 * @param network what it can reach
 * @param health when it counts as healthy
 * @param placing where and in what it may run
 */
public record WorkloadSpec(
        WorkloadId id,
        Map<String, String> labels,
        Program program,
        Limits limits,
        List<Mount> mounts,
        Optional<Path> door,
        Map<String, String> environment,
        Network network,
        HealthCheck health,
        Placing placing) {
    public WorkloadSpec {
        labels = Map.copyOf(labels);
        mounts = List.copyOf(mounts);
        environment = Map.copyOf(new TreeMap<>(environment));
        door = door.map(d -> d.toAbsolutePath().normalize());
        require(labels.size() <= 64, "at most 64 labels");
        labels.forEach((key, value) -> require(
                key.matches("[A-Za-z0-9._/-]{1,63}") && value.length() <= 255 && value.indexOf('\0') < 0,
                "not a label: " + Quote.of(key)));
        require(environment.size() <= 256, "at most 256 environment variables");
        environment.forEach((key, value) -> require(
                key.matches("[A-Za-z_][A-Za-z0-9_]{0,127}") && value.length() <= 32_768 && value.indexOf('\0') < 0,
                "not an environment variable: " + Quote.of(key)));
        Set<String> targets = new HashSet<>();
        mounts.forEach(m -> require(targets.add(m.target()), "mounted twice: " + Quote.of(m.target())));
        require(
                !(health instanceof HealthCheck.PortAccepts)
                        || network instanceof Network.Listening(int port) && port > 0,
                "a port is checked only where the workload listens on one");
    }

    /** A job of a service: no network, no door yet, the limits of {@link Limits#service()}, healthy at exit 0. */
    public static WorkloadSpec of(WorkloadId id, Program program) {
        return new WorkloadSpec(
                id,
                Map.of(),
                program,
                Limits.service(),
                List.of(),
                Optional.empty(),
                Map.of(),
                Network.NONE,
                HealthCheck.atExit(),
                Placing.ANYHOW);
    }

    public WorkloadSpec withLabels(Map<String, String> value) {
        return new WorkloadSpec(id, value, program, limits, mounts, door, environment, network, health, placing);
    }

    public WorkloadSpec withProgram(Program value) {
        return new WorkloadSpec(id, labels, value, limits, mounts, door, environment, network, health, placing);
    }

    public WorkloadSpec withLimits(Limits value) {
        return new WorkloadSpec(id, labels, program, value, mounts, door, environment, network, health, placing);
    }

    public WorkloadSpec withMounts(Mount... value) {
        return new WorkloadSpec(
                id, labels, program, limits, List.of(value), door, environment, network, health, placing);
    }

    public WorkloadSpec withDoor(Path value) {
        return new WorkloadSpec(
                id, labels, program, limits, mounts, Optional.of(value), environment, network, health, placing);
    }

    public WorkloadSpec withEnvironment(Map<String, String> value) {
        return new WorkloadSpec(id, labels, program, limits, mounts, door, value, network, health, placing);
    }

    public WorkloadSpec withNetwork(Network value) {
        return new WorkloadSpec(id, labels, program, limits, mounts, door, environment, value, health, placing);
    }

    public WorkloadSpec withHealth(HealthCheck value) {
        return new WorkloadSpec(id, labels, program, limits, mounts, door, environment, network, value, placing);
    }

    public WorkloadSpec withPlacing(Placing value) {
        return new WorkloadSpec(id, labels, program, limits, mounts, door, environment, network, health, value);
    }

    private static void require(boolean holds, String message) {
        if (!holds) {
            throw new WorkloadException.InvalidSpec(message);
        }
    }
}
