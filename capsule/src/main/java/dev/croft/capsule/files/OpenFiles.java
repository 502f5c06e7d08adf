package dev.croft.capsule.files;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The files of a file system that something writes to, by their ids. Thread-safe. */
final class OpenFiles {
    private final CapsuleFileSystem system;
    private final Map<Long, OpenFile> open = new HashMap<>();

    OpenFiles(CapsuleFileSystem system) {
        this.system = system;
    }

    /** The file with this id, if something writes to it. */
    @Nullable
    OpenFile find(long id) {
        synchronized (open) {
            return open.get(id);
        }
    }

    /** Opens a file; {@link #release} ends it. */
    OpenFile acquire(long id) {
        synchronized (open) {
            OpenFile file = open.computeIfAbsent(id, _ -> new OpenFile(system.writer(), system.tree(), id));
            file.channels++;
            return file;
        }
    }

    void release(OpenFile file) {
        file.flush();
        synchronized (open) {
            if (--file.channels == 0) {
                open.remove(file.id());
            }
        }
    }

    /** Hands over what was gathered for a file; whether it was open. */
    boolean flush(long id) {
        OpenFile file = find(id);
        if (file != null) {
            file.flush();
        }
        return file != null;
    }

    /** Hands over what was gathered for all files. */
    void flush() {
        List<OpenFile> files;
        synchronized (open) {
            files = List.copyOf(open.values());
        }
        files.forEach(OpenFile::flush);
    }
}
