package dev.croft.runtime.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A workload's control groups, one directory in each hierarchy (none at all on a machine that delegates none).
 *
 * @param directories absolute paths below the cgroup mounts
 */
record Cgroup(List<Path> directories) {
    Cgroup {
        directories = List.copyOf(directories);
    }

    Optional<Path> find(String file) {
        return directories.stream()
                .map(d -> d.resolve(file))
                .filter(Files::exists)
                .findFirst();
    }

    /** Writes a value where the file exists; hierarchies differ in what they have. */
    void write(String file, Object value) throws IOException {
        Optional<Path> path = find(file);
        if (path.isPresent()) {
            Files.writeString(path.get(), String.valueOf(value));
        }
    }

    /** Whether all its processes were told to stand still or go on; false where nothing here can freeze. */
    boolean freeze(boolean frozen) throws IOException {
        Optional<Path> v2 = find("cgroup.freeze");
        if (v2.isPresent()) {
            Files.writeString(v2.get(), frozen ? "1" : "0");
            return true;
        }
        Optional<Path> v1 = find("freezer.state");
        if (v1.isPresent()) {
            Files.writeString(v1.get(), frozen ? "FROZEN" : "THAWED");
            return true;
        }
        return false;
    }

    /** Whether a freeze has taken hold of every process. */
    boolean frozen() {
        try {
            Optional<Path> v2 = find("cgroup.freeze").isPresent() ? find("cgroup.events") : Optional.empty();
            if (v2.isPresent()) {
                return Files.readAllLines(v2.get()).contains("frozen 1");
            }
            Optional<Path> v1 = find("freezer.state");
            return v1.isPresent() && Files.readString(v1.get()).trim().equals("FROZEN");
        } catch (IOException e) {
            return false;
        }
    }

    Set<Long> members() {
        Set<Long> members = new HashSet<>();
        for (Path directory : directories) {
            try {
                Files.readAllLines(directory.resolve("cgroup.procs")).forEach(line -> members.add(Long.valueOf(line)));
            } catch (IOException e) {
                continue; // the group is gone, so it has none
            }
        }
        return members;
    }

    /** Kills every member; call again until {@link #members} is empty, for those that were just forking. */
    void kill() {
        try {
            Optional<Path> v2 = find("cgroup.kill");
            if (v2.isPresent()) {
                Files.writeString(v2.get(), "1");
            }
            for (long pid : members()) {
                Posix.kill(pid, Posix.SIGKILL);
            }
            freeze(false); // a frozen process of version 1 dies only when thawed
        } catch (IOException e) {
            return; // gone already
        }
    }

    /** Whether the kernel killed a member for using too much memory. */
    boolean ranOutOfMemory() {
        return count("memory.events", "oom_kill ") > 0 || count("memory.oom_control", "oom_kill ") > 0;
    }

    private long count(String file, String key) {
        try {
            Optional<Path> path = find(file);
            return path.isEmpty()
                    ? 0
                    : Files.readAllLines(path.get()).stream()
                            .filter(line -> line.startsWith(key))
                            .mapToLong(line ->
                                    Long.parseLong(line.substring(key.length()).trim()))
                            .sum();
        } catch (IOException e) {
            return 0;
        }
    }

    /** Removes the groups; whether none is left. A group with members stays. */
    boolean delete() {
        boolean gone = true;
        for (Path directory : directories) {
            try {
                Files.deleteIfExists(directory);
            } catch (IOException e) {
                gone = false;
            }
        }
        return gone;
    }
}
