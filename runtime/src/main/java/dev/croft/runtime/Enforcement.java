package dev.croft.runtime;

import java.util.List;

/**
 * What a backend, on this machine, holds workloads to. Made once at start and true for every later launch.
 *
 * @param backend such as {@code process (bubblewrap 0.8.0)}
 * @param items one for each {@link Guarantee}, in their order
 */
public record Enforcement(String backend, List<Item> items) {

    /** What a workload can be held to. */
    public enum Guarantee {
        /** Sees no file of the host but what it was given. */
        FILES,
        /** Reaches nothing but its door. */
        NETWORK,
        /** Sees and signals no process but its own; shares no IPC objects. */
        PROCESSES,
        /** Has no capabilities on the host and gains none. */
        PRIVILEGES,
        /** Cannot use system calls that ordinary programs have no need of. */
        SYSTEM_CALLS,
        /** Memory of all its processes together. */
        MEMORY,
        /** Processes and threads together. */
        PIDS,
        /** Share of processors. */
        CPU,
        /** Time from launch, also while no router runs. */
        WALL_CLOCK,
        /** Bytes in scratch. */
        SCRATCH,
        /** Bytes in the output directory. */
        OUTPUT,
        /** Bytes of log kept, and never more on disk. */
        LOGS,
        /** What runs is what has the digest. */
        DIGEST;

        /** Whether its absence means that a service is not isolated, whatever else holds. */
        public boolean isolates() {
            return this == FILES || this == NETWORK || this == PROCESSES || this == PRIVILEGES;
        }
    }

    /** How well. */
    public enum Level {
        ENFORCED,
        /** Holds, but for the exception that the item names. */
        PARTLY,
        NOT_ENFORCED
    }

    /**
     * One guarantee.
     *
     * @param how by what it is enforced or, where it is not or partly, why not and what would help
     */
    public record Item(Guarantee guarantee, Level level, String how) {
        @Override
        public String toString() {
            return guarantee + " " + level + " (" + how + ")";
        }
    }

    public Enforcement {
        items = List.copyOf(items);
        List<Guarantee> have = items.stream().map(Item::guarantee).toList();
        if (!have.equals(List.of(Guarantee.values()))) {
            throw new IllegalArgumentException("one item for each guarantee, in their order: " + have);
        }
    }

    /** The level of one guarantee. */
    public Level level(Guarantee guarantee) {
        return items.get(guarantee.ordinal()).level();
    }

    /** What is not fully enforced. */
    public List<Item> missing() {
        return items.stream().filter(i -> i.level() != Level.ENFORCED).toList();
    }

    /** Whether a service here is isolated: every guarantee that {@link Guarantee#isolates()} is enforced in full. */
    public boolean isolated() {
        return items.stream()
                .allMatch(i -> i.level() == Level.ENFORCED || !i.guarantee().isolates());
    }
}
