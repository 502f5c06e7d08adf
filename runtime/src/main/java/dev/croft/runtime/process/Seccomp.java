package dev.croft.runtime.process;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A system-call filter (seccomp(2), classic BPF) for bubblewrap: refuses what reaches around namespaces or widens the
 * kernel's surface (mounts, new namespaces, tracing, keys, modules, BPF, io_uring, handles, clocks, odd socket
 * families, terminal injection) and leaves the rest, as container engines' defaults do.
 */
final class Seccomp {
    private static final int EPERM = 1;
    private static final int ENOSYS = 38;
    private static final int EAFNOSUPPORT = 97;
    private static final int ALLOW = 0x7fff0000;
    private static final int ERRNO = 0x00050000;
    private static final int KILL_PROCESS = 0x80000000;
    private static final int LOAD = 0x20;
    private static final int RETURN = 0x06;
    private static final int JUMP_EQUAL = 0x15;
    private static final int JUMP_GREATER_EQUAL = 0x35;
    private static final int JUMP_ANY_BIT = 0x45;
    private static final int NUMBER = 0; // offsets in struct seccomp_data
    private static final int ARCH = 4;
    private static final int ARGUMENT_0 = 16;
    private static final int ARGUMENT_1 = 24;
    /** CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET. */
    private static final int CLONE_NAMESPACES = 0x7e020000;

    /** io_uring (3), open_tree, move_mount, fsopen, fsconfig, fsmount, fspick, pidfd_getfd, mount_setattr, quotactl_fd. */
    private static final int[] EVERYWHERE = {425, 426, 427, 428, 429, 430, 431, 432, 433, 438, 442, 443};

    private static final int CLONE3 = 435;

    private enum Machine {
        X86_64(
                0xc000003e,
                56,
                41,
                16,
                // ptrace, syslog, uselib, vhangup, modify_ldt, pivot_root, _sysctl, adjtimex, chroot, acct,
                // settimeofday,
                // mount, umount2, swapon, swapoff, reboot, sethostname, setdomainname, iopl, ioperm, create_module,
                // init_module, delete_module, quotactl, nfsservctl, lookup_dcookie, clock_settime, kexec_load, add_key,
                // request_key, keyctl, unshare, perf_event_open, fanotify_init, name_to_handle_at, open_by_handle_at,
                // clock_adjtime, setns, process_vm_readv, process_vm_writev, kcmp, finit_module, kexec_file_load, bpf,
                // userfaultfd
                101,
                103,
                134,
                153,
                154,
                155,
                156,
                159,
                161,
                163,
                164,
                165,
                166,
                167,
                168,
                169,
                170,
                171,
                172,
                173,
                174,
                175,
                176,
                179,
                180,
                212,
                227,
                246,
                248,
                249,
                250,
                272,
                298,
                300,
                303,
                304,
                305,
                308,
                310,
                311,
                312,
                313,
                320,
                321,
                323),
        AARCH64(
                0xc00000b7,
                220,
                198,
                29,
                // The same calls, those that exist there.
                117,
                116,
                58,
                41,
                171,
                51,
                89,
                170,
                40,
                39,
                224,
                225,
                142,
                161,
                162,
                105,
                106,
                60,
                18,
                112,
                104,
                217,
                218,
                219,
                97,
                241,
                262,
                264,
                265,
                266,
                268,
                270,
                271,
                272,
                273,
                294,
                280,
                282);

        final int audit;
        final int clone;
        final int socket;
        final int ioctl;
        final int[] refused;

        Machine(int audit, int clone, int socket, int ioctl, int... refused) {
            this.audit = audit;
            this.clone = clone;
            this.socket = socket;
            this.ioctl = ioctl;
            this.refused = refused;
        }
    }

    private record Instruction(int code, int ifTrue, int ifFalse, int k) {}

    private final List<Instruction> program = new ArrayList<>();

    private Seccomp() {}

    /** The filter's bytes for this machine (os.arch), or empty for one whose call numbers are not known here. */
    static Optional<byte[]> filter(String arch) {
        return switch (arch) {
            case "amd64", "x86_64" -> Optional.of(new Seccomp().build(Machine.X86_64));
            case "aarch64" -> Optional.of(new Seccomp().build(Machine.AARCH64));
            default -> Optional.empty();
        };
    }

    private byte[] build(Machine machine) {
        add(LOAD, ARCH);
        jump(JUMP_EQUAL, machine.audit, 1, 0);
        add(RETURN, KILL_PROCESS);
        add(LOAD, NUMBER);
        if (machine == Machine.X86_64) {
            jump(JUMP_GREATER_EQUAL, 0x40000000, 0, 1); // the x32 ABI: the same calls under other numbers
            add(RETURN, ERRNO | ENOSYS);
        }
        for (int call : machine.refused) {
            refuse(call, EPERM);
        }
        for (int call : EVERYWHERE) {
            refuse(call, EPERM);
        }
        refuse(CLONE3, ENOSYS); // its flags are behind a pointer; libraries fall back to clone
        jump(JUMP_EQUAL, machine.clone, 0, 4);
        add(LOAD, ARGUMENT_0);
        jump(JUMP_ANY_BIT, CLONE_NAMESPACES, 0, 1);
        add(RETURN, ERRNO | EPERM);
        add(RETURN, ALLOW);
        jump(JUMP_EQUAL, machine.socket, 0, 7);
        add(LOAD, ARGUMENT_0);
        jump(JUMP_EQUAL, 1, 4, 0); // AF_UNIX
        jump(JUMP_EQUAL, 2, 3, 0); // AF_INET
        jump(JUMP_EQUAL, 10, 2, 0); // AF_INET6
        jump(JUMP_EQUAL, 16, 1, 0); // AF_NETLINK, for listing interfaces
        add(RETURN, ERRNO | EAFNOSUPPORT);
        add(RETURN, ALLOW);
        jump(JUMP_EQUAL, machine.ioctl, 0, 5);
        add(LOAD, ARGUMENT_1);
        jump(JUMP_EQUAL, 0x5412, 1, 0); // TIOCSTI
        jump(JUMP_EQUAL, 0x541c, 0, 1); // TIOCLINUX
        add(RETURN, ERRNO | EPERM);
        add(RETURN, ALLOW);
        add(RETURN, ALLOW);

        ByteBuffer bytes = ByteBuffer.allocate(program.size() * 8).order(ByteOrder.nativeOrder());
        for (Instruction i : program) {
            bytes.putShort((short) i.code())
                    .put((byte) i.ifTrue())
                    .put((byte) i.ifFalse())
                    .putInt(i.k());
        }
        return bytes.array();
    }

    private void refuse(int call, int errno) {
        jump(JUMP_EQUAL, call, 0, 1);
        add(RETURN, ERRNO | errno);
    }

    private void add(int code, int k) {
        program.add(new Instruction(code, 0, 0, k));
    }

    private void jump(int code, int k, int ifTrue, int ifFalse) {
        program.add(new Instruction(code, ifTrue, ifFalse, k));
    }
}
