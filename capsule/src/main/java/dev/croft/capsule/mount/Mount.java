package dev.croft.capsule.mount;

import dev.croft.capsule.CapsuleException;
import dev.croft.capsule.files.CapsuleFileSystem;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * A capsule's file system as a folder of the operating system, for programs of any kind, by Linux's FUSE. Its writer's can be changed:
 * what {@code fsync} returned for is durable in the capsule, and after a crash a prefix of all changes is there. Any other shows a copy, which follows
 * what is appended to it, or a past state.
 *
 * <p>Owners, permissions, links and extended attributes are not kept: all files seem to be of whoever mounted them, setting permissions does
 * nothing, making a link is refused. The time of the last access is that of the last change. Names are UTF-8.
 *
 * <p>When the process is killed, FUSE's helper unmounts the folder, or where that comes too soon, whoever mounts there next. Thread-safe.
 */
public final class Mount implements AutoCloseable {
    private static final Logger LOG = System.getLogger(Mount.class.getName());
    private static final int REQUEST_BYTES = Operations.MOST_BYTES + 4096;
    private static final int LEAST_THREADS = 8;
    /** Nobody else changes what one writer or one past state shows. */
    private static final Duration UNCHANGING = Duration.ofDays(1);

    private final Path folder;
    private final CapsuleFileSystem system;
    private final Operations operations;
    private final Reply.Looks looks;
    private final FuseDevice device;
    private final ScheduledExecutorService following;
    private final CountDownLatch threads;

    private Mount(Path folder, CapsuleFileSystem system, Operations operations, Reply.Looks looks, FuseDevice device) {
        this.folder = folder;
        this.system = system;
        this.operations = operations;
        this.looks = looks;
        this.device = device;
        this.following = Executors.newSingleThreadScheduledExecutor(
                Thread.ofPlatform().daemon().name("croft-mount-refresh").factory());
        this.threads = new CountDownLatch(
                Math.max(LEAST_THREADS, 2 * Runtime.getRuntime().availableProcessors()));
    }

    /** Whether this machine can mount. */
    public static boolean available() {
        return FuseDevice.available();
    }

    /**
     * Mounts a file system on a folder. The file system stays the caller's to close, after this.
     *
     * @param folder an existing folder; what it holds is hidden meanwhile
     * @param disk a path on the disk that the capsule grows on, which says how much room there is
     * @param refresh how often a copy is looked at for what was appended
     * @param others whether users other than the one who mounts may use it
     * @throws MountException when FUSE is missing, or refuses
     */
    public static Mount open(CapsuleFileSystem system, Path folder, Path disk, Duration refresh, boolean others)
            throws IOException {
        Path real = usable(folder);
        boolean changing = system.isReadOnly() && system.asOf().isEmpty();
        var looks = new Reply.Looks(
                owner(real, "unix:uid"),
                owner(real, "unix:gid"),
                system.isReadOnly(),
                changing ? Duration.ZERO : UNCHANGING);
        FuseDevice device = FuseDevice.mount(
                real,
                "fsname=capsule,subtype=croft,nosuid,nodev,default_permissions,auto_unmount"
                        + (system.isReadOnly() ? ",ro" : "")
                        + (others ? ",allow_other" : ""));
        Mount mount = new Mount(real, system, new Operations(system.nodes(), disk, changing), looks, device);
        mount.start(changing ? refresh : Duration.ZERO);
        return mount;
    }

    /** The folder, free of what a process that was killed may have left there. */
    private static Path usable(Path folder) throws IOException {
        Path absolute = folder.toAbsolutePath().normalize();
        try {
            Files.readAttributes(absolute, "unix:uid");
        } catch (IOException e) {
            FuseDevice.unmount(absolute);
        }
        if (!Files.isDirectory(absolute)) {
            throw new NotDirectoryException(folder.toString());
        }
        return absolute.toRealPath();
    }

    private static int owner(Path folder, String attribute) throws IOException {
        return (int) Files.getAttribute(folder, attribute);
    }

    private void start(Duration refresh) {
        for (long i = threads.getCount(); i > 0; i--) {
            Thread.ofPlatform().daemon().name("croft-mount-" + i).start(this::serve);
        }
        if (!refresh.isZero()) {
            following.scheduleWithFixedDelay(
                    this::refresh, refresh.toMillis(), refresh.toMillis(), TimeUnit.MILLISECONDS);
        }
    }

    private void refresh() {
        try {
            system.refresh();
        } catch (CapsuleException e) {
            // The copy is shown as it was; it may be whole again the next time.
            LOG.log(Logger.Level.WARNING, "the copy cannot be read on: {0}", e.getMessage());
        }
    }

    /** Answers requests until the folder is unmounted. A thread of the platform, as it waits in the kernel. */
    private void serve() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = FuseDevice.state(arena);
            MemorySegment in = arena.allocate(REQUEST_BYTES, 8);
            MemorySegment out = arena.allocate(Reply.HEADER + Operations.MOST_BYTES, 8);
            ByteBuffer request = in.asByteBuffer().order(ByteOrder.nativeOrder());
            Reply reply = new Reply(out.asByteBuffer().order(ByteOrder.nativeOrder()), looks);
            while (true) {
                long count = device.read(state, in);
                if (count > 0) {
                    int length = operations.answer(request.clear().limit((int) count), reply);
                    if (length > 0) {
                        // The kernel may have taken the question back meanwhile.
                        device.write(state, out, length);
                    }
                } else if (count != -Errno.EINTR && count != -Errno.EAGAIN && count != -Errno.ENOENT) {
                    return;
                }
            }
        } finally {
            threads.countDown();
        }
    }

    /** Waits until the folder is unmounted, by {@link #close} or by anyone else. */
    public void awaitUnmounted() throws InterruptedException {
        threads.await();
    }

    /** Makes everything durable and unmounts the folder; who still uses it meets errors from then on. */
    @Override
    public void close() {
        following.shutdownNow();
        if (threads.getCount() > 0) {
            FuseDevice.unmount(folder);
        }
        try {
            // Only someone who uses the folder still keeps them longer.
            boolean ended = threads.await(2, TimeUnit.SECONDS);
            LOG.log(Logger.Level.DEBUG, ended ? "unmounted" : "unmounted, still in use");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (system.isOpen()) {
            operations.end();
            system.sync();
        }
    }
}
