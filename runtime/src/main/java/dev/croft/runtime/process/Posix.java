package dev.croft.runtime.process;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;

/** The few POSIX calls that the JDK lacks: signals by number, pipes in the file system, waiting on many of them. */
final class Posix {
    static final int SIGKILL = 9;
    static final int SIGTERM = 15;
    static final int SIGCONT = 18;
    static final int SIGSTOP = 19;
    static final short POLLIN = 1;

    private static final int O_RDONLY_NONBLOCK_CLOEXEC = 0x800 | 0x80000;
    private static final Linker LINKER = Linker.nativeLinker();
    private static final MethodHandle KILL = call("kill", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT));
    private static final MethodHandle MKFIFO = call("mkfifo", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT));
    private static final MethodHandle OPEN = call(
            "open", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT), Linker.Option.firstVariadicArg(2));
    private static final MethodHandle CLOSE = call("close", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
    private static final MethodHandle READ =
            call("read", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG));
    private static final MethodHandle POLL =
            call("poll", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT));
    private static final MethodHandle EVENTFD = call("eventfd", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT));
    private static final MethodHandle WRITE =
            call("write", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG));
    private static final MethodHandle GETUID = call("getuid", FunctionDescriptor.of(JAVA_INT));

    private Posix() {}

    private static MethodHandle call(String name, FunctionDescriptor type, Linker.Option... options) {
        return LINKER.downcallHandle(LINKER.defaultLookup().findOrThrow(name), type, options);
    }

    /** Whether the signal was sent. */
    static boolean kill(long pid, int signal) {
        if (pid <= 1 || pid > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("not a process to signal: " + pid);
        }
        try {
            return (int) KILL.invokeExact((int) pid, signal) == 0;
        } catch (Throwable e) {
            throw new LinkageError("kill", e);
        }
    }

    static boolean mkfifo(Path path) {
        try (Arena arena = Arena.ofConfined()) {
            return (int) MKFIFO.invokeExact(arena.allocateFrom(path.toString()), 0600) == 0;
        } catch (Throwable e) {
            throw new LinkageError("mkfifo", e);
        }
    }

    /** A descriptor for reading a pipe without waiting for its writer, or -1. */
    static int openForReading(Path path) {
        try (Arena arena = Arena.ofConfined()) {
            return (int) OPEN.invokeExact(arena.allocateFrom(path.toString()), O_RDONLY_NONBLOCK_CLOEXEC, 0);
        } catch (Throwable e) {
            throw new LinkageError("open", e);
        }
    }

    static void close(int descriptor) {
        try {
            int ignored = (int) CLOSE.invokeExact(descriptor);
        } catch (Throwable e) {
            throw new LinkageError("close", e);
        }
    }

    /** The number of bytes read, 0 at the end, -1 where there are none now. */
    static long read(int descriptor, MemorySegment into) {
        try {
            return (long) READ.invokeExact(descriptor, into, into.byteSize());
        } catch (Throwable e) {
            throw new LinkageError("read", e);
        }
    }

    /** Waits on an array of {@code struct pollfd} (int fd, short events, short revents). */
    static int poll(MemorySegment descriptors, int count, int millis) {
        try {
            return (int) POLL.invokeExact(descriptors, (long) count, millis);
        } catch (Throwable e) {
            throw new LinkageError("poll", e);
        }
    }

    /** A counter (eventfd(2)) whose reading ends a {@link #poll}. */
    static int eventCounter() {
        try {
            return (int) EVENTFD.invokeExact(0, O_RDONLY_NONBLOCK_CLOEXEC);
        } catch (Throwable e) {
            throw new LinkageError("eventfd", e);
        }
    }

    /** Adds one to a counter. */
    static void count(int descriptor) {
        try (Arena arena = Arena.ofConfined()) {
            long ignored = (long) WRITE.invokeExact(descriptor, arena.allocateFrom(JAVA_LONG, 1L), 8L);
        } catch (Throwable e) {
            throw new LinkageError("write", e);
        }
    }

    static int uid() {
        try {
            return (int) GETUID.invokeExact();
        } catch (Throwable e) {
            throw new LinkageError("getuid", e);
        }
    }
}
