package dev.croft.router.placement;

import dev.croft.runtime.Limits;
import dev.croft.runtime.Mount;
import java.util.List;
import java.util.Map;

/**
 * How to run a PM host.
 *
 * @param command the command and its arguments; no secrets
 * @param mounts what it reads beyond the directories of its {@link HostLaunch}, such as its class path
 * @param environment the whole environment
 */
public record HostProgram(List<String> command, List<Mount> mounts, Map<String, String> environment, Limits limits) {

    /** Knows the command of this installation; given by whoever wires the router. */
    @FunctionalInterface
    public interface Source {
        HostProgram program(HostLaunch launch);
    }
}
