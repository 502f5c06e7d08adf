package dev.croft.app.cli;

import dev.croft.app.server.Home;
import dev.croft.runtime.docker.DockerRuntime;
import dev.croft.runtime.docker.Handlers;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code croft doctor}: whether this machine and this installation are as Croft needs them. It changes nothing. */
@Command(
        name = "doctor",
        description = {
            "Check this machine and this installation, and say what is missing. Nothing is changed.",
            "Exit status 0 when nothing is broken, warnings or not; 6 when something is."
        })
final class DoctorCommand extends Subcommand {
    private static final int JDK = 25;
    private static final long LEAST_BYTES = 1L << 30;
    private static final long FEW_BYTES = 10L << 30;
    private static final Set<PosixFilePermission> OTHERS = EnumSet.of(
            PosixFilePermission.GROUP_READ,
            PosixFilePermission.GROUP_WRITE,
            PosixFilePermission.GROUP_EXECUTE,
            PosixFilePermission.OTHERS_READ,
            PosixFilePermission.OTHERS_WRITE,
            PosixFilePermission.OTHERS_EXECUTE);
    private static final int MOST_LISTED = 5;

    @Option(
            names = "--home",
            paramLabel = "DIR",
            description = "The installation's folder (default: CROFT_HOME, else ~/.croft).")
    @Nullable
    Path homeOption;

    @Option(names = "--port", defaultValue = "8443", description = "Port to serve on (default: ${DEFAULT-VALUE}).")
    int port;

    private enum State {
        OK,
        WARN,
        BROKEN
    }

    /** What was found. */
    private record Finding(String check, State state, String detail) {
        static Finding ok(String check, String detail) {
            return new Finding(check, State.OK, detail);
        }

        static Finding warn(String check, String detail) {
            return new Finding(check, State.WARN, detail);
        }

        static Finding broken(String check, String detail) {
            return new Finding(check, State.BROKEN, detail);
        }
    }

    @Override
    ExitStatus run(Output output) {
        ServerOptions options = new ServerOptions();
        options.homeOption = homeOption;
        Home home = options.home();
        boolean serves = Files.isRegularFile(home.address());
        List<Finding> found = List.of(
                jdk(),
                bubblewrap(),
                namespaces(),
                docker(),
                kubernetes(),
                disk(home),
                clock(home),
                port(serves),
                permissions(home),
                registry(home, serves));
        output.table(
                List.of("check", "state", "detail"),
                found.stream()
                        .map(one -> List.of(one.check(), one.state().name().toLowerCase(Locale.ROOT), one.detail()))
                        .toList());
        output.result(found);
        return found.stream().anyMatch(one -> one.state() == State.BROKEN) ? ExitStatus.UNAVAILABLE : ExitStatus.OK;
    }

    private static Finding jdk() {
        int version = Runtime.version().feature();
        String detail = version + " at " + System.getProperty("java.home");
        return version >= JDK ? Finding.ok("jdk", detail) : Finding.broken("jdk", detail + "; " + JDK + " is needed");
    }

