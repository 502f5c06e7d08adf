package dev.croft.capsule.files;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The files of a capsule by number, as a driver of a kernel wants them: no paths, files that are open stay when their name goes, and
 * what is written is gathered per file. Ids are those of {@link Node}. Whoever moves a folder sees to it that it does not get into itself.
 *
 * <p>Thread-safe.
 */
public final class FileNodes {
    private static final long MOST_SIZE = 1L << 62;

    private final CapsuleFileSystem system;
    private final Map<Long, Integer> open = new HashMap<>();
    private final Set<Long> nameless = new HashSet<>();

    FileNodes(CapsuleFileSystem system) {
        this.system = system;
    }

    /** Why something was not done. */
    public enum Reason {
        ABSENT,
        EXISTS,
        NOT_A_FOLDER,
        IS_A_FOLDER,
        NOT_EMPTY,
        NAME_TOO_LONG,
        NOT_A_NAME,
        TOO_LARGE
    }

    /** What was asked for is not done, and nothing was changed. */
    public static final class Refused extends RuntimeException {
        private static final long serialVersionUID = 1;
        private final Reason reason;

        Refused(Reason reason) {
            super(reason.toString(), null, false, false);
            this.reason = reason;
        }

        public Reason reason() {
            return reason;
        }
    }

    /** A name in a folder. */
    public record Entry(String name, long id) {}

    /** A file that is open; {@link #close(Handle)} ends it. */
    public static final class Handle {
        private final long id;
        private final @Nullable OpenFile file;

        private Handle(long id, @Nullable OpenFile file) {
            this.id = id;
            this.file = file;
        }

        /** The file's id. */
        public long id() {
            return id;
        }
    }

    /** Whether nothing can be changed. */
    public boolean isReadOnly() {
        return system.isReadOnly();
    }

    /** What has this id, with the size that it has once everything gathered is handed over. */
    public Node node(long id) {
        Node node = system.tree().node(id);
        if (node == null) {
            throw new Refused(Reason.ABSENT);
        }
        OpenFile file = system.files().find(id);
        return file == null ? node : node.resized(file.size(), node.modified());
    }

    /** What has this name in a folder. */
    public Node child(long folder, String name) {
        return node(existing(folder, name).id());
    }

    private Node existing(long folder, String name) {
        requireFolder(folder);
        Node node = system.tree().child(folder, name);
        if (node == null) {
            throw new Refused(Reason.ABSENT);
        }
        return node;
    }

    private void requireFolder(long id) {
        Node node = system.tree().node(id);
        if (node == null) {
            throw new Refused(Reason.ABSENT);
        }
        if (!node.folder()) {
            throw new Refused(Reason.NOT_A_FOLDER);
        }
    }

    /** What is in a folder, in the order of the names' bytes. */
    public List<Entry> list(long folder) {
        requireFolder(folder);
        return system.tree().entries(folder);
    }

    /** Makes an empty file or folder under a name that nothing has. */
    public Node make(long folder, String name, boolean isFolder) {
        requireName(name);
        return system.writer().exclusively(() -> {
            requireFolder(folder);
            if (system.tree().child(folder, name) != null) {
                throw new Refused(Reason.EXISTS);
            }
            return system.writer().make(folder, name, isFolder);
        });
    }

    private static void requireName(String name) {
        if (name.getBytes(StandardCharsets.UTF_8).length > Keys.MOST_NAME_BYTES) {
            throw new Refused(Reason.NAME_TOO_LONG);
        }
        if (name.isEmpty() || name.equals(".") || name.equals("..") || name.indexOf('/') >= 0 || name.indexOf(0) >= 0) {
            throw new Refused(Reason.NOT_A_NAME);
        }
    }

    private static void requireSize(long position, long more) {
        if (position < 0 || more < 0 || position > MOST_SIZE - more) {
            throw new Refused(Reason.TOO_LARGE);
        }
    }

    /** Takes a file's, or an empty folder's, name away. */
    public void remove(long folder, String name, boolean isFolder) {
        system.writer().exclusively(() -> {
            Node node = existing(folder, name);
            requireKind(node, isFolder);
            if (detach(node)) {
                system.writer().unlink(folder, name);
            } else {
                system.writer().remove(folder, name, node);
            }
            return true;
        });
    }

