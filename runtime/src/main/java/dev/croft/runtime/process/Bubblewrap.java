package dev.croft.runtime.process;

import dev.croft.runtime.Mount;
import dev.croft.runtime.watch.Launch;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Namespaces of its own for user, mounts, processes, IPC, host name, control groups and (but for a listening part)
 * network; a root with the system's programs read-only and nothing else; no capabilities, no new privileges, no further
 * user namespaces.
 */
final class Bubblewrap implements Sandbox {
    private static final String USER = "10001";
    private static final List<String> PUBLIC_ETC = List.of(
            "/etc/ld.so.cache", "/etc/alternatives", "/etc/localtime", "/etc/ssl/certs", "/etc/ssl/openssl.cnf");

    /**
     * A router that runs as root gives its sandboxes root's user number on the host, whatever number they see, and the
     * kernel lets that number write settings here without any capability.
     */
    private static final List<String> READ_ONLY_PROC =
            List.of("sys", "irq", "bus", "fs", "acpi", "scsi", "tty", "driver", "pressure", "dynamic_debug");

    private static final List<String> HIDDEN_PROC = List.of(
            "kcore", "keys", "key-users", "kmsg", "kallsyms", "timer_list", "sysrq-trigger", "mtrr", "sched_debug");

    private final Path program;
    private final Path etc;
    private final Path javaHome;
    private final boolean limitByNproc;
    private final boolean disablesUserNamespaces;

    private Bubblewrap(Path program, Path etc, Path javaHome, boolean limitByNproc, boolean disablesUserNamespaces) {
        this.program = program;
        this.etc = etc;
        this.javaHome = javaHome;
        this.limitByNproc = limitByNproc;
        this.disablesUserNamespaces = disablesUserNamespaces;
    }

    /**
     * @param state where its files of the sandbox's {@code /etc} are made
     * @param limitByNproc whether processes must be limited with RLIMIT_NPROC, for want of a control group
     */
    static Bubblewrap open(Path program, Path state, Path javaHome, boolean limitByNproc) throws IOException {
        Path etc = Files.createDirectories(state.resolve("etc"));
        Files.writeString(etc.resolve("passwd"), "croft:x:" + USER + ":" + USER + "::/work:/bin/sh\n");
        Files.writeString(etc.resolve("group"), "croft:x:" + USER + ":\n");
        Files.writeString(etc.resolve("hosts"), "127.0.0.1 localhost\n::1 localhost\n");
        Files.writeString(etc.resolve("nsswitch.conf"), "passwd: files\ngroup: files\nhosts: files\n");
        // Known from version 0.8 on; before, the system-call filter alone refuses user namespaces.
        boolean disables = says(program, "--help").contains("--disable-userns");
        return new Bubblewrap(program, etc, javaHome, limitByNproc, disables);
    }

    /** What the program prints when called with this one word. */
    static String says(Path program, String word) throws IOException {
        Process process = new ProcessBuilder(program.toString(), word)
                .redirectErrorStream(true)
                .start();
        try (var output = process.getInputStream()) {
            return new String(output.readNBytes(1 << 16), StandardCharsets.UTF_8).trim();
        }
    }

