package dev.croft.capsule.files;

import dev.croft.capsule.view.CachedLog;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Has what a file's reader will ask for next read and opened beside it, so that all cores decrypt while one thread reads a large file from its
 * beginning to its end. Who reads here and there costs nothing more. Thread-safe.
 */
final class ReadAhead {
    private static final long WINDOW = 4 << 20;
    /** A kernel asks for neighbouring pieces in any order. */
    private static final long NEAR = 1 << 20;

    private static final int MOST_FILES = 256;

    private final FileTree tree;
    private final CachedLog log;
    private final Map<Long, Progress> files = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Long, Progress> eldest) {
            return size() > MOST_FILES;
        }
    };

    /** How far a file was read and asked for. */
    private static final class Progress {
        private long read;
        private long fetched;
    }

    ReadAhead(FileTree tree, CachedLog log) {
        this.tree = tree;
        this.log = log;
    }

    /** Notes that these bytes are about to be read. */
    void reading(Node file, long position, long count) {
        long from;
        long to;
        synchronized (files) {
            Progress progress = files.get(file.id());
            boolean onwards = progress == null ? position == 0 : Math.abs(position - progress.read) <= NEAR;
            if (progress == null || !onwards) {
                progress = new Progress();
                progress.fetched = position;
                files.put(file.id(), progress);
            }
            progress.read = Math.max(progress.read, position + count);
            if (!onwards || progress.fetched - progress.read >= WINDOW / 2) {
                return;
            }
            from = Math.max(position, progress.fetched);
            to = Math.min(file.size(), progress.read + WINDOW);
            progress.fetched = Math.max(progress.fetched, to);
        }
        if (from < to) {
            tree.extents(file.id(), from, (offset, place) -> {
                if (offset < to) {
                    log.prefetch(place.record());
                }
                return offset < to;
            });
        }
    }
}