    /** Runs a program for a few seconds at most; whether it ended well. */
    private static boolean runs(String... command) {
        try {
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                return false;
            }
            return process.exitValue() == 0;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private static Finding bubblewrap() {
        if (!runs("bwrap", "--version")) {
            return Finding.warn("bubblewrap", "not found: services would not be isolated as processes");
        }
        return runs("bwrap", "--unshare-all", "--ro-bind", "/", "/", "true")
                ? Finding.ok("bubblewrap", "makes sandboxes")
                : Finding.warn("bubblewrap", "found, but it makes no sandbox: are user namespaces forbidden?");
    }

    private static Finding namespaces() {
        String most = line("/proc/sys/user/max_user_namespaces");
        String allowed = line("/proc/sys/kernel/unprivileged_userns_clone");
        String apparmor = line("/proc/sys/kernel/apparmor_restrict_unprivileged_userns");
        if ("0".equals(most) || "0".equals(allowed)) {
            return Finding.warn("user namespaces", "the kernel forbids them to ordinary users");
        }
        return "1".equals(apparmor)
                ? Finding.warn(
                        "user namespaces", "AppArmor restricts them (kernel.apparmor_restrict_unprivileged_userns)")
                : Finding.ok("user namespaces", most == null ? "no limit told" : most + " at most");
    }

    private static @Nullable String line(String file) {
        try {
            return Files.readString(Path.of(file)).strip();
        } catch (IOException e) {
            return null;
        }
    }

    private static Finding docker() {
        Path socket = DockerRuntime.usualSocket();
        if (!Files.exists(socket)) {
            return Finding.warn("docker", "no engine at " + socket + ": '--backend docker' is not possible");
        }
        try {
            Handlers handlers = Handlers.ask(socket);
            return Finding.ok(
                    "docker",
                    "an engine answers at " + socket + "; runtime classes: "
                            + handlers.all().values().stream()
                                    .map(Handlers.Handler::toString)
                                    .collect(Collectors.joining(", ")));
        } catch (IOException e) {
            return Finding.warn("docker", "the engine at " + socket + " does not answer: " + e.getMessage());
        }
    }

    private static Finding kubernetes() {
        String set = System.getenv("KUBECONFIG");
        Path file = set == null || set.isEmpty()
                ? Path.of(System.getProperty("user.home"), ".kube", "config")
                : Path.of(set.split(":", 2)[0]);
        return Files.isReadable(file)
                ? Finding.ok("kubernetes", "configured by " + file)
                : Finding.warn("kubernetes", "no " + file + ": the operator and pods are not possible");
    }

    private static Finding disk(Home home) {
        try {
            long free = Files.getFileStore(existing(home.root())).getUsableSpace();
            String detail = (free >> 20) + " MiB free";
            return free < LEAST_BYTES
                    ? Finding.broken("disk", detail + "; 1 GiB is the least")
                    : free < FEW_BYTES ? Finding.warn("disk", detail) : Finding.ok("disk", detail);
        } catch (IOException e) {
            return Finding.broken("disk", "cannot be asked: " + e.getMessage());
        }
    }

    private static Path existing(Path path) {
        Path at = path;
        while (!Files.exists(at)) {
            Path parent = at.getParent();
            if (parent == null) {
                return at;
            }
            at = parent;
        }
        return at;
    }

    /** Proofs live for a minute and servers forgive five, so a clock that went back locks everybody out. */
    private static Finding clock(Home home) {
        Instant now = Instant.now();
        try (Stream<Path> files = Files.exists(home.router()) ? Files.list(home.router()) : Stream.empty()) {
            Instant newest = Instant.EPOCH;
            for (Path file : files.toList()) {
                Instant changed = Files.getLastModifiedTime(file).toInstant();
                newest = changed.isAfter(newest) ? changed : newest;
            }
            return newest.isAfter(now.plus(Duration.ofMinutes(1)))
                    ? Finding.broken("clock", "it says " + now + ", and files here are of " + newest)
                    : Finding.ok("clock", now.toString());
        } catch (IOException e) {
            return Finding.warn("clock", now + "; files here cannot be read: " + e.getMessage());
        }
    }

    private Finding port(boolean serves) {
        if (port < 0 || port > 65_535) {
            throw new CommandException(ExitStatus.USAGE, "--port lies between 0 and 65535");
        }
        try (var socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
            return Finding.ok("port", socket.getLocalPort() + " is free");
        } catch (IOException e) {
            return serves
                    ? Finding.ok("port", port + " is taken; a server runs from this home")
                    : Finding.warn("port", port + " is taken by another program");
        }
    }

    private static Finding permissions(Home home) {
        if (!Files.exists(home.root())) {
            return Finding.ok("permissions", "nothing there yet");
        }
        List<String> open = new ArrayList<>();
        try {
            check(home.root(), open);
            for (Path directory : List.of(home.keys(), home.tokens(), home.router())) {
                if (Files.isDirectory(directory)) {
                    check(directory, open);
                }
            }
            for (Path directory : List.of(home.keys(), home.tokens())) {
                if (Files.isDirectory(directory)) {
                    try (Stream<Path> files = Files.list(directory)) {
                        for (Path file : files.toList()) {
                            check(file, open);
                        }
                    }
                }
            }
        } catch (IOException e) {
            return Finding.broken("permissions", String.valueOf(e.getMessage()));
        }
        return open.isEmpty()
                ? Finding.ok("permissions", "keys, tokens and state are for their owner alone")
                : Finding.broken(
                        "permissions",
                        "open to others: " + String.join(", ", open.subList(0, Math.min(MOST_LISTED, open.size()))));
    }

    private static void check(Path path, List<String> open) throws IOException {
        Set<PosixFilePermission> has = EnumSet.copyOf(Files.getPosixFilePermissions(path));
        has.retainAll(OTHERS);
        if (!has.isEmpty()) {
            open.add(path.toString());
        }
    }

    private static Finding registry(Home home, boolean serves) {
        Path file = home.router().resolve("registry").resolve("registry.db");
        if (!Files.exists(file)) {
            return Finding.ok("registry", "none here yet, or it is on PostgreSQL");
        }
        try (var connection = DriverManager.getConnection("jdbc:sqlite:file:" + file + "?mode=ro");
                var statement = connection.createStatement();
                var rows = statement.executeQuery("PRAGMA integrity_check(1)")) {
            String said = rows.next() ? rows.getString(1) : "nothing";
            return "ok".equals(said)
                    ? Finding.ok("registry", "every page is sound" + (serves ? ", while a server uses it" : ""))
                    : Finding.broken("registry", said);
        } catch (SQLException e) {
            return Finding.broken("registry", String.valueOf(e.getMessage()));
        }
    }
}
