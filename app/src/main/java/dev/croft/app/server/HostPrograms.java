package dev.croft.app.server;

import dev.croft.router.placement.HostLaunch;
import dev.croft.router.placement.HostProgram;
import dev.croft.runtime.Limits;
import dev.croft.runtime.Mount;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** How a host of private clouds is started from this installation. */
final class HostPrograms implements HostProgram.Source {
    private static final long SHARED_MEMORY = 2L << 30;
    private static final long OWN_MEMORY = 768L << 20;

    private final Installation installation;

    HostPrograms(Installation installation) {
        this.installation = installation;
    }

    @Override
    public HostProgram program(HostLaunch launch) {
        return program(launch.onlyCloud().isPresent(), HostMain.arguments(launch));
    }

    /** One that waits for its private cloud. */
    HostProgram waiting() {
        return program(true, List.of());
    }

    private HostProgram program(boolean own, List<String> arguments) {
        List<String> command = new ArrayList<>(installation.hostJvm(own));
        command.addAll(HostCache.option(installation));
        command.addAll(List.of("-cp", installation.classPathArgument(), HostMain.class.getName()));
        command.addAll(arguments);

        List<Mount> mounts = new ArrayList<>();
        installation.classPath().stream()
                .map(Path::getParent)
                .distinct()
                .filter(directory -> installation.classPath().stream()
                        .noneMatch(other -> !other.equals(directory)
                                && directory.getParent() != null
                                && directory.startsWith(other)))
                .forEach(directory -> mounts.add(new Mount.HostPath(directory, directory.toString(), false)));
        return new HostProgram(command, mounts, Map.of(), limits(own));
    }

    static Limits limits(boolean own) {
        return Limits.service()
                .withCpus(Runtime.getRuntime().availableProcessors())
                .withMemoryBytes(own ? OWN_MEMORY : SHARED_MEMORY)
                .withPids(4096)
                .withWallClock(Limits.FOREVER)
                .withScratchBytes(1L << 30);
    }
}
