package dev.croft.capsule.mount;

import dev.croft.capsule.files.FileNodes;
import dev.croft.capsule.files.Node;
import dev.croft.capsule.mount.Errno.Failed;
import java.io.IOException;
import java.lang.System.Logger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What each request of the kernel does to the files of a capsule. Knows nothing of devices: requests and replies are bytes.
 * Thread-safe.
 */
final class Operations {
    private static final Logger LOG = System.getLogger(Mount.class.getName());

    /** Most bytes that one request reads or writes. */
    static final int MOST_BYTES = 1 << 20;

    private static final int VERSION = 7;
    private static final int REVISION = 31;
    private static final int PAGE = 4096;
    private static final int FILE_TYPE = 0170000;
    private static final int REGULAR = 0100000;

    private final FileNodes files;
    private final Path disk;
    private final boolean changing;
    private final Map<Long, FileNodes.Handle> open = new ConcurrentHashMap<>();
    private final Map<Long, List<FileNodes.Entry>> lists = new ConcurrentHashMap<>();
    private final AtomicLong handles = new AtomicLong();

    /**
     * @param disk what says how much room there is
     * @param changing whether others change the files too, so that the kernel must ask again
     */
    Operations(FileNodes files, Path disk, boolean changing) {
        this.files = files;
        this.disk = disk;
        this.changing = changing;
    }

    /** Does what a request asks, and makes the reply; its length, or 0 when none is waited for. */
    int answer(ByteBuffer bytes, Reply reply) {
        if (bytes.remaining() < Request.HEADER) {
            return 0;
        }
        Request request = Request.of(bytes);
        if (Operation.silent(request.operation())) {
            return 0;
        }
        reply.begin();
        int error = 0;
        try {
            run(request, reply);
        } catch (RuntimeException e) {
            error = Errno.of(e);
            if (error == Errno.EIO) {
                LOG.log(Logger.Level.WARNING, "operation " + request.operation() + " failed", e);
            }
        }
        return reply.finish(request.unique(), error);
    }

    private void run(Request request, Reply reply) {
        long id = Reply.id(request.node());
        switch (request.operation()) {
            case Operation.INIT -> begin(request, reply);
            case Operation.LOOKUP -> reply.entry(files.child(id, request.name(0)));
            case Operation.GETATTR -> reply.attribute(files.node(id));
            case Operation.SETATTR -> set(id, request, reply);
            case Operation.MKNOD -> {
                if ((request.u32(0) & FILE_TYPE) != REGULAR) {
                    throw new Failed(Errno.EPERM);
                }
                reply.entry(files.make(id, request.name(16), false));
            }
            case Operation.MKDIR -> reply.entry(files.make(id, request.name(8), true));
            case Operation.CREATE -> {
                Node made = files.make(id, request.name(16), false);
                reply.entry(made);
                opened(made.id(), request.u32(0), reply);
            }
            case Operation.UNLINK -> files.remove(id, request.name(0), false);
            case Operation.RMDIR -> files.remove(id, request.name(0), true);
            case Operation.RENAME -> move(id, request, 8, 0);
            case Operation.RENAME2 -> move(id, request, 16, request.u32(8));
            case Operation.OPEN -> opened(id, request.u32(0), reply);
            case Operation.READ -> read(id, request, reply);
            case Operation.WRITE -> write(request, reply);
            case Operation.FLUSH -> files.flush(id);
            case Operation.RELEASE -> {
                FileNodes.Handle handle = open.remove(request.u64(0));
                if (handle != null) {
                    files.close(handle);
                }
            }
            case Operation.FSYNC, Operation.FSYNCDIR, Operation.SYNCFS -> files.sync();
            case Operation.OPENDIR -> {
                long handle = handles.incrementAndGet();
                lists.put(handle, files.list(id));
                reply.opened(handle, changing ? 0 : Operation.CACHE_NAMES);
            }
            case Operation.READDIR -> list(id, request, reply);
            case Operation.RELEASEDIR -> lists.remove(request.u64(0));
            case Operation.STATFS -> room(reply);
            case Operation.DESTROY -> {}
            default -> throw new Failed(Errno.ENOSYS);
        }
    }

