package dev.croft.runtime.pool;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * What Linux has for handing open directories from one process to another, and the JDK has not: detached mounts (open_tree(2)) and
 * descriptors in messages over Unix-domain sockets (SCM_RIGHTS of unix(7)). The layouts are those of 64-bit systems.
 */
final class Descriptors {
    private static final int CLOEXEC = 0x80000;
    private static final int AT_FDCWD = -100;
    private static final int AT_EMPTY_PATH = 0x1000;
    private static final int OPEN_TREE_CLONE = 1;
    private static final long OPEN_TREE = 428;
    private static final long MOUNT_SETATTR = 442;
    private static final long RDONLY = 1;
    private static final long NOSUID_NODEV_NOEXEC = 2 | 4 | 8;
    private static final int UNIX = 1;
    private static final int STREAM = 1;
    private static final int SOL_SOCKET = 1;
    private static final int SCM_RIGHTS = 1;
    private static final int MSG_CMSG_CLOEXEC = 0x40000000;
    private static final int MSG_NOSIGNAL = 0x4000;
    private static final short POLLIN = 1;
    private static final long FIRST_REST = TimeUnit.MICROSECONDS.toNanos(100);
    private static final long LONGEST_REST = TimeUnit.MILLISECONDS.toNanos(10);
    private static final int LONGEST_PATH = 107;
    private static final int HEADER = 16;

