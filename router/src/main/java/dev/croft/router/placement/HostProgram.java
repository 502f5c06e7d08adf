package dev.croft.router.placement;

import dev.croft.runtime.Limits;
import dev.croft.runtime.Mount;
import dev.croft.runtime.Program;
import java.util.List;
import java.util.Map;

/**
 * How to run a PM host.
 *
 * @param program what runs; no secrets in its arguments
 * @param port where it is to listen, published on this machine's loopback address; 0 where it picks one itself
 * @param mounts what it reads beyond the directories of its {@link HostLaunch}, such as its class path
 * @param environment the whole environment
 */
public record HostProgram(
        Program program, int port, List<Mount> mounts, Map<String, String> environment, Limits limits) {

    /** A command of this machine that picks its port itself. */
    public HostProgram(List<String> command, List<Mount> mounts, Map<String, String> environment, Limits limits) {
        this(new Program.HostCommand(command), 0, mounts, environment, limits);
    }

    /** Knows the command of this installation; given by whoever wires the router. */
    @FunctionalInterface
    public interface Source {
        HostProgram program(HostLaunch launch);
    }
}
