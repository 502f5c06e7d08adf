package dev.croft.capsule.sql;

import dev.croft.capsule.CapsuleName;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * An SQLite database file as pages, and beside it a note of which state of which capsule it holds. The note is taken away while
 * the file is in use, so that a file left behind by a crash is made anew. Opened before and closed after all SQLite
 * connections to it: closing any descriptor of a file drops the process's locks on it. Not thread-safe.
 */
final class PageFile implements AutoCloseable {
    private static final int WRITE_VERSION = 18;
    private static final int READ_VERSION = 19;
    private static final int CHANGE_COUNTER = 24;
    private static final int VALID_FOR = 92;
    private static final int ROLLBACK_JOURNAL = 1;
    private static final int HEADER = 100;

    private final Path file;
    private final CapsuleName name;
    private final boolean replica;
    private final FileChannel channel;
    private int changes;

    /**
     * @param replica whether readers only see it: it is then kept in rollback-journal mode, in which they notice changes by the
     *     counter in the header
     */
    PageFile(Path file, CapsuleName name, boolean replica) throws IOException {
        this.file = file;
        this.name = name;
        this.replica = replica;
        this.channel =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    }

    Path file() {
        return file;
    }

    private Path note() {
        return file.resolveSibling(file.getFileName() + ".state");
    }

    /** How many records the file is as of, when it was left whole; else -1, and it is empty. Takes the note away. */
    long begin() throws IOException {
        long applied = -1;
        if (Files.exists(note())) {
            String[] words = Files.readString(note()).strip().split(" ", -1);
            if (words.length == 2 && words[0].equals(name.toString()) && words[1].matches("\\d{1,18}")) {
                applied = Long.parseLong(words[1]);
            }
        }
        Files.deleteIfExists(note());
        if (applied < 0) {
            channel.truncate(0);
            for (String suffix : List.of("-wal", "-shm", "-journal")) {
                Files.deleteIfExists(file.resolveSibling(file.getFileName() + suffix));
            }
        }
        return applied;
    }

    /** Writes pages; with the last part the file gets its size. */
    void write(SqlRecord part, boolean lastPart) throws IOException {
        for (var page : part.pages().entrySet()) {
            byte[] bytes = page.getValue();
            if (page.getKey() == 1 && replica) {
                bytes = bytes.clone();
                bytes[WRITE_VERSION] = ROLLBACK_JOURNAL;
                bytes[READ_VERSION] = ROLLBACK_JOURNAL;
            }
            write(ByteBuffer.wrap(bytes), (page.getKey() - 1L) * part.pageBytes());
        }
        if (lastPart) {
            long length = (long) part.databasePages() * part.pageBytes();
            if (channel.size() > length) {
                channel.truncate(length);
            }
        }
    }

    /** Lets SQLite's readers know that pages changed. */
    void announce() throws IOException {
        if (channel.size() >= HEADER) {
            ByteBuffer counter = ByteBuffer.allocate(4).putInt(0, ++changes);
            write(counter.duplicate(), CHANGE_COUNTER);
            write(counter.duplicate(), VALID_FOR);
        }
    }

    private void write(ByteBuffer from, long at) throws IOException {
        while (from.hasRemaining()) {
            channel.write(from, at + from.position());
        }
    }

    /** Every page, in parts; nothing must be in a write-ahead log. */
    SortedMap<Integer, byte[]> pages(int pageBytes, int first, int count) throws IOException {
        SortedMap<Integer, byte[]> pages = new TreeMap<>();
        for (int number = first; number < first + count; number++) {
            ByteBuffer page = ByteBuffer.allocate(pageBytes);
            long at = (number - 1L) * pageBytes;
            while (page.hasRemaining() && channel.read(page, at + page.position()) >= 0) {
                continue;
            }
            pages.put(number, page.array());
        }
        return pages;
    }

    long bytes() throws IOException {
        return channel.size();
    }

    /** Notes that the file is whole, as of this many records. */
    void finish(long applied) throws IOException {
        channel.force(true);
        Files.writeString(note(), name + " " + applied + "\n", StandardOpenOption.CREATE, StandardOpenOption.SYNC);
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
