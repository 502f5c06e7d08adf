package dev.croft.capsule.sql;

import dev.croft.capsule.codec.ByteReader;
import dev.croft.capsule.codec.ByteWriter;
import dev.croft.capsule.codec.Malformed;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;

/**
 * Pages of an SQLite database after a transaction, or part of them when they are many. A transaction happened once its last part is
 * there.
 *
 * @param sequence the record's own
 * @param begin the sequence of the transaction's first part
 * @param last whether it is the last part
 * @param snapshot whether the transaction has every page, so that nothing before it is needed
 * @param pageBytes 512 to 65536, a power of two
 * @param databasePages how many pages the database has afterwards
 * @param pages pages by number, from 1
 */
record SqlRecord(
        long sequence,
        long begin,
        boolean last,
        boolean snapshot,
        int pageBytes,
        int databasePages,
        SortedMap<Integer, byte[]> pages) {
    static final String TAG = "croft/sql/v1";

    /** About how many bytes of pages go into one part. */
    static final int PART_BYTES = 4 << 20;

    private static final int MOST_PAGES = 1 << 16;
    private static final byte[] ASCII = TAG.getBytes(StandardCharsets.US_ASCII);

    static boolean knows(byte[] body) {
        return body.length >= 2 + ASCII.length && Arrays.equals(body, 2, 2 + ASCII.length, ASCII, 0, ASCII.length);
    }

    /** {@code tag || own sequence (8) || begin (8) || flags (1) || page size (4) || pages after (4) || count (4)}, then number and deflated page. */
    byte[] encode() {
        ByteWriter out = new ByteWriter()
                .tag(TAG)
                .u64(sequence)
                .u64(begin)
                .u8((last ? 1 : 0) | (snapshot ? 2 : 0))
                .u32(pageBytes)
                .u32(databasePages)
                .u32(pages.size());
        try (Deflater deflater = new Deflater(Deflater.BEST_SPEED, true)) {
            byte[] buffer = new byte[pageBytes + 64];
            pages.forEach((number, page) -> {
                deflater.reset();
                deflater.setInput(page);
                deflater.finish();
                int length = deflater.deflate(buffer);
                // A page that does not become smaller stays as it is.
                boolean smaller = deflater.finished() && length < page.length;
                out.u32(number).framed(smaller ? Arrays.copyOf(buffer, length) : page);
            });
        }
        return out.toBytes();
    }

    /**
     * Decodes the body of the record with this sequence.
     *
     * @throws Malformed when it is none, or that of another place
     */
    static SqlRecord decode(long sequence, byte[] body) {
        ByteReader in = new ByteReader(body).expectTag(TAG);
        long own = in.u63();
        long begin = in.u63();
        int flags = in.u8();
        int pageBytes = in.u32();
        int databasePages = in.u32();
        int count = in.u32();
        if (own != sequence || begin > own || flags > 3) {
            throw new Malformed("a database's record out of its place");
        }
        if (pageBytes < 512
                || pageBytes > 65536
                || Integer.bitCount(pageBytes) != 1
                || databasePages < 0
                || count < 0
                || count > MOST_PAGES) {
            throw new Malformed("a database's pages out of bounds");
        }
        SortedMap<Integer, byte[]> pages = new TreeMap<>();
        long bytes = 0;
        try (Inflater inflater = new Inflater(true)) {
            for (int i = 0; i < count; i++) {
                int number = in.u32();
                bytes += pageBytes;
                if (number < 1 || number > databasePages || bytes > 2L * PART_BYTES) {
                    throw new Malformed("a page out of bounds");
                }
                pages.put(number, inflate(inflater, in.framed(pageBytes), pageBytes));
            }
        }
        in.expectEnd();
        return new SqlRecord(sequence, begin, (flags & 1) != 0, (flags & 2) != 0, pageBytes, databasePages, pages);
    }

    private static byte[] inflate(Inflater inflater, byte[] stored, int pageBytes) {
        if (stored.length == pageBytes) {
            return stored;
        }
        byte[] page = new byte[pageBytes];
        inflater.reset();
        inflater.setInput(stored);
        try {
            if (inflater.inflate(page) != pageBytes || inflater.inflate(new byte[1]) != 0 || !inflater.finished()) {
                throw new Malformed("a page of another size");
            }
        } catch (DataFormatException e) {
            throw new Malformed("a page that cannot be inflated");
        }
        return page;
    }
}
