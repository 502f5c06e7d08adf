package dev.croft.app.bench;

import dev.croft.app.server.HostCache;
import dev.croft.app.server.HostMain;
import dev.croft.app.server.Installation;
import dev.croft.vault.api.OwnerKey;
import dev.croft.vault.api.PmClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Starts a host of one private cloud as a process of its own, as the router does but without a sandbox. */
final class HostStart {
    private static final long LONGEST_SECONDS = 120;

    private final Path directory;
    private final Path clouds;
    private final OwnerKey key;
    private final Installation installation = Installation.ofThisProcess();

    /**
     * @param directory of the {@link Colony}, which must not host the private cloud any more
     * @param key of the private cloud
     */
    HostStart(Path directory, Path clouds, OwnerKey key) {
        this.directory = directory;
        this.clouds = clouds;
        this.key = key;
    }

    /**
     * How long it took.
     *
     * @param answers milliseconds until the host answered
     * @param awake milliseconds until its private cloud was awake
     */
    record Took(double answers, double awake) {}

    /** The option that names the installation's AOT cache of hosts; empty where there is none. */
    List<String> cache() {
        return HostCache.option(installation);
    }

    /** Starts a host, wakes its private cloud, and ends it again. */
    Took host(List<String> options) throws IOException, InterruptedException {
        Path run = Files.createTempDirectory(directory, "run-");
        List<String> command = new ArrayList<>(installation.hostJvm(true));
        command.addAll(options);
        command.addAll(List.of("-cp", installation.classPathArgument(), HostMain.class.getName()));
        for (Path argument : List.of(clouds, run, directory.resolve("tls-server"), run, directory.resolve("doors"))) {
            command.add(argument.toString());
        }
        command.add(key.cloudId());

        long start = System.nanoTime();
        Process process = begin(command);
        try {
            Path port = run.resolve("port");
            while (!Files.exists(port)) {
                if (!process.isAlive() || System.nanoTime() - start > TimeUnit.SECONDS.toNanos(LONGEST_SECONDS)) {
                    throw new IOException("the host did not start");
                }
                TimeUnit.MILLISECONDS.sleep(1);
            }
            try (PmClient client = Colony.client(directory, Integer.parseInt(Files.readString(port)))) {
                client.status();
                double answers = (System.nanoTime() - start) / 1e6;
                client.unlock(key, List.of());
                return new Took(answers, (System.nanoTime() - start) / 1e6);
            }
        } finally {
            process.destroy();
            if (!process.waitFor(LONGEST_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        }
    }

    /** Starts a JVM that does nothing; milliseconds. */
    double bare() throws IOException, InterruptedException {
        long start = System.nanoTime();
        Process process = begin(List.of(installation.javaCommand().toString(), "-XX:+UseSerialGC", "-version"));
        if (!process.waitFor(LONGEST_SECONDS, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new IOException("the JVM did not end");
        }
        return (System.nanoTime() - start) / 1e6;
    }

    private static Process begin(List<String> command) throws IOException {
        return new ProcessBuilder(command)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
    }
}
