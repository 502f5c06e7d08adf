package dev.croft.router;

import dev.croft.router.http.ApiServer;
import dev.croft.router.placement.HostLaunch;
import dev.croft.router.placement.HostProgram;
import dev.croft.router.tls.PrivateFiles;
import dev.croft.runtime.Limits;
import dev.croft.runtime.Mount;
import dev.croft.runtime.process.ProcessRuntime;
import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/** A router, or a PM host, as a process of its own, for tests that kill it. */
final class RouterProcess {

    private RouterProcess() {}

    public static void main(String[] arguments) throws Exception {
        if (arguments[0].equals("host")) {
            Path port = Path.of(arguments[2]);
            FakePmHost host = new FakePmHost(Path.of(arguments[1]), Path.of(arguments[3]), Path.of(arguments[4]));
            PrivateFiles.write(port, (host.port() + "\n").getBytes(StandardCharsets.US_ASCII));
            Thread.currentThread().join();
        }
        Path directory = Path.of(arguments[1]);
        RouterConfig config = arguments.length == 2
                ? config(directory)
                : TestFleet.over(arguments[2], TestFleet.SHORT).apply(config(directory));
        ProcessRuntime runtime = ProcessRuntime.open(directory.resolve("runtime"));
        RouterServer server = new RouterServer(config, runtime, RouterProcess::program);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            server.close();
            runtime.close();
        }));
        server.start();
        PrivateFiles.write(directory.resolve("port"), (server.port() + "\n").getBytes(StandardCharsets.US_ASCII));
        Thread.currentThread().join();
    }

    static RouterConfig config(Path directory) {
        return RouterConfig.embedded(directory.resolve("state"))
                .withListen("127.0.0.1", 0)
                .withServicesDirectory(directory.resolve("services"))
                .withRates(new ApiServer.RateLimits(100_000, 100_000, 60_000));
    }

    private static HostProgram program(HostLaunch launch) {
        List<String> command = List.of(
                "java",
                "-Xmx64m",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                RouterProcess.class.getName(),
                "host",
                launch.tlsDirectory().toString(),
                launch.portFile().toString(),
                launch.stateDirectory().toString(),
                launch.doorsDirectory().toString());
        List<Mount> mounts = new TreeSet<>(
                        List.of(System.getProperty("java.class.path").split(File.pathSeparator)))
                .stream()
                        .filter(entry -> Files.exists(Path.of(entry)))
                        .<Mount>map(entry -> new Mount.HostPath(
                                Path.of(entry).toAbsolutePath(),
                                Path.of(entry).toAbsolutePath().toString(),
                                false))
                        .toList();
        return new HostProgram(
                command, mounts, Map.of(), Limits.service().withPids(512).withWallClock(Limits.FOREVER));
    }
}
