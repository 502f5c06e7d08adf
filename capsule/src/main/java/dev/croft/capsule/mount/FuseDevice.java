package dev.croft.capsule.mount;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The open {@code /dev/fuse} of one mounted folder: requests of the kernel are read from it, and replies written to it, one in each call.
 * libfuse opens and mounts it, because only that knows how one who is not root may; nothing else of it is used. Thread-safe.
 */
final class FuseDevice {
    /** What to do where FUSE is missing. */
    static final String MISSING =
            "mounting needs Linux with /dev/fuse and the package fuse3 (Debian: apt-get install fuse3)";

    private static final Linker LINKER = Linker.nativeLinker();
    private static final MemoryLayout STATE = Linker.Option.captureStateLayout();
    private static final VarHandle ERRNO = STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));
    private static final MethodHandle READ = transfer("read");
    private static final MethodHandle WRITE = transfer("write");

    private final int descriptor;

    private FuseDevice(int descriptor) {
        this.descriptor = descriptor;
    }

    private static MethodHandle transfer(String name) {
        return LINKER.downcallHandle(
                LINKER.defaultLookup().find(name).orElseThrow(),
                FunctionDescriptor.of(
                        ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_LONG),
                Linker.Option.captureCallState("errno"));
    }

    /** Whether folders can be mounted here, as far as can be told without trying. */
    static boolean available() {
        return Files.exists(Path.of("/dev/fuse")) && onPath("fusermount3") && library() != null;
    }

    private static boolean onPath(String program) {
        for (String folder : System.getenv().getOrDefault("PATH", "").split(":", -1)) {
            if (!folder.isEmpty() && Files.isExecutable(Path.of(folder, program))) {
                return true;
            }
        }
        return false;
    }

    private static @Nullable SymbolLookup library() {
        for (String name : List.of("libfuse3.so.3", "libfuse3.so.4")) {
            try {
                return SymbolLookup.libraryLookup(name, Arena.global());
            } catch (IllegalArgumentException e) {
                // The other one, then.
            }
        }
        return null;
    }

    /**
     * Mounts a folder.
     *
     * @param options as {@code mount -o} takes them
     */
    static FuseDevice mount(Path folder, String options) {
        SymbolLookup library = available() ? library() : null;
        if (library == null) {
            throw new MountException(MISSING);
        }
        try (Arena arena = Arena.ofConfined()) {
            MethodHandle open = LINKER.downcallHandle(
                    library.find("fuse_open_channel").orElseThrow(() -> new MountException(MISSING)),
                    FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.ADDRESS));
            int descriptor = (int) open.invokeExact(arena.allocateFrom(folder.toString()), arena.allocateFrom(options));
            if (descriptor < 0) {
                throw new MountException(folder + ": the kernel or fusermount3 refused to mount here");
            }
            return new FuseDevice(descriptor);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    /** One thread's place for errors. */
    static MemorySegment state(Arena arena) {
        return arena.allocate(STATE);
    }

    /** Reads a request; its length, or the negative error number. */
    long read(MemorySegment state, MemorySegment into) {
        try {
            long count = (long) READ.invokeExact(state, descriptor, into, into.byteSize());
            return count < 0 ? -(int) ERRNO.get(state, 0L) : count;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    /** Writes a reply of this length; 0, or the negative error number. */
    long write(MemorySegment state, MemorySegment from, long length) {
        try {
            long count = (long) WRITE.invokeExact(state, descriptor, from, length);
            return count < 0 ? -(int) ERRNO.get(state, 0L) : 0;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    /** Unmounts a folder, also one that a process left behind which was killed; who still uses it meets errors from then on. */
    static boolean unmount(Path folder) {
        try {
            Process process = new ProcessBuilder("fusermount3", "-u", "-z", "-q", folder.toString())
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            return process.waitFor() == 0;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