    /** Agrees on a version and on what both sides can; {@code fuse_init_in} and {@code fuse_init_out}. */
    private void begin(Request request, Reply reply) {
        int wanted = Operation.ASYNC_READ | Operation.BIG_WRITES | Operation.PARALLEL_LOOKUPS | Operation.MAX_PAGES;
        int flags = request.u32(12) & (changing ? wanted | Operation.FORGET_CHANGED : wanted);
        ByteBuffer out = reply.bytes();
        out.putInt(VERSION)
                .putInt(REVISION)
                .putInt(Math.max(request.u32(8), MOST_BYTES))
                .putInt(flags);
        out.putShort((short) 64).putShort((short) 48).putInt(MOST_BYTES).putInt(1000);
        out.putShort((short) (MOST_BYTES / PAGE)).putShort((short) 0);
        for (int i = 0; i < 8; i++) {
            out.putInt(0);
        }
    }

    /** Owners and permissions are not kept, so that setting them does nothing. */
    private void set(long id, Request request, Reply reply) {
        int what = request.u32(0);
        if (files.isReadOnly()) {
            throw new Failed(Errno.EROFS);
        }
        if ((what & Operation.SET_SIZE) != 0) {
            files.resize(id, request.u63(16));
        }
        if ((what & Operation.SET_MODIFIED_NOW) != 0) {
            Instant now = Instant.now();
            files.setModified(id, now.getEpochSecond() * 1_000_000 + now.getNano() / 1000);
        } else if ((what & Operation.SET_MODIFIED) != 0) {
            // Times before 1970 are the first that a file can have.
            long seconds = Math.clamp(request.u64(40), 0, Long.MAX_VALUE / 1_000_000 - 1);
            files.setModified(id, seconds * 1_000_000 + request.u32(60) / 1000);
        }
        reply.attribute(files.node(id));
    }

    private void move(long id, Request request, int names, int flags) {
        if ((flags & ~Operation.NOT_REPLACING) != 0) {
            throw new Failed(Errno.EINVAL);
        }
        long folder = Reply.id(request.u64(0));
        String to = request.name(request.behindName(names));
        files.move(id, request.name(names), folder, to, (flags & Operation.NOT_REPLACING) == 0);
    }

    private void opened(long id, int flags, Reply reply) {
        long handle = handles.incrementAndGet();
        boolean write = (flags & Operation.ACCESS_MODE) != 0;
        if (write && files.isReadOnly()) {
            throw new Failed(Errno.EROFS);
        }
        open.put(handle, files.open(id, write));
        reply.opened(handle, changing ? 0 : Operation.KEEP_CACHE);
    }

    private void read(long id, Request request, Reply reply) {
        ByteBuffer out = reply.bytes();
        int count = Math.clamp(Integer.toUnsignedLong(request.u32(16)), 0, MOST_BYTES);
        out.limit(out.position() + count);
        files.read(id, request.u63(8), out);
        out.limit(out.capacity());
    }

    private void write(Request request, Reply reply) {
        FileNodes.Handle handle = open.get(request.u64(0));
        if (handle == null) {
            throw new Failed(Errno.EBADF);
        }
        int count = request.u32(16);
        files.write(handle, request.u63(8), request.data(40, count));
        reply.bytes().putInt(count).putInt(0);
    }

    private void list(long id, Request request, Reply reply) {
        List<FileNodes.Entry> entries = lists.getOrDefault(request.u64(0), List.of());
        int most = Math.clamp(Integer.toUnsignedLong(request.u32(16)), 0, MOST_BYTES);
        for (long at = request.u63(8); at < entries.size() + 2; at++) {
            boolean own = at < 2;
            String name =
                    own ? ".".repeat((int) at + 1) : entries.get((int) at - 2).name();
            long entry = own ? id : entries.get((int) at - 2).id();
            boolean folder = own || isFolder(entry);
            if (!reply.name(entry, at + 1, folder, name.getBytes(StandardCharsets.UTF_8), most)) {
                return;
            }
        }
    }

    private boolean isFolder(long id) {
        try {
            return files.node(id).folder();
        } catch (FileNodes.Refused e) {
            return false;
        }
    }

    private void room(Reply reply) {
        long blocks;
        long free;
        try {
            FileStore store = Files.getFileStore(disk);
            blocks = store.getTotalSpace() / PAGE;
            free = files.isReadOnly() ? 0 : store.getUsableSpace() / PAGE;
        } catch (IOException e) {
            throw new Failed(Errno.EIO);
        }
        ByteBuffer out = reply.bytes();
        out.putLong(blocks).putLong(free).putLong(free).putLong(0).putLong(0);
        out.putInt(PAGE).putInt(255).putInt(PAGE).putInt(0);
        for (int i = 0; i < 6; i++) {
            out.putInt(0);
        }
    }

    /** Closes what is open still, once the kernel asks nothing any more. */
    void end() {
        open.values().forEach(files::close);
        open.clear();
    }
}
