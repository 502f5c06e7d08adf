package dev.croft.runtime.process;

import dev.croft.runtime.Enforcement;
import dev.croft.runtime.Enforcement.Guarantee;
import dev.croft.runtime.Enforcement.Item;
import dev.croft.runtime.Enforcement.Level;
import java.util.ArrayList;
import java.util.List;

/** Puts together what the process backend enforces on this machine. */
final class Guarantees {
    private static final String NO_SANDBOX = "workloads run as the router's own user: ";

    private final List<Item> items = new ArrayList<>();

    private Guarantees() {}

    /**
     * @param sandbox bubblewrap's name and version, or empty
     * @param whyNot why there is no sandbox
     * @param filtered whether the system-call filter is there for this machine's processor
     */
    static Enforcement of(String sandbox, String whyNot, Cgroups groups, boolean filtered) {
        return new Guarantees().report(sandbox, whyNot, groups, filtered);
    }

    private Enforcement report(String sandbox, String whyNot, Cgroups groups, boolean filtered) {
        boolean wrapped = !sandbox.isEmpty();
        String without = NO_SANDBOX + whyNot;
        String root = Posix.uid() == 0 ? "; the router runs as root, a user of its own is better" : "";
        either(wrapped, Guarantee.FILES, "mount namespace, read-only root" + root, without);
        either(
                wrapped,
                Guarantee.NETWORK,
                "network namespace without interfaces; parts that listen have the host's network",
                without);
        either(wrapped, Guarantee.PROCESSES, "process and IPC namespaces", without);
        either(wrapped, Guarantee.PRIVILEGES, "user namespace, no capabilities, no new privileges" + root, without);
        either(
                wrapped && filtered,
                Guarantee.SYSTEM_CALLS,
                "seccomp",
                wrapped ? "no filter for processor " + System.getProperty("os.arch") : without);

        String noGroup = groups.problems();
        if (groups.limitsMemory()) {
            add(Guarantee.MEMORY, Level.ENFORCED, "control group");
        } else {
            add(Guarantee.MEMORY, Level.PARTLY, "of each process alone (RLIMIT_DATA): " + noGroup);
        }
        if (groups.limitsPids()) {
            add(Guarantee.PIDS, Level.ENFORCED, "control group");
        } else if (wrapped && Posix.uid() != 0) {
            add(Guarantee.PIDS, Level.ENFORCED, "RLIMIT_NPROC in its user namespace");
        } else {
            add(Guarantee.PIDS, Level.NOT_ENFORCED, noGroup);
        }
        either(groups.limitsCpu(), Guarantee.CPU, "control group", noGroup);
        add(Guarantee.WALL_CLOCK, Level.PARTLY, "by the router; while none runs, at the start of the next");
        either(
                wrapped,
                Guarantee.SCRATCH,
                "file systems in memory of that size",
                "directories on disk, each file bounded alone");
        add(Guarantee.OUTPUT, Level.PARTLY, "measured twice a second, then killed");
        add(Guarantee.LOGS, Level.ENFORCED, "pipe and two files in turn");
        add(Guarantee.DIGEST, Level.ENFORCED, "private copy, hashed after copying; host commands have no digest");
        return new Enforcement(wrapped ? "process (" + sandbox + ")" : "process (no sandbox)", items);
    }

    private void either(boolean holds, Guarantee guarantee, String how, String whyNot) {
        add(guarantee, holds ? Level.ENFORCED : Level.NOT_ENFORCED, holds ? how : whyNot);
    }

    private void add(Guarantee guarantee, Level level, String how) {
        items.add(new Item(guarantee, level, how));
    }
}
