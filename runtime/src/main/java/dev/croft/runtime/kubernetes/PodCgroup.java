package dev.croft.runtime.kubernetes;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/**
 * A pod's control group on this node, version 1 or 2: freezing, the limit on processes, and who is in it. The kubelet makes it before
 * the pod's first container and removes it with the pod.
 */
final class PodCgroup {
    private static final Path ROOT = Path.of("/sys/fs/cgroup");
    private static final long LOOK_NANOS = 2_000_000;
    private static final int LOOKS = 1000;

    private final String uid;

    PodCgroup(String uid) {
        this.uid = uid;
    }

    /** Whether this machine is a node, as far as its control groups tell. */
    static boolean onNode() {
        return hierarchies().anyMatch(Files::isDirectory);
    }

    /** Whether control groups here may be frozen and limited by this process. */
    static boolean writable() {
        return hierarchies().filter(Files::isDirectory).allMatch(Files::isWritable);
    }

    /** Where the kubelet keeps its pods, by the drivers cgroupfs and systemd. */
    private static Stream<Path> hierarchies() {
        return Stream.of("", "pids", "freezer").flatMap(controller -> {
            Path hierarchy = ROOT.resolve(controller);
            return Stream.of(hierarchy.resolve("kubepods"), hierarchy.resolve("kubepods.slice"));
        });
    }

    private Optional<Path> find(String controller) {
        Path hierarchy = Files.isDirectory(ROOT.resolve(controller)) ? ROOT.resolve(controller) : ROOT;
        List<Path> places = new ArrayList<>();
        for (String quality : List.of("burstable/", "besteffort/", "")) {
            places.add(hierarchy.resolve("kubepods/" + quality + "pod" + uid));
            String infix = quality.isEmpty() ? "" : quality.replace('/', '-');
            String slice = "kubepods-" + infix + "pod" + uid.replace('-', '_') + ".slice";
            String parent = quality.isEmpty() ? "" : "kubepods-" + quality.replace("/", ".slice/");
            places.add(hierarchy.resolve("kubepods.slice/" + parent + slice));
        }
        return places.stream().filter(Files::isDirectory).findFirst();
    }

    /** Limits the processes of the pod; false where its group is not there yet. */
    boolean limitPids(int most) throws IOException {
        Optional<Path> group = find("pids");
        if (group.isEmpty()) {
            return false;
        }
        Files.writeString(group.get().resolve("pids.max"), Integer.toString(most));
        return true;
    }

    /** Stops all its processes or lets them go on; false where that does not take hold. */
    boolean freeze(boolean stop) throws IOException {
        Path group = find("freezer").orElse(null);
        if (group == null) {
            return !stop;
        }
        boolean second = Files.exists(group.resolve("cgroup.freeze"));
        String wanted = second ? "frozen " + (stop ? 1 : 0) : stop ? "FROZEN" : "THAWED";
        for (int i = 0; i < LOOKS; i++) {
            // Written each time: version 1 gives up on a process that could not be stopped just then.
            Files.writeString(
                    group.resolve(second ? "cgroup.freeze" : "freezer.state"),
                    second ? (stop ? "1" : "0") : stop ? "FROZEN" : "THAWED");
            if (Files.readString(group.resolve(second ? "cgroup.events" : "freezer.state"))
                    .contains(wanted)) {
                return true;
            }
            LockSupport.parkNanos(LOOK_NANOS);
        }
        return false;
    }

    /** Whether its processes stand still. */
    boolean frozen() {
        Path group = find("freezer").orElse(null);
        if (group == null) {
            return false;
        }
        Path second = group.resolve("cgroup.events");
        try {
            return Files.exists(second)
                    ? Files.readString(second).contains("frozen 1")
                    : Files.readString(group.resolve("freezer.state")).startsWith("FROZEN");
        } catch (IOException e) {
            return false; // it has ended
        }
    }

    /** The processes in it, by the node's numbers. */
    Set<Long> processes() {
        Set<Long> processes = new HashSet<>();
        find("pids").ifPresent(group -> {
            try (Stream<Path> below = Files.walk(group, 4)) {
                for (Path directory : below.filter(Files::isDirectory).toList()) {
                    for (String line : Files.readAllLines(directory.resolve("cgroup.procs"))) {
                        processes.add(Long.parseLong(line));
                    }
                }
            } catch (IOException | UncheckedIOException e) {
                processes.add(0L); // it changed under the walk: not known to be empty
            }
        });
        processes.remove(0L);
        return processes;
    }

    /** The first process of the pod's own numbering; the kernel ends all the others with it. */
    OptionalLong first() {
        return processes().stream()
                .filter(pid -> field(pid, "NSpid:").endsWith("\t1"))
                .mapToLong(Long::longValue)
                .findFirst();
    }

    /** The first process of the pod's one container: what its engine started, and not its own child. */
    OptionalLong main() {
        Set<Long> all = processes();
        return all.stream()
                .filter(pid -> !field(pid, "NSpid:").endsWith("\t1"))
                .filter(pid -> {
                    String parent = field(pid, "PPid:").strip();
                    return !parent.isEmpty() && !all.contains(Long.parseLong(parent));
                })
                .mapToLong(Long::longValue)
                .min();
    }

    private static String field(long pid, String name) {
        try {
            for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/status"), StandardCharsets.ISO_8859_1)) {
                if (line.startsWith(name)) {
                    return line.substring(name.length());
                }
            }
        } catch (IOException e) {
            return ""; // it has ended
        }
        return "";
    }
}
