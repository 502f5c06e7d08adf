package dev.croft.mobility.entry;

import dev.croft.mobility.entry.Refusal.Reason;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;
import org.jspecify.annotations.Nullable;

/**
 * Reads entries one by one from bytes of unknown origin: a JSON array, JSON lines, or objects one after the other,
 * plain or gzip, told apart by their first bytes. Memory is bounded by one entry.
 *
 * <p>Framing comes before parsing: brackets and strings are followed byte by byte to find where an entry ends, so that a
 * bad, deep or oversized entry is refused alone and reading goes on behind it. In a sequence, a line that begins with
 * an opening brace begins an entry, whatever came before; so a torn line costs one entry. An array that is not closed,
 * and damaged gzip, end the reading with an {@link EntryException}, for what is missing then is not known.
 *
 * <p>Not thread-safe.
 */
public final class EntryReader implements Iterator<EntryResult>, AutoCloseable {
    /** Bytes of a refused entry that are kept with the refusal. */
    public static final int KEPT_TEXT = 1024;

    private static final int END = -1;
    private static final int MAX_BLANK = 1 << 24;

    private final InputStream in;
    private final EntryBounds bounds;
    private final byte[] chunk = new byte[1 << 16];
    private int position;
    private int limit;

    private byte[] text = new byte[4096];
    private int length;
    private long index;
    private boolean inArray;
    private @Nullable EntryResult ready;
    /** Bytes of the input, unpacked, that are before those in {@link #chunk}. */
    private long before;

    private EntryReader(InputStream in, EntryBounds bounds) {
        this.in = in;
        this.bounds = bounds;
    }