    /** Whether a sandbox with all that is used here can be made, else what bubblewrap says. */
    String trial() throws IOException, InterruptedException {
        List<String> words = new ArrayList<>(List.of(program.toString()));
        root(words, false, 1 << 20);
        words.addAll(List.of("--", "/usr/bin/env", "true"));
        Process process = new ProcessBuilder(words).redirectErrorStream(true).start();
        try (var output = process.inputReader()) {
            if (!process.waitFor(20, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                return "bubblewrap does not end";
            }
            String said = output.readLine();
            return process.exitValue() == 0 ? "" : said == null ? "bubblewrap fails" : said;
        }
    }

    @Override
    public String script() {
        return """
                set -eu
                cd "$1"
                [ -p out ] && [ ! -e end.json ]
                read -r stat </proc/$$/stat
                printf '%s\\n' "$stat" >pid
                filter=$2 data=$3 file=$4
                shift 4
                while [ "$1" != -- ]; do echo 0 >"$1"; shift; done
                shift
                ulimit -c 0
                [ "$data" = - ] || ulimit -d "$data"
                [ "$file" = - ] || ulimit -f "$file"
                exec 0</dev/null 1<>out 2>&1 3>status
                if [ -n "$filter" ]; then exec 4<"$filter"; fi
                exec "$@"
                """;
    }

    @Override
    public List<String> command(Launch launch, Map<String, String> environment) {
        List<String> words = new ArrayList<>(List.of(program.toString(), "--json-status-fd", "3"));
        if (Files.exists(filter(launch.directory()))) {
            words.addAll(List.of("--seccomp", "4"));
        }
        root(words, launch.listens(), Math.max(4096, launch.spec().limits().scratchBytes()));
        launch.files().ifPresent(files -> words.addAll(List.of("--ro-bind", files.toString(), "/app")));
        for (Mount mount : launch.mounts()) {
            words.addAll(List.of(
                    mount.writable() ? "--bind" : "--ro-bind",
                    launch.source(mount).toString(),
                    mount.target()));
        }
        launch.spec().door().ifPresent(door -> {
            words.addAll(List.of("--ro-bind", door.toString(), "/croft"));
            if (launch.hasOutput()) {
                words.addAll(List.of("--bind", door.resolve("output").toString(), "/croft/output"));
            }
        });
        words.addAll(List.of("--remount-ro", "/", "--chdir", "/work", "--clearenv"));
        environment.forEach((key, value) -> words.addAll(List.of("--setenv", key, value)));
        words.add("--");
        if (limitByNproc) {
            int pids = launch.spec().limits().pids() + ownPids();
            words.addAll(List.of("/usr/bin/prlimit", "--nproc=" + pids + ":" + pids, "--"));
        }
        words.addAll(launch.spec().program().command());
        return words;
    }

    /** Where a launch finds the system-call filter, next to the workloads. */
    static Path filter(Path directory) {
        return directory.resolveSibling("seccomp.bpf");
    }

    private void root(List<String> words, boolean hostNetwork, long scratch) {
        words.addAll(List.of("--unshare-all", "--unshare-user", "--new-session"));
        if (disablesUserNamespaces) {
            words.add("--disable-userns");
        }
        words.addAll(List.of("--cap-drop", "ALL", "--uid", USER, "--gid", USER, "--hostname", "croft"));
        if (hostNetwork) {
            words.add("--share-net");
        }
        words.addAll(List.of("--ro-bind", "/usr", "/usr"));
        for (String name : List.of("/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")) {
            Path path = Path.of(name);
            if (Files.isSymbolicLink(path)) {
                try {
                    words.addAll(
                            List.of("--symlink", Files.readSymbolicLink(path).toString(), name));
                } catch (IOException e) {
                    throw new UncheckedIOException(name, e);
                }
            } else if (Files.isDirectory(path)) {
                words.addAll(List.of("--ro-bind", name, name));
            }
        }
        if (!javaHome.startsWith("/usr")) {
            words.addAll(List.of("--ro-bind", javaHome.toString(), javaHome.toString()));
        }
        for (String file : PUBLIC_ETC) {
            words.addAll(List.of("--ro-bind-try", file, file));
        }
        for (String file : List.of("passwd", "group", "hosts", "nsswitch.conf")) {
            words.addAll(List.of("--ro-bind", etc.resolve(file).toString(), "/etc/" + file));
        }
        String size = Long.toString(scratch);
        words.addAll(List.of("--proc", "/proc"));
        for (String name : READ_ONLY_PROC) {
            words.addAll(List.of("--ro-bind-try", "/proc/" + name, "/proc/" + name));
        }
        for (String name : HIDDEN_PROC) {
            if (Files.exists(Path.of("/proc", name))) {
                words.addAll(List.of("--ro-bind", "/dev/null", "/proc/" + name));
            }
        }
        words.addAll(List.of("--dev", "/dev"));
        words.addAll(List.of("--perms", "1777", "--size", size, "--tmpfs", "/dev/shm", "--remount-ro", "/dev"));
        words.addAll(List.of("--perms", "0700", "--size", size, "--tmpfs", "/work"));
        words.addAll(List.of("--perms", "1777", "--size", size, "--tmpfs", "/tmp"));
    }

    @Override
    public int ownPids() {
        return 2;
    }
}