    private void requireKind(Node node, boolean isFolder) {
        if (node.folder() != isFolder) {
            throw new Refused(isFolder ? Reason.NOT_A_FOLDER : Reason.IS_A_FOLDER);
        }
        if (isFolder && !system.tree().isEmpty(node.id())) {
            throw new Refused(Reason.NOT_EMPTY);
        }
    }

    /** Whether someone has the file open, so that it outlives its name. */
    private boolean detach(Node node) {
        synchronized (open) {
            return open.containsKey(node.id()) && (nameless.add(node.id()) || true);
        }
    }

    /**
     * Gives something another name, in place of what has it now: a file, or for a folder an empty one.
     *
     * @param replace whether something may have the name
     */
    public void move(long folder, String name, long toFolder, String toName, boolean replace) {
        requireName(toName);
        system.writer().exclusively(() -> {
            Node node = existing(folder, name);
            requireFolder(toFolder);
            Node replaced = system.tree().child(toFolder, toName);
            if (replaced != null && !replace) {
                throw new Refused(Reason.EXISTS);
            }
            if (replaced != null && replaced.id() == node.id()) {
                return false;
            }
            if (replaced != null) {
                requireKind(replaced, node.folder());
            }
            // Its new name overwrites the old entry, so a file that is open only must not lose its content.
            Node dropped = replaced == null || detach(replaced) ? null : replaced;
            system.writer().move(folder, name, node, toFolder, toName, dropped);
            return true;
        });
    }

    /** Opens a file. */
    public Handle open(long id, boolean write) {
        requireFile(id);
        Handle handle = new Handle(id, write ? system.files().acquire(id) : null);
        synchronized (open) {
            open.merge(id, 1, Integer::sum);
        }
        return handle;
    }

    /** Closes a file; one without a name is gone once nobody has it open. */
    public void close(Handle handle) {
        if (handle.file != null) {
            system.files().release(handle.file);
        }
        boolean last;
        synchronized (open) {
            last = open.merge(handle.id, -1, (count, less) -> count + less == 0 ? null : count + less) == null
                    && nameless.remove(handle.id);
        }
        if (last) {
            system.writer().exclusively(() -> {
                Node node = system.tree().node(handle.id);
                if (node != null) {
                    system.writer().discard(node);
                }
                return true;
            });
        }
    }

    /** Reads from this position on, as many bytes as fit and the file has; none at its end. */
    public void read(long id, long position, ByteBuffer into) {
        system.files().flush(id);
        Node node = node(id);
        if (position < node.size()) {
            system.read(node, position, into);
        }
    }

    /** Writes at this position. */
    public void write(Handle handle, long position, ByteBuffer from) {
        requireSize(position, from.remaining());
        writable(handle).write(position, from);
    }

    private static OpenFile writable(Handle handle) {
        if (handle.file == null) {
            throw new IllegalArgumentException("the file was opened to read");
        }
        return handle.file;
    }

    /** Cuts a file, or lets it grow by zeros. */
    public void resize(long id, long size) {
        requireFile(id);
        requireSize(size, 0);
        OpenFile file = system.files().acquire(id);
        try {
            file.resize(size);
        } finally {
            system.files().release(file);
        }
    }

    private void requireFile(long id) {
        Node node = system.tree().node(id);
        if (node == null) {
            throw new Refused(Reason.ABSENT);
        }
        if (node.folder()) {
            throw new Refused(Reason.IS_A_FOLDER);
        }
    }

    /** Sets when a file or folder was changed last, microseconds since 1970. */
    public void setModified(long id, long micros) {
        system.files().flush(id);
        system.writer().exclusively(() -> {
            Node node = system.tree().node(id);
            if (node == null) {
                throw new Refused(Reason.ABSENT);
            }
            return system.writer().setTimes(id, node.created(), micros);
        });
    }

    /** Hands over what was gathered for a file. */
    public void flush(long id) {
        system.files().flush(id);
    }

    /** Hands over everything, and waits until it is durable. */
    public void sync() {
        system.sync();
    }
}