    private static final Linker LINKER = Linker.nativeLinker();
    private static final MethodHandle SYSCALL = call(
            "syscall",
            FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_INT, ADDRESS, JAVA_INT, ADDRESS, JAVA_LONG),
            Linker.Option.firstVariadicArg(1));
    private static final MethodHandle SOCKET =
            call("socket", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT));
    private static final MethodHandle BIND = call("bind", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT));
    private static final MethodHandle CONNECT =
            call("connect", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT));
    private static final MethodHandle LISTEN = call("listen", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT));
    private static final MethodHandle ACCEPT =
            call("accept4", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, ADDRESS, JAVA_INT));
    private static final MethodHandle POLL =
            call("poll", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT));
    private static final MethodHandle SENDMSG =
            call("sendmsg", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_INT));
    private static final MethodHandle RECVMSG =
            call("recvmsg", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_INT));
    private static final MethodHandle CLOSE = call("close", FunctionDescriptor.of(JAVA_INT, JAVA_INT));

    private Descriptors() {}

    /** A message and the descriptors that came with it. */
    record Message(byte[] bytes, List<Integer> descriptors) {}

    private static MethodHandle call(String name, FunctionDescriptor type, Linker.Option... options) {
        return LINKER.downcallHandle(LINKER.defaultLookup().findOrThrow(name), type, options);
    }

    private static int checked(int result, String what) throws IOException {
        if (result < 0) {
            throw new IOException(what + " failed");
        }
        return result;
    }

    private static LinkageError broken(String call, Throwable e) {
        return new LinkageError(call, e);
    }

    /**
     * A mount of this directory that is nowhere: whoever has the descriptor reaches what is below the directory, and nothing above or
     * beside it, whatever path it tries. It is gone with its last descriptor. Without set-user-id, devices and programs.
     *
     * @throws IOException if there is no such directory, or this process may not mount
     */
    static int detached(Path directory, boolean writable) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            int descriptor = checked(
                    (int) (long) SYSCALL.invokeExact(
                            OPEN_TREE,
                            AT_FDCWD,
                            arena.allocateFrom(directory.toString()),
                            OPEN_TREE_CLONE | CLOEXEC,
                            MemorySegment.NULL,
                            0L),
                    "open_tree");
            MemorySegment attributes = arena.allocate(32, 8);
            attributes.set(JAVA_LONG, 0, NOSUID_NODEV_NOEXEC | (writable ? 0 : RDONLY));
            int set = (int) (long) SYSCALL.invokeExact(
                    MOUNT_SETATTR, descriptor, arena.allocateFrom(""), AT_EMPTY_PATH, attributes, 32L);
            if (set < 0) {
                close(descriptor);
            }
            checked(set, "mount_setattr");
            return descriptor;
        } catch (IOException e) {
            throw e;
        } catch (Throwable e) {
            throw broken("open_tree", e);
        }
    }

    private static MemorySegment address(Arena arena, Path path) throws IOException {
        byte[] name = path.toString().getBytes(StandardCharsets.UTF_8);
        if (name.length > LONGEST_PATH) {
            throw new IOException("a socket's path is too long");
        }
        MemorySegment address = arena.allocate(2 + LONGEST_PATH + 1, 2);
        address.set(ValueLayout.JAVA_SHORT, 0, (short) UNIX);
        MemorySegment.copy(name, 0, address, ValueLayout.JAVA_BYTE, 2, name.length);
        return address;
    }

    private static int socket() throws IOException {
        try {
            return checked((int) SOCKET.invokeExact(UNIX, STREAM | CLOEXEC, 0), "socket");
        } catch (IOException e) {
            throw e;
        } catch (Throwable e) {
            throw broken("socket", e);
        }
    }

    /** A socket that listens at this path. */
    static int listen(Path path) throws IOException {
        int socket = socket();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment address = address(arena, path);
            checked((int) BIND.invokeExact(socket, address, (int) address.byteSize()), "bind");
            checked((int) LISTEN.invokeExact(socket, 1), "listen");
            return socket;
        } catch (IOException e) {
            close(socket);
            throw e;
        } catch (Throwable e) {
            throw broken("listen", e);
        }
    }

    static int connect(Path path) throws IOException {
        int socket = socket();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment address = address(arena, path);
            checked((int) CONNECT.invokeExact(socket, address, (int) address.byteSize()), "connect");
            return socket;
        } catch (IOException e) {
            close(socket);
            throw e;
        } catch (Throwable e) {
            throw broken("connect", e);
        }
    }

    /** Looks, and parks between looks: a native call that waits would keep a virtual thread's carrier from all others. */
    private static void await(int socket, int millis) throws IOException {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        for (long rest = FIRST_REST; !isReady(socket); rest = Math.min(2 * rest, LONGEST_REST)) {
            if (System.nanoTime() - end >= 0) {
                throw new IOException("nobody came in time");
            }
            LockSupport.parkNanos(rest);
            if (Thread.currentThread().isInterrupted()) {
                throw new InterruptedIOException("the wait was ended");
            }
        }
    }

    private static boolean isReady(int socket) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment polled = arena.allocate(8, 4);
            polled.set(JAVA_INT, 0, socket);
            polled.set(ValueLayout.JAVA_SHORT, 4, POLLIN);
            return checked((int) POLL.invokeExact(polled, 1L, 0), "poll") > 0;
        } catch (IOException e) {
            throw e;
        } catch (Throwable e) {
            throw broken("poll", e);
        }
    }

    /** The connection of whoever comes to a socket that listens. */
    static int accept(int listening, int millis) throws IOException {
        await(listening, millis);
        try {
            return checked(
                    (int) ACCEPT.invokeExact(listening, MemorySegment.NULL, MemorySegment.NULL, CLOEXEC), "accept");
        } catch (IOException e) {
            throw e;
        } catch (Throwable e) {
            throw broken("accept", e);
        }
    }

    /** A {@code struct msghdr} of one part. */
    private static MemorySegment header(Arena arena, MemorySegment bytes, MemorySegment control) {
        MemorySegment part = arena.allocate(16, 8);
        part.set(ADDRESS, 0, bytes);
        part.set(JAVA_LONG, 8, bytes.byteSize());
        MemorySegment header = arena.allocate(56, 8);
        header.set(ADDRESS, 16, part);
        header.set(JAVA_LONG, 24, 1);
        header.set(ADDRESS, 32, control);
        header.set(JAVA_LONG, 40, control.byteSize());
        return header;
    }

    private static long space(int descriptors) {
        return HEADER + (4L * descriptors + 7) / 8 * 8;
    }

    /** Sends both in one message. */
    static void send(int socket, byte[] bytes, List<Integer> descriptors) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment control = arena.allocate(space(descriptors.size()), 8);
            control.set(JAVA_LONG, 0, HEADER + 4L * descriptors.size());
            control.set(JAVA_INT, 8, SOL_SOCKET);
            control.set(JAVA_INT, 12, SCM_RIGHTS);
            for (int i = 0; i < descriptors.size(); i++) {
                control.set(JAVA_INT, HEADER + 4L * i, descriptors.get(i));
            }
            MemorySegment body = arena.allocateFrom(ValueLayout.JAVA_BYTE, bytes);
            long sent = (long) SENDMSG.invokeExact(socket, header(arena, body, control), MSG_NOSIGNAL);
            if (sent != bytes.length) {
                throw new IOException("sendmsg failed");
            }
        } catch (IOException e) {
            throw e;
        } catch (Throwable e) {
            throw broken("sendmsg", e);
        }
    }

    /** Receives one message of at most so many bytes and descriptors. */
    static Message receive(int socket, int mostBytes, int mostDescriptors, int millis) throws IOException {
        await(socket, millis);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment body = arena.allocate(mostBytes, 8);
            MemorySegment control = arena.allocate(space(mostDescriptors), 8);
            MemorySegment header = header(arena, body, control);
            long received = (long) RECVMSG.invokeExact(socket, header, MSG_CMSG_CLOEXEC);
            if (received < 0) {
                throw new IOException("recvmsg failed");
            }
            List<Integer> descriptors = new ArrayList<>();
            if (header.get(JAVA_LONG, 40) >= HEADER
                    && control.get(JAVA_INT, 8) == SOL_SOCKET
                    && control.get(JAVA_INT, 12) == SCM_RIGHTS) {
                long count = (control.get(JAVA_LONG, 0) - HEADER) / 4;
                for (int i = 0; i < count; i++) {
                    descriptors.add(control.get(JAVA_INT, HEADER + 4L * i));
                }
            }
            return new Message(body.asSlice(0, received).toArray(ValueLayout.JAVA_BYTE), descriptors);
        } catch (IOException e) {
            throw e;
        } catch (Throwable e) {
            throw broken("recvmsg", e);
        }
    }

    static void close(int descriptor) {
        try {
            int ignored = (int) CLOSE.invokeExact(descriptor);
        } catch (Throwable e) {
            throw broken("close", e);
        }
    }
}
