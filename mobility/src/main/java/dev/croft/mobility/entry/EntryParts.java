package dev.croft.mobility.entry;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.Optional;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * Cuts an input of {@link EntryReader} into inputs of its own, between entries, each gzip: to send what is larger than is taken at once.
 * Read one after the other they hold the same entries in the same order, those that a reader refuses included. Memory is bounded by one part and
 * 16 MiB: an entry that is longer ends the parts before it. Not thread-safe.
 */
public final class EntryParts implements AutoCloseable {
    /** What is longer is no entry of anybody's, and a reader would refuse it at a sixteenth of that. */
    private static final int MOST_ENTRY_BYTES = 16 << 20;

    private final EntryReader reader;
    private final int plainBytes;
    private long entries;
    private @Nullable EntryException broken;

    private EntryParts(EntryReader reader, int plainBytes) {
        this.reader = reader;
        this.plainBytes = plainBytes;
    }

    /**
     * Opens an input; closing the parts closes it.
     *
     * @param plainBytes a part ends with the entry that reaches so many bytes, before compression
     */
    public static EntryParts open(InputStream in, int plainBytes) {
        var bounds = new EntryBounds(EntryBounds.STANDARD.maxDepth(), MOST_ENTRY_BYTES, Long.MAX_VALUE);
        return new EntryParts(EntryReader.open(in, bounds), plainBytes);
    }

    /** The next part, gzip; empty at the end, and where the input cannot be read on: {@link #broken} says so. */
    public Optional<byte[]> next() {
        if (broken != null) {
            return Optional.empty();
        }
        var bytes = new ByteArrayOutputStream(1 << 16);
        long before = entries;
        try (var out = new Counted(new Fast(bytes))) {
            fill(out);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return entries == before ? Optional.empty() : Optional.of(bytes.toByteArray());
    }

    private void fill(Counted out) throws IOException {
        Boolean array = null;
        try {
            while (out.count < plainBytes) {
                // What separates entries is written before the next one, when it is known how that one stands.
                var entry = new Held(out, array);
                if (!reader.copyNext(entry)) {
                    break;
                }
                array = entry.array;
                entries++;
            }
        } catch (EntryException e) {
            broken = e;
        }
        if (Boolean.TRUE.equals(array)) {
            out.write(']');
        }
    }

    /** How many entries the parts so far hold. */
    public long entries() {
        return entries;
    }

    /** Why the rest of the input could not be read, once {@link #next} has come to an end. */
    public Optional<EntryException> broken() {
        return Optional.ofNullable(broken);
    }

    @Override
    public void close() {
        reader.close();
    }

    /** An entry on its way: the first byte brings the separator along, of an array or of lines. */
    private final class Held extends OutputStream {
        private final Counted out;
        private final @Nullable Boolean before;
        private @Nullable Boolean array;

        Held(Counted out, @Nullable Boolean before) {
            this.out = out;
            this.before = before;
        }

        @Override
        public void write(int value) throws IOException {
            begin();
            out.write(value);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            begin();
            out.write(bytes, offset, length);
        }

        private void begin() throws IOException {
            if (array != null) {
                return;
            }
            boolean now = reader.inArray();
            array = now;
            if (Boolean.TRUE.equals(before)) {
                out.write(now ? ',' : ']');
            } else {
                if (before != null) {
                    out.write('\n');
                }
                if (now) {
                    out.write('[');
                }
            }
        }
    }

    private static final class Counted extends OutputStream {
        private final OutputStream out;
        private long count;

        Counted(OutputStream out) {
            this.out = out;
        }

        @Override
        public void write(int value) throws IOException {
            out.write(value);
            count++;
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            out.write(bytes, offset, length);
            count += length;
        }

        @Override
        public void close() throws IOException {
            out.close();
        }
    }

    /** A phone's entries shrink to a tenth even so; the network is seldom what is waited for. */
    private static final class Fast extends GZIPOutputStream {
        Fast(OutputStream out) throws IOException {
            super(out, 1 << 16);
            def.setLevel(Deflater.BEST_SPEED);
        }
    }
}
