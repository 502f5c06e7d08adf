package dev.croft.app.server;

import dev.croft.router.placement.HostLaunch;
import dev.croft.router.placement.HostProgram;
import dev.croft.runtime.Program;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** How a host of private clouds is started as a container of {@link CroftImage}, in a pod or not. */
final class ContainerHostPrograms implements HostProgram.Source {
    private final Program.Image image;

    ContainerHostPrograms(Program.Image image) {
        this.image = image;
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
        int port = freePort();
        List<String> command = new ArrayList<>(Installation.hostJvm(CroftImage.JAVA, own));
        command.addAll(PartImage.cacheOptions());
        command.add(Installation.ofThisProcess().digestOption());
        command.addAll(List.of(
                // Its network is the container's own; the port is published on this machine's loopback address.
                "-D" + HostMain.LISTEN + "=0.0.0.0:" + port, CroftImage.CLASS_PATH, HostMain.class.getName()));
        command.addAll(arguments);
        return new HostProgram(
                new Program.Image(image.reference(), image.digest(), command),
                port,
                List.of(),
                Map.of(),
                HostPrograms.limits(own));
    }

    private static int freePort() {
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return free.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
