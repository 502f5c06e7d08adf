package dev.croft.app.server;

import dev.croft.router.placement.HostLaunch;
import dev.croft.router.placement.HostProgram;
import dev.croft.runtime.HealthCheck;
import dev.croft.runtime.Mount;
import dev.croft.runtime.Network;
import dev.croft.runtime.WorkloadId;
import dev.croft.runtime.WorkloadSpec;
import dev.croft.runtime.pool.HandedDirectories;
import dev.croft.runtime.pool.Kind;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A host that waits for the one private cloud that it will be of: a JVM that has loaded and tried what a host does, with a made-up private
 * cloud in its scratch, and has no directory of anyone. It is handed those of its private cloud when it is claimed.
 */
final class WaitingHost {
    private static final Logger LOG = LoggerFactory.getLogger(WaitingHost.class);
    private static final String ARGUMENT = "CROFT_HOST_";
    private static final String LABEL = "croft/host";
    private static final int LONGEST_CLAIM = 64 << 10;

    private WaitingHost() {}

    /** What a host is told: as its arguments say it, and where that is in this process. */
    record Claimed(HostMain.Places places, Path doorsAsTold) {}

    /**
     * What waits for a host of one private cloud; nothing where directories cannot be handed over.
     *
     * @param waiting how a host is started that is given no arguments
     */
    static Kind.Source kinds(Supplier<HostProgram> waiting) {
        if (!HandedDirectories.possible()) {
            return _ -> Optional.empty();
        }
        String prefix = HostLaunch.own("");
        return launch -> {
            boolean own = launch.labels().getOrDefault(LABEL, "").startsWith(prefix)
                    && launch.health() instanceof HealthCheck.FileExists;
            return own
                    ? Optional.of(new Kind(WaitingHost.class, "host", () -> spec(waiting.get()), WaitingHost::told))
                    : Optional.empty();
        };
    }

    private static WorkloadSpec spec(HostProgram program) {
        return WorkloadSpec.of(WorkloadId.random("warm"), program.program())
                .withMounts(program.mounts().toArray(Mount[]::new))
                .withEnvironment(program.environment())
                .withLimits(program.limits())
                .withNetwork(new Network.Listening(program.port()));
    }

    /** What follows the name of the main class is what an ordinary launch has as arguments. */
    private static Map<String, String> told(WorkloadSpec launch) {
        List<String> command = launch.program().command();
        List<String> arguments = command.subList(command.indexOf(HostMain.class.getName()) + 1, command.size());
        Map<String, String> told = new TreeMap<>(launch.environment());
        for (int i = 0; i < arguments.size(); i++) {
            told.put(ARGUMENT + i, arguments.get(i));
        }
        return told;
    }

    /** Waits at this socket; empty when nobody wants a host any more. */
    static Optional<Claimed> await(Path socket) throws IOException {
        rehearse(); // before it says that it waits
        String claim;
        try (SocketChannel line = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
            claim = new String(Channels.newInputStream(line).readNBytes(LONGEST_CLAIM), StandardCharsets.UTF_8);
        }
        if (!claim.startsWith("croft-claim-v1\n") || !claim.endsWith("\n\n")) {
            return Optional.empty();
        }
        Map<String, String> told = new TreeMap<>();
        claim.lines()
                .filter(text -> text.indexOf('=') > 0)
                .forEach(text -> told.put(text.substring(0, text.indexOf('=')), text.substring(text.indexOf('=') + 1)));
        List<String> arguments = new ArrayList<>();
        for (int i = 0; told.containsKey(ARGUMENT + i); i++) {
            arguments.add(told.get(ARGUMENT + i));
        }
        Map<Path, Path> handed =
                HandedDirectories.receive(socket.resolveSibling(told.getOrDefault(HandedDirectories.SOCKET, "")));
        return Optional.of(claimed(HostMain.Places.of(arguments), handed));
    }

    /** Names for what was handed, in a directory of this process alone: a private cloud's is found by its id there. */
    private static Claimed claimed(HostMain.Places told, Map<Path, Path> handed) throws IOException {
        Path names = Files.createTempDirectory("croft");
        Path clouds = Files.createDirectory(names.resolve("clouds"));
        String cloud = told.only().orElseThrow(() -> new IOException("a host that waited is of one private cloud"));
        link(clouds.resolve(cloud), handed.get(told.clouds().resolve(cloud)));
        HostMain.Places places = new HostMain.Places(
                clouds,
                link(names.resolve("state"), handed.get(told.state())),
                link(names.resolve("tls"), handed.get(told.tls())),
                link(names.resolve("run"), handed.get(told.run())),
                link(names.resolve("doors"), handed.get(told.doors())),
                told.only());
        return new Claimed(places, told.doors());
    }

    private static Path link(Path name, @Nullable Path handed) throws IOException {
        if (handed == null) {
            throw new IOException("not every directory of a host came");
        }
        return Files.createSymbolicLink(name, handed);
    }

    /** Does once, for nobody, what the first minute of a host does, so that its owner does not wait for classes. */
    private static void rehearse() {
        try {
            HostRehearsal.run();
        } catch (Exception e) {
            LOG.warn("a host waits unrehearsed: {}", e.toString());
        }
    }
}
