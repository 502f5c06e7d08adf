package dev.croft.runtime;

/** What a workload can reach, and what reaches it. */
public sealed interface Network {
    /** Nothing but its door: what every service gets. */
    Network NONE = new DoorOnly();

    /** No network at all; the door's socket in {@code /croft} is the only way out. */
    record DoorOnly() implements Network {}

    /**
     * For Croft's own parts: the workload serves on this TCP port and the router reaches it there. The process backend
     * gives it the host's network (it says so in {@link Enforcement}); engines give it an address of its own.
     *
     * @param port 1 to 65535, or 0 where the workload picks one itself and tells its router some other way
     */
    record Listening(int port) implements Network {
        public Listening {
            if (port < 0 || port > 65_535) {
                throw new WorkloadException.InvalidSpec("not a TCP port: " + port);
            }
        }
    }
}
