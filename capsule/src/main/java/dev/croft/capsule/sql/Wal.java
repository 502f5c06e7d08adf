package dev.croft.capsule.sql;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Reads what was committed out of SQLite's write-ahead log (sqlite.org/fileformat.html, section 4), from where it read
 * last. Used only while nothing is being committed. Not thread-safe.
 */
final class Wal {
    private static final int HEADER = 32;
    private static final int FRAME_HEADER = 24;

    private final Path file;
    private long salt;
    private long offset = HEADER;

    /** Pages a transaction left behind. */
    record Committed(int pageBytes, int databasePages, SortedMap<Integer, byte[]> pages) {}

    Wal(Path database) {
        this.file = database.resolveSibling(database.getFileName() + "-wal");
    }

    long bytes() throws IOException {
        return Files.exists(file) ? Files.size(file) : 0;
    }

    /** The newest state of every page committed since the last call; no pages when there is none. */
    Committed read() throws IOException {
        SortedMap<Integer, byte[]> committed = new TreeMap<>();
        if (bytes() < HEADER) {
            offset = HEADER;
            return new Committed(4096, 0, committed);
        }
        try (FileChannel wal = FileChannel.open(file, StandardOpenOption.READ)) {
            ByteBuffer header = read(wal, 0, HEADER);
            int pageBytes = header.getInt(8);
            if (header.getLong(16) != salt) {
                salt = header.getLong(16);
                offset = HEADER;
            }
            SortedMap<Integer, byte[]> pending = new TreeMap<>();
            int databasePages = 0;
            long at = offset;
            while (at + FRAME_HEADER + pageBytes <= wal.size()) {
                ByteBuffer frame = read(wal, at, FRAME_HEADER + pageBytes);
                if (frame.getLong(8) != salt) {
                    break;
                }
                byte[] page = new byte[pageBytes];
                frame.get(FRAME_HEADER, page);
                pending.put(frame.getInt(0), page);
                at += FRAME_HEADER + pageBytes;
                if (frame.getInt(4) != 0) {
                    databasePages = frame.getInt(4);
                    committed.putAll(pending);
                    pending.clear();
                    offset = at;
                }
            }
            int kept = databasePages;
            committed.keySet().removeIf(number -> number > kept);
            return new Committed(pageBytes, databasePages, committed);
        }
    }

    private static ByteBuffer read(FileChannel channel, long at, int count) throws IOException {
        ByteBuffer into = ByteBuffer.allocate(count);
        while (into.hasRemaining() && channel.read(into, at + into.position()) >= 0) {
            continue;
        }
        return into;
    }
}
