package dev.croft.app.server;

import dev.croft.router.tls.CertificateAuthority;
import dev.croft.vault.HostSettings;
import dev.croft.vault.HttpsFront;
import dev.croft.vault.PmHost;
import dev.croft.vault.api.OwnerKey;
import dev.croft.vault.api.PmClient;
import dev.croft.vault.api.PmTls;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * The AOT cache (JEP 483, JEP 515) of a host of private clouds, beside the installation's jars: classes loaded and linked, and how often
 * methods were called, by a host that woke one private cloud and served it. The JVM ignores one that was made by another JDK or of other
 * jars, so a missing or an old one costs time only. There is none where the class path has directories, which the JVM does not take.
 */
public final class HostCache {
    private static final String NAME = "host.aot";
    private static final long LONGEST_SECONDS = 120;

    private HostCache() {}

    /** Makes the cache of the installation that this process belongs to, as the launcher does after it has built. */
    public static void main(String[] args) throws IOException {
        Installation installation = Installation.ofThisProcess();
        Optional<Path> place = place(installation);
        if (place.isEmpty()) {
            return;
        }
        Path cache = place.get();
        Path fresh = cache.resolveSibling(NAME + "." + ProcessHandle.current().pid());
        try {
            train(installation, fresh);
            if (Files.exists(fresh)) {
                Files.move(fresh, cache, StandardCopyOption.ATOMIC_MOVE);
            }
        } finally {
            Files.deleteIfExists(fresh);
        }
    }

    /** Writes a cache of this installation, by a host of it that serves a made-up private cloud. */
    static void train(Installation installation, Path output) throws IOException {
        Path scratch = Files.createTempDirectory("croft-host-cache");
        try {
            train(installation, scratch, output);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        } finally {
            delete(scratch);
        }
    }

    /** The JVM's option for a host of this installation; none where there is no cache. */
    public static List<String> option(Installation installation) {
        return place(installation)
                // An empty file says that it could not be made.
                .filter(cache -> cache.toFile().length() > 0)
                .map(cache -> List.of("-XX:AOTCache=" + cache, "-Xlog:disable"))
                .orElse(List.of());
    }

    private static Optional<Path> place(Installation installation) {
        return installation.classPath().stream().allMatch(Files::isRegularFile)
                ? installation.classPath().stream().findFirst().map(jar -> jar.resolveSibling(NAME))
                : Optional.empty();
    }

    private static void train(Installation installation, Path scratch, Path output)
            throws IOException, InterruptedException {
        CertificateAuthority authority = CertificateAuthority.open(scratch.resolve("ca"), Clock.systemUTC());
        Path server = scratch.resolve("server");
        Path router = scratch.resolve("router");
        authority.ensure(server, "croft-host", CertificateAuthority.Purpose.SERVER, List.of("127.0.0.1", "localhost"));
        authority.ensure(router, "croft-router", CertificateAuthority.Purpose.CLIENT, List.of());
        Path doors = scratch.resolve("doors");
        try (OwnerKey key = OwnerKey.generate()) {
            HostSettings here = HostSettings.shared(scratch.resolve("host"), doors);
            try (HttpsFront front = HttpsFront.start(new PmHost(here, HostMain.vault()), 0, PmTls.context(server));
                    PmClient client = HostRehearsal.client(router, front.port())) {
                client.create(key, null, null);
                HostRehearsal.upload(client, key);
            }
            Path run = Files.createDirectory(scratch.resolve("run"));
            List<String> command = new ArrayList<>(installation.hostJvm(true));
            command.addAll(List.of(
                    "-XX:AOTCacheOutput=" + output, "-cp", installation.classPathArgument(), HostMain.class.getName()));
            for (Path argument : List.of(here.clouds(), run, server, run, doors)) {
                command.add(argument.toString());
            }
            command.add(key.cloudId());
            Process host = new ProcessBuilder(command)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            try {
                serve(host, run.resolve("port"), router, key);
            } finally {
                // It writes the cache as it ends.
                host.destroy();
                if (!host.waitFor(LONGEST_SECONDS, TimeUnit.SECONDS)) {
                    host.destroyForcibly();
                }
            }
        }
    }

    private static void serve(Process host, Path port, Path router, OwnerKey key)
            throws IOException, InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(LONGEST_SECONDS);
        while (!Files.exists(port)) {
            if (!host.isAlive() || System.nanoTime() > end) {
                throw new IOException("the host did not start");
            }
            TimeUnit.MILLISECONDS.sleep(5);
        }
        try (PmClient client = HostRehearsal.client(
                router, Integer.parseInt(Files.readString(port).strip()))) {
            client.status();
            client.unlock(key, List.of());
            HostRehearsal.use(client, key);
        }
    }

    private static void delete(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
