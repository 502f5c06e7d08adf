package dev.croft.runtime.docker;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.function.BiFunction;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a container is, compared with what was asked for: the engine's own account of it, and where this machine's kernel tells, the
 * kernel's account of its first process. Pure.
 *
 * @param deviations what is other than asked for, one word each, in order; empty if nothing is
 */
record Inspection(List<String> deviations) {
    /** What is set on asking, and must be answered unchanged. */
    private static final List<String> SAME = List.of(
            "NetworkMode",
            "IpcMode",
            "CapDrop",
            "Memory",
            "MemorySwap",
            "NanoCpus",
            "PidsLimit",
            "MaskedPaths",
            "ReadonlyPaths",
            "SecurityOpt",
            "Tmpfs",
            "ShmSize",
            "Init");

    /** What is never asked for, and must be absent, empty, false or 0. */
    private static final List<String> ABSENT = List.of(
            "Privileged",
            "CapAdd",
            "PidMode",
            "UTSMode",
            "UsernsMode",
            "Devices",
            "DeviceRequests",
            "DeviceCgroupRules",
            "Binds",
            "VolumesFrom",
            "Links",
            "ExtraHosts",
            "GroupAdd",
            "Sysctls",
            "CgroupParent",
            "OomKillDisable",
            "PublishAllPorts",
            "AutoRemove");

    /** Lines of {@code /proc/PID/status} that say what a process may do beyond others. */
    private static final List<String> CAPABILITIES = List.of("CapInh:", "CapPrm:", "CapEff:", "CapBnd:", "CapAmb:");

    /** The file of gVisor's program; of one that was replaced while it runs, as by an upgrade, the kernel says so behind the name. */
    private static final Pattern GVISOR = Pattern.compile("(.*/)?runsc( \\(deleted\\))?");

    Inspection {
        deviations = List.copyOf(deviations);
    }

    boolean clean() {
        return deviations.isEmpty();
    }

    /**
     * Compares.
     *
     * @param asked the body of the request that made the container
     * @param answer what the engine says of it when inspected
     * @param id the container that was made
     */
    static Inspection of(JsonNode asked, JsonNode answer, String id) {
        TreeSet<String> found = new TreeSet<>();
        JsonNode config = answer.path("Config");
        JsonNode host = answer.path("HostConfig");
        JsonNode wanted = asked.path("HostConfig");
        check(found, "container", answer.path("Id").asText().equals(id));
        check(found, "image", same(answer.path("Image"), asked.path("Image")));
        check(found, "user", same(config.path("User"), asked.path("User")));
        check(found, "command", same(config.path("Entrypoint"), asked.path("Entrypoint")) && blank(config.path("Cmd")));
        check(found, "directory", same(config.path("WorkingDir"), asked.path("WorkingDir")));
        check(found, "environment", words(config.path("Env")).containsAll(words(asked.path("Env"))));
        check(found, "root", host.path("ReadonlyRootfs").asBoolean());
        check(found, "restart", host.path("RestartPolicy").path("Name").asText().equals("no"));
        for (String name : SAME) {
            check(found, name, same(host.path(name), wanted.path(name)));
        }
        for (String name : ABSENT) {
            check(found, name, blank(host.path(name)));
        }
        check(found, "runtime", !wanted.has("Runtime") || same(host.path("Runtime"), wanted.path("Runtime")));
        check(found, "mounts", mounts(answer).equals(mounts(wanted)));
        check(
                found,
                "networks",
                networks(answer).equals(List.of(wanted.path("NetworkMode").asText())));
        check(found, "ports", same(orEmpty(host.path("PortBindings")), orEmpty(wanted.path("PortBindings"))));
        return new Inspection(List.copyOf(found));
    }

    /**
     * What the kernel says of the container's first process.
     *
     * @param status the text of its {@code /proc/PID/status}
     * @param seccomp whether the engine has a filter of system calls
     */
    static Inspection of(String status, boolean seccomp) {
        TreeSet<String> found = new TreeSet<>();
        List<String> lines = status.lines().toList();
        BiFunction<String, String, Boolean> says = (key, value) -> lines.stream()
                .filter(line -> line.startsWith(key))
                .allMatch(line -> line.substring(key.length()).strip().equals(value));
        CAPABILITIES.forEach(key -> check(found, "capabilities", says.apply(key, "0".repeat(16))));
        check(found, "new privileges", says.apply("NoNewPrivs:", "1"));
        check(found, "system calls", !seccomp || says.apply("Seccomp:", "2"));
        return new Inspection(List.copyOf(found));
    }

    /**
     * What the kernel says of gVisor, whose process a container's first one is, if the workload runs in it: what the workload itself may do
     * is gVisor's affair, and what gVisor may do is as its makers have it.
     *
     * @param status the text of its {@code /proc/PID/status}
     * @param program the file that runs; {@code null} where this process may not know
     */
    static Inspection ofGvisor(String status, @Nullable Path program) {
        TreeSet<String> found = new TreeSet<>();
        check(
                found,
                "runtime",
                program == null || GVISOR.matcher(program.toString()).matches());
        check(found, "new privileges", status.contains("\nNoNewPrivs:\t1\n"));
        check(found, "system calls", status.contains("\nSeccomp:\t2\n"));
        return new Inspection(List.copyOf(found));
    }

    Inspection and(Inspection other) {
        List<String> all = new ArrayList<>(deviations);
        all.addAll(other.deviations);
        return new Inspection(all);
    }

    private static void check(TreeSet<String> found, String name, boolean holds) {
        if (!holds) {
            found.add(name);
        }
    }

    private static boolean same(JsonNode a, JsonNode b) {
        return a.isNumber() && b.isNumber() ? a.asLong() == b.asLong() : a.equals(b);
    }

    private static boolean blank(JsonNode node) {
        return node.isMissingNode()
                || node.isNull()
                || node.isContainerNode() && node.isEmpty()
                || node.isTextual() && node.asText().isEmpty()
                || node.isBoolean() && !node.asBoolean()
                || node.isNumber() && node.asLong() == 0;
    }

    private static JsonNode orEmpty(JsonNode node) {
        return blank(node) ? Engine.JSON.createObjectNode() : node;
    }

    private static List<String> words(JsonNode array) {
        List<String> words = new ArrayList<>();
        array.forEach(word -> words.add(word.asText()));
        return words;
    }

    private static List<String> networks(JsonNode answer) {
        List<String> names = new ArrayList<>();
        answer.path("NetworkSettings").path("Networks").fieldNames().forEachRemaining(names::add);
        return names;
    }

    /** Kind, place, source, whether writable, and how mounts spread, of each, in order: of a request and of an answer. */
    private static TreeSet<String> mounts(JsonNode of) {
        TreeSet<String> mounts = new TreeSet<>();
        for (JsonNode mount : of.path("Mounts")) {
            boolean asked = mount.has("Target");
            boolean writable = asked
                    ? !mount.path("ReadOnly").asBoolean()
                    : mount.path("RW").asBoolean();
            JsonNode spreads = asked ? mount.path("BindOptions") : mount;
            mounts.add(String.join(
                    " ",
                    mount.path("Type").asText(),
                    mount.path(asked ? "Target" : "Destination").asText(),
                    mount.path("Source").asText(),
                    writable ? "rw" : "ro",
                    spreads.path("Propagation").asText()));
        }
        return mounts;
    }
}
