package dev.croft.runtime.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * All processes of one workload: the monitor (bubblewrap, or the launching shell), its child, and what comes of that.
 * Processes are told by number and start, by their pid namespace or by a mark in their environment, never by number
 * alone, so that nothing is signalled that took over a number.
 */
final class Tree {
    static final String GROUPS = "groups";
    /** The boot it runs in. */
    static final String BOOT = "boot";
    /** The value of CROFT_WORKLOAD in the environment of all its processes. */
    static final String MARK = "mark";
    /** Whether bubblewrap holds it. */
    static final String SANDBOXED = "sandboxed";

    private static final Pattern CHILD = Pattern.compile("\"child-pid\": ?(\\d{1,10})");
    private static final Pattern NAMESPACE = Pattern.compile("\"pid-namespace\": ?(\\d{1,20})");
    private static final Pattern EXIT = Pattern.compile("\"exit-code\": ?(\\d{1,5})");

    private final Path directory;
    private final boolean sandboxed;
    private final boolean sameBoot;
    private final String mark;
    private final Cgroup group;

    /** {@code remembered} is what {@link ProcessRuntime} wrote down before the start. */
    Tree(Path directory, Map<String, String> remembered) {
        this.directory = directory;
        this.sandboxed = Boolean.parseBoolean(remembered.get(SANDBOXED));
        this.sameBoot = Proc.bootId().equals(remembered.get(BOOT));
        this.mark = "CROFT_WORKLOAD=" + mark(remembered);
        this.group = groups(remembered);
    }

    static Cgroup groups(Map<String, String> remembered) {
        return new Cgroup(
                remembered.getOrDefault(GROUPS, "").lines().map(Path::of).toList());
    }

    static String mark(Map<String, String> remembered) {
        return remembered.getOrDefault(MARK, "");
    }

    Cgroup group() {
        return group;
    }

    /** The process that Croft started, if it still runs. */
    Optional<Proc.Entry> monitor() {
        if (!sameBoot) {
            return Optional.empty();
        }
        String line = text("pid").trim();
        return line.isEmpty() ? Optional.empty() : Optional.of(Proc.parse(line)).filter(Proc::alive);
    }

    /** The sandbox's first process (without one, the command's), if it still runs. */
    Optional<Proc.Entry> child() {
        String status = text("status");
        Matcher number = CHILD.matcher(status);
        if (!sameBoot || !number.find()) {
            return Optional.empty();
        }
        Optional<Proc.Entry> child = Proc.read(Long.parseLong(number.group(1))).filter(Proc.Entry::alive);
        return child.filter(c -> {
            if (monitor().filter(m -> m.pid() == c.parent()).isPresent()) {
                return true;
            }
            Matcher namespace = NAMESPACE.matcher(status);
            return sandboxed
                    ? namespace.find() && Proc.pidNamespace(c.pid()).equals("pid:[" + namespace.group(1) + "]")
                    : Proc.hasVariable(c.pid(), mark);
        });
    }

    /** Whether its command was reached at all. */
    boolean began() {
        return CHILD.matcher(text("status")).find();
    }

    /** The exit code that the monitor left. */
    OptionalInt exitCode() {
        Matcher code = EXIT.matcher(text("status"));
        return code.find() ? OptionalInt.of(Integer.parseInt(code.group(1))) : OptionalInt.empty();
    }

    private String text(String file) {
        try {
            return Files.readString(directory.resolve(file));
        } catch (IOException e) {
            return "";
        }
    }

    /** Asks the command to end. */
    void terminate() {
        child().ifPresent(child -> {
            if (!sandboxed) {
                Posix.kill(child.pid(), Posix.SIGTERM);
                return;
            }
            // The namespace's first process is the sandbox's own and ignores SIGTERM; its first child is the command.
            Proc.all().stream()
                    .filter(e -> e.parent() == child.pid())
                    .min((a, b) -> Long.compare(a.pid(), b.pid()))
                    .ifPresent(e -> Posix.kill(e.pid(), Posix.SIGTERM));
        });
    }