    /**
     * Opens an input; closing the reader closes it.
     *
     * @throws UncheckedIOException if it cannot be read
     */
    public static EntryReader open(InputStream in, EntryBounds bounds) {
        try {
            BufferedInputStream buffered = new BufferedInputStream(in, 1 << 16);
            buffered.mark(2);
            boolean gzip = buffered.read() == 0x1f && buffered.read() == 0x8b;
            buffered.reset();
            return new EntryReader(gzip ? new GZIPInputStream(buffered, 1 << 16) : buffered, bounds);
        } catch (ZipException | EOFException e) {
            throw new EntryException(0, "the gzip stream is damaged");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Opens a file. */
    public static EntryReader open(Path file, EntryBounds bounds) {
        try {
            return open(Files.newInputStream(file), bounds);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** @throws EntryException if the input cannot be read on */
    @Override
    public boolean hasNext() {
        if (ready == null) {
            ready = advance();
        }
        return ready != null;
    }

    @Override
    public EntryResult next() {
        EntryResult result = hasNext() ? ready : null;
        if (result == null) {
            throw new NoSuchElementException();
        }
        ready = null;
        return result;
    }

    @Override
    public void close() {
        try {
            in.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Whether the entry that was read last stands in an array. */
    boolean inArray() {
        return inArray;
    }

    /**
     * Writes the next entry to {@code out} as it stands, whatever it is; not to be mixed with {@link #next}.
     *
     * @return whether there was one
     * @throws EntryException if the input cannot be read on, or the entry is longer than the bounds say: nothing of it is written
     */
    boolean copyNext(OutputStream out) throws IOException {
        int first = skipToValue();
        if (first == END) {
            return false;
        }
        frame(first, true);
        out.write(text, 0, length);
        index++;
        return true;
    }

    private @Nullable EntryResult advance() {
        int first = skipToValue();
        if (first == END) {
            return null;
        }
        if (index >= bounds.maxEntries()) {
            throw new EntryException(index, "more than " + bounds.maxEntries() + " entries");
        }
        Framing framing = frame(first, false);
        long at = index++;
        return switch (framing) {
            case WHOLE -> EntryJson.parse(text, 0, length, bounds, at);
            case TOO_DEEP -> refuse(at, Reason.TOO_DEEP, "nested deeper than " + bounds.maxDepth());
            case TOO_LARGE -> refuse(at, Reason.TOO_LARGE, "more than " + bounds.maxEntryBytes() + " bytes");
        };
    }

    /** The first byte of the next value, or END; enters and leaves arrays on the way. */
    private int skipToValue() {
        for (int blanks = 0; ; blanks++) {
            if (blanks > MAX_BLANK) {
                throw new EntryException(index, "nothing but white space");
            }
            int next = read();
            switch (next) {
                case ' ', '\t', '\r', '\n' -> {}
                case 0xEF -> skipByteOrderMark();
                case '[' -> {
                    if (inArray) {
                        return next;
                    }
                    inArray = true;
                }
                case ',' -> {
                    if (!inArray) {
                        return next;
                    }
                }
                case ']' -> {
                    if (!inArray) {
                        return next;
                    }
                    inArray = false;
                }
                case END -> {
                    if (inArray) {
                        throw new EntryException(index, "the array is not closed: the input is cut off");
                    }
                    return END;
                }
                default -> {
                    return next;
                }
            }
        }
    }

    private void skipByteOrderMark() {
        if (index != 0 || inArray || read() != 0xBB || read() != 0xBF) {
            throw new EntryException(index, "not JSON text");
        }
    }

    private enum Framing {
        WHOLE,
        TOO_DEEP,
        TOO_LARGE
    }

    /**
     * Collects one value into {@link #text} without interpreting it.
     *
     * @throws EntryException when {@code copying} if it is longer than the bounds say: nothing may be left out of a copy
     */
    private Framing frame(int first, boolean copying) {
        length = 0;
        long begun = before + position - 1;
        Framing framing = Framing.WHOLE;
        int depth = 0;
        boolean inString = false;
        boolean escaped = false;
        for (int next = first; next != END; next = read()) {
            if (next == '\n' && ((!inArray && (depth == 0 || peek() == '{')))) {
                return framing;
            }
            if (depth == 0 && !inString && inArray && (next == ',' || next == ']')) {
                position--;
                return framing;
            }
            if (length < bounds.maxEntryBytes()) {
                append((byte) next);
            } else {
                if (copying) {
                    throw new EntryException(
                            index,
                            "it begins at byte " + begun + " and goes on for more than " + bounds.maxEntryBytes()
                                    + " bytes");
                }
                framing = Framing.TOO_LARGE;
            }
            if (inString) {
                if (escaped) {
                    escaped = false;
                } else if (next == '\\') {
                    escaped = true;
                } else if (next == '"' || next == '\n') {
                    inString = false;
                }
                continue;
            }
            switch (next) {
                case '"' -> inString = true;
                case '{', '[' -> {
                    depth++;
                    if (depth > bounds.maxDepth() && framing == Framing.WHOLE) {
                        framing = Framing.TOO_DEEP;
                    }
                }
                case '}', ']' -> {
                    depth--;
                    if (depth <= 0) {
                        return framing;
                    }
                }
                default -> {}
            }
        }
        return framing;
    }

    private void append(byte value) {
        if (length == text.length) {
            text = Arrays.copyOf(text, Math.min(bounds.maxEntryBytes(), length * 2));
        }
        text[length++] = value;
    }

    private EntryResult refuse(long at, Reason reason, String detail) {
        return new EntryResult.Refused(at, new Refusal(reason, detail), excerpt(text, 0, length));
    }

    static String excerpt(byte[] text, int offset, int length) {
        return new String(text, offset, Math.min(length, KEPT_TEXT), StandardCharsets.UTF_8);
    }

    private int peek() {
        int next = read();
        if (next != END) {
            position--;
        }
        return next;
    }

    private int read() {
        if (position == limit) {
            before += limit;
            position = 0;
            limit = 0;
            try {
                limit = in.read(chunk);
            } catch (ZipException | EOFException e) {
                throw new EntryException(index, "the gzip stream is damaged");
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            if (limit <= 0) {
                limit = 0;
                return END;
            }
        }
        return chunk[position++] & 0xff;
    }
}
