package dev.croft.runtime.process;

import dev.croft.runtime.Limits;
import dev.croft.runtime.WorkloadId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * The control groups that this user may make: version 2 where the own group is delegated, and the version 1 hierarchies
 * that are writable. A workload gets one directory in each; which limits there are shows from the files in it.
 */
final class Cgroups {
    private static final List<String> WANTED = List.of("memory", "pids", "cpu", "freezer");

    private final List<Path> parents;
    private final List<String> problems;
    private final Cgroup sample;

    private Cgroups(List<Path> parents, List<String> problems) {
        this.parents = parents;
        this.problems = problems;
        this.sample = new Cgroup(parents);
    }

    /** Finds and prepares what there is; {@code name} tells this runtime's groups from another's. */
    static Cgroups open(String name) {
        List<Path> parents = new ArrayList<>();
        List<String> problems = new ArrayList<>();
        try {
            for (Path own : ownGroups()) {
                try {
                    Path parent = own.resolve(name);
                    Files.createDirectories(parent);
                    if (Files.exists(parent.resolve("cgroup.subtree_control"))) {
                        delegate(own, problems);
                        delegate(parent, problems);
                    }
                    parents.add(parent);
                } catch (IOException e) {
                    problems.add(own + " is not writable");
                }
            }
        } catch (IOException e) {
            problems.add("cannot read /proc/self/cgroup");
        }
        return new Cgroups(parents, problems);
    }

    private static void delegate(Path group, List<String> problems) throws IOException {
        List<String> have = List.of(
                Files.readString(group.resolve("cgroup.controllers")).trim().split(" "));
        for (String controller : WANTED) {
            if (have.contains(controller)) {
                try {
                    Files.writeString(group.resolve("cgroup.subtree_control"), "+" + controller);
                } catch (IOException e) {
                    problems.add(controller + " is not delegated to children of " + group);
                }
            }
        }
    }

    /** This process's own directory in each mounted hierarchy that has something wanted. */
    private static List<Path> ownGroups() throws IOException {
        Map<String, String> paths = Files.readAllLines(Path.of("/proc/self/cgroup")).stream()
                .map(line -> line.split(":", 3))
                .filter(parts -> parts.length == 3)
                .collect(Collectors.toMap(parts -> parts[1], parts -> parts[2], (a, b) -> a));
        List<Path> own = new ArrayList<>();
        for (String line : Files.readAllLines(Path.of("/proc/self/mounts"))) {
            String[] mount = line.split(" ");
            if (mount.length < 4 || own.size() > 16) {
                continue;
            }
            if (mount[2].equals("cgroup2") && paths.containsKey("")) {
                own.add(under(mount[1], paths.get("")));
            } else if (mount[2].equals("cgroup")) {
                List<String> options = List.of(mount[3].split(","));
                for (Map.Entry<String, String> path : paths.entrySet()) {
                    List<String> controllers = List.of(path.getKey().split(","));
                    if (controllers.stream().anyMatch(WANTED::contains) && options.containsAll(controllers)) {
                        own.add(under(mount[1], path.getValue()));
                    }
                }
            }
        }
        // Entering a group takes milliseconds, so none is entered that adds nothing.
        boolean newFreezer = own.stream().anyMatch(g -> Files.exists(g.resolve("cgroup.controllers")));
        return newFreezer ? own.stream().filter(g -> !onlyFreezes(g)).toList() : own;
    }

    private static boolean onlyFreezes(Path versionOne) {
        return versionOne.startsWith("/sys/fs/cgroup/freezer");
    }

    private static Path under(String mountPoint, String path) {
        Path whole = Path.of(mountPoint + path).normalize();
        return Files.isDirectory(whole) ? whole : Path.of(mountPoint); // inside a container, its root is the mount
    }

    boolean limitsMemory() {
        return usable("memory.max") || usable("memory.limit_in_bytes");
    }

    boolean limitsPids() {
        return usable("pids.max");
    }

    boolean limitsCpu() {
        return usable("cpu.max") || usable("cpu.cfs_quota_us");
    }

    boolean freezes() {
        return usable("cgroup.freeze") || usable("freezer.state");
    }

    private boolean usable(String file) {
        return sample.find(file).filter(Files::isWritable).isPresent();
    }

    /** Why there are not more, for people. */
    String problems() {
        return parents.isEmpty() ? "no control group is delegated to this user" : String.join("; ", problems);
    }

    /** Makes the groups of one workload, with its limits set; {@code extraPids} is what its sandbox itself needs. */
    Cgroup create(WorkloadId id, Limits limits, int extraPids) throws IOException {
        List<Path> directories = new ArrayList<>();
        for (Path parent : parents) {
            directories.add(Files.createDirectories(parent.resolve(id.value())));
        }
        Cgroup group = new Cgroup(directories);
        if (limitsMemory()) {
            group.write("memory.max", limits.memoryBytes());
            group.write("memory.swap.max", 0);
            group.write("memory.oom.group", 1);
            group.write("memory.limit_in_bytes", limits.memoryBytes());
            group.write("memory.memsw.limit_in_bytes", limits.memoryBytes());
        }
        if (limitsPids()) {
            group.write("pids.max", limits.pids() + (long) extraPids);
        }
        if (limitsCpu()) {
            long period = 100_000;
            long quota = Math.max(1_000, (long) (limits.cpus() * period));
            group.write("cpu.max", quota + " " + period);
            group.write("cpu.cfs_period_us", period);
            group.write("cpu.cfs_quota_us", quota);
        }
        return group;
    }

    /** Removes what earlier runs left empty. */
    void sweep(Predicate<String> inUse) {
        for (Path parent : parents) {
            try (var children = Files.list(parent)) {
                children.filter(Files::isDirectory)
                        .filter(p -> !inUse.test(p.getFileName().toString()))
                        .forEach(p -> new Cgroup(List.of(p)).delete());
            } catch (IOException e) {
                problems.add("cannot list " + parent);
            }
        }
    }

    void close() {
        new Cgroup(parents).delete();
    }
}
