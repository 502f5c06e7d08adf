package dev.croft.runtime.kubernetes;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The system-call filter of services, as a seccomp profile in the kubelet's folder. It refuses what the process backend's filter refuses,
 * and every socket that is not of the Unix domain: so a service reaches nothing but its door whatever the cluster's network lets pass.
 */
final class SystemCalls {
    private static final String FOLDER = "croft";

    private static final int EPERM = 1;
    private static final int ENOSYS = 38;
    private static final int EAFNOSUPPORT = 97;
    private static final int AF_UNIX = 1;
    private static final int TIOCSTI = 0x5412;
    private static final int TIOCLINUX = 0x541c;
    /** The kernel reads no more of it, and a filter must not be deceived by the rest. */
    private static final long LOW_HALF = 0xffff_ffffL;

    private static final int LOWEST_NAMESPACE_FLAG = 25;
    private static final int HIGHEST_NAMESPACE_FLAG = 30;
    private static final long CLONE_NEWNS = 0x20000;
    /** Around namespaces, into other processes, or to more of the kernel than programs need; io_uring makes sockets of its own. */
    private static final List<String> REFUSED = List.of(
            "acct",
            "add_key",
            "adjtimex",
            "bpf",
            "chroot",
            "clock_adjtime",
            "clock_settime",
            "delete_module",
            "fanotify_init",
            "finit_module",
            "fsconfig",
            "fsmount",
            "fsopen",
            "fspick",
            "init_module",
            "io_uring_enter",
            "io_uring_register",
            "io_uring_setup",
            "ioperm",
            "iopl",
            "kcmp",
            "kexec_file_load",
            "kexec_load",
            "keyctl",
            "lookup_dcookie",
            "modify_ldt",
            "mount",
            "mount_setattr",
            "move_mount",
            "name_to_handle_at",
            "nfsservctl",
            "open_by_handle_at",
            "open_tree",
            "perf_event_open",
            "pidfd_getfd",
            "pivot_root",
            "process_vm_readv",
            "process_vm_writev",
            "ptrace",
            "quotactl",
            "quotactl_fd",
            "reboot",
            "request_key",
            "setdomainname",
            "sethostname",
            "setns",
            "settimeofday",
            "socketcall",
            "swapoff",
            "swapon",
            "syslog",
            "umount2",
            "unshare",
            "uselib",
            "userfaultfd",
            "vhangup");

    private SystemCalls() {}

    /** Where the running kubelet may look for profiles, by its command line and its version's defaults. */
    private static Set<Path> folders() {
        Set<Path> folders = new LinkedHashSet<>();
        folders.add(Path.of("/var/lib/kubelet/seccomp")); // of all versions before 1.23, whatever their folder
        try (Stream<ProcessHandle> all = ProcessHandle.allProcesses()) {
            all.map(ProcessHandle::info)
                    .filter(info ->
                            info.command().filter(c -> c.endsWith("/kubelet")).isPresent())
                    .flatMap(info -> Stream.of(info.arguments().orElse(new String[0])))
                    .forEach(argument -> {
                        if (argument.startsWith("--root-dir=")) {
                            folders.add(Path.of(argument.substring("--root-dir=".length()), "seccomp"));
                        } else if (argument.startsWith("--seccomp-profile-root=")) {
                            folders.add(Path.of(argument.substring("--seccomp-profile-root=".length())));
                        }
                    });
        }
        return folders;
    }

    /** As a runtime's pods name its profile. */
    static String name(String runtime) {
        return FOLDER + "/door-only-" + runtime + ".json";
    }

    /** Puts a runtime's profile where the kubelet of this node finds it; its name, or nothing where that is not to be written. */
    static Optional<String> install(String runtime) {
        try {
            for (Path folder : folders()) {
                Path file = folder.resolve(name(runtime));
                Files.createDirectories(file.getParent());
                // Always the same, so that a kill leaves no more than the next start replaces.
                Path fresh = fresh(file);
                Files.write(fresh, profile());
                Files.setPosixFilePermissions(fresh, PosixFilePermissions.fromString("rw-r--r--"));
                Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            }
            return Optional.of(name(runtime));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** Takes it away again: no pod of the runtime is there any more. */
    static void remove(String runtime) throws IOException {
        for (Path folder : folders()) {
            Path file = folder.resolve(name(runtime));
            Files.deleteIfExists(fresh(file));
            Files.deleteIfExists(file);
        }
    }

    private static Path fresh(Path file) {
        return file.resolveSibling(file.getFileName() + ".new");
    }

    static byte[] profile() throws IOException {
        ObjectMapper json = new ObjectMapper();
        ObjectNode profile = json.createObjectNode();
        profile.put("defaultAction", "SCMP_ACT_ALLOW");
        // No second architecture: its calls are killed, and with them the i386 door to sockets.
        profile.putArray("architectures")
                .add(System.getProperty("os.arch").equals("aarch64") ? "SCMP_ARCH_AARCH64" : "SCMP_ARCH_X86_64");
        ArrayNode calls = profile.putArray("syscalls");
        ObjectNode refused = call(calls, EPERM);
        REFUSED.forEach(refused.putArray("names")::add);
        // Its arguments are in memory, where a filter does not see them; programs fall back to clone.
        call(calls, ENOSYS).putArray("names").add("clone3");
        argument(calls, "socket", EAFNOSUPPORT, 0, "SCMP_CMP_NE", AF_UNIX, 0);
        argument(calls, "ioctl", EPERM, 1, "SCMP_CMP_MASKED_EQ", LOW_HALF, TIOCSTI);
        argument(calls, "ioctl", EPERM, 1, "SCMP_CMP_MASKED_EQ", LOW_HALF, TIOCLINUX);
        argument(calls, "clone", EPERM, 0, "SCMP_CMP_MASKED_EQ", CLONE_NEWNS, CLONE_NEWNS);
        for (int bit = LOWEST_NAMESPACE_FLAG; bit <= HIGHEST_NAMESPACE_FLAG; bit++) {
            argument(calls, "clone", EPERM, 0, "SCMP_CMP_MASKED_EQ", 1L << bit, 1L << bit);
        }
        return json.writerWithDefaultPrettyPrinter().writeValueAsBytes(profile);
    }

    private static ObjectNode call(ArrayNode calls, int error) {
        return calls.addObject().put("action", "SCMP_ACT_ERRNO").put("errnoRet", error);
    }

    private static void argument(
            ArrayNode calls, String name, int error, int index, String test, long value, long second) {
        ObjectNode call = call(calls, error);
        call.putArray("names").add(name);
        call.putArray("args")
                .addObject()
                .put("index", index)
                .put("value", value)
                .put("valueTwo", second)
                .put("op", test);
    }
}