    /** Kills everything and returns when nothing is left, or false after ten seconds. */
    boolean kill() {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
        long monitorMayReport = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(300);
        boolean first = true;
        for (long pause = 500_000; ; pause = Math.min(pause * 2, 2_000_000)) {
            // Bubblewrap's monitor is left to write down the exit code, for a while.
            boolean all = System.nanoTime() > monitorMayReport || child().isEmpty() && !first;
            if (!signalAll(all)) {
                return true;
            }
            if (System.nanoTime() > end) {
                return false;
            }
            first = false;
            LockSupport.parkNanos(pause);
        }
    }

    /** Whether anything was there to kill. */
    private boolean signalAll(boolean monitorToo) {
        Optional<Proc.Entry> child = child();
        Optional<Proc.Entry> monitor = monitor();
        child.ifPresent(c -> Posix.kill(c.pid(), Posix.SIGKILL));
        boolean found = child.isPresent() || monitor.isPresent();
        if (!sandboxed) {
            for (Proc.Entry entry : marked()) {
                found = true;
                if (monitor.isEmpty() || entry.pid() != monitor.get().pid()) {
                    Posix.kill(entry.pid(), Posix.SIGKILL);
                }
            }
        }
        if (monitorToo) {
            found |= !group.members().isEmpty();
            group.kill();
            monitor.ifPresent(m -> Posix.kill(m.pid(), Posix.SIGKILL));
        } else {
            try {
                group.freeze(false);
            } catch (IOException e) {
                return found; // the group is gone
            }
        }
        return found;
    }

    /** Stops or continues everything; returns when that has taken hold, or false after two seconds. */
    boolean pause(boolean stop) throws IOException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(2);
        if (group.freeze(stop)) {
            while (group.frozen() != stop) {
                if (System.nanoTime() > end) {
                    return false;
                }
                LockSupport.parkNanos(200_000);
            }
            return true;
        }
        Set<Proc.Entry> signalled = new HashSet<>();
        while (System.nanoTime() < end) {
            List<Proc.Entry> wrong = members().stream()
                    .filter(e -> stop ? e.state() != 'T' : !signalled.contains(e) && e.state() == 'T')
                    .toList();
            if (wrong.isEmpty()) {
                return true;
            }
            for (Proc.Entry entry : wrong) {
                Posix.kill(entry.pid(), stop ? Posix.SIGSTOP : Posix.SIGCONT);
                signalled.add(entry);
            }
            LockSupport.parkNanos(1_000_000);
        }
        return false;
    }

    private List<Proc.Entry> members() {
        if (!sandboxed) {
            return marked();
        }
        Optional<Proc.Entry> child = child();
        if (child.isEmpty()) {
            return List.of();
        }
        String namespace = Proc.pidNamespace(child.get().pid());
        return Proc.all().stream()
                .filter(e -> e.alive() && Proc.pidNamespace(e.pid()).equals(namespace))
                .toList();
    }

    /** Without a sandbox: those of its session, those that bear its mark, and all that descend from either. */
    private List<Proc.Entry> marked() {
        Optional<Proc.Entry> monitor = monitor();
        long session = monitor.map(Proc.Entry::session).orElse(-1L);
        List<Proc.Entry> all = Proc.all();
        Set<Long> ours = all.stream()
                .filter(e -> e.alive() && (e.session() == session || Proc.hasVariable(e.pid(), mark)))
                .map(Proc.Entry::pid)
                .collect(Collectors.toCollection(HashSet::new));
        boolean grown = true;
        while (grown) {
            grown = false;
            for (Proc.Entry entry : all) {
                if (entry.alive() && ours.contains(entry.parent())) {
                    grown |= ours.add(entry.pid());
                }
            }
        }
        return all.stream().filter(e -> e.alive() && ours.contains(e.pid())).toList();
    }
}
