package dev.croft.runtime.image;

import dev.croft.runtime.WorkloadException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Reads the plain files and directories of a POSIX ustar stream, one after the other; anything else in it is refused. Not thread-safe. */
final class TarReader {
    private static final int BLOCK = 512;

    private final InputStream in;
    private long left;
    private int padding;

    TarReader(InputStream in) {
        this.in = in;
    }

    /** An entry; a directory has no bytes, and its name no slash at the end. */
    record Entry(String name, boolean directory, long size) {}

    /** The next one, or null at the end; what was left unread of the one before is skipped. */
    @Nullable
    Entry next() throws IOException {
        in.skipNBytes(left + padding);
        byte[] header = in.readNBytes(BLOCK);
        left = 0;
        padding = 0;
        if (header.length == BLOCK && isZero(header)) {
            return null;
        }
        if (header.length < BLOCK || !text(header, 257, 5).equals("ustar") || octal(header, 148, 8) != sum(header)) {
            throw new WorkloadException.BadImage("not a tar archive");
        }
        char type = (char) header[156];
        if (type != '0' && type != '5' || header[345] != 0) {
            throw new WorkloadException.BadImage(
                    "an archive of an image has plain files and directories with short names alone");
        }
        String name = text(header, 0, 100);
        if (type == '5') {
            return new Entry(name.endsWith("/") ? name.substring(0, name.length() - 1) : name, true, 0);
        }
        left = octal(header, 124, 12);
        padding = (int) ((BLOCK - left % BLOCK) % BLOCK);
        return new Entry(name, false, left);
    }

    /** Bytes of the entry; -1 at its end. */
    int read(byte[] buffer) throws IOException {
        if (left == 0) {
            return -1;
        }
        int n = in.read(buffer, 0, (int) Math.min(buffer.length, left));
        if (n < 0) {
            throw new WorkloadException.BadImage("the archive is cut off");
        }
        left -= n;
        return n;
    }

    private static boolean isZero(byte[] block) {
        for (byte b : block) {
            if (b != 0) {
                return false;
            }
        }
        return true;
    }

    /** The sum of the header's bytes with its own field as blanks. */
    private static long sum(byte[] header) {
        byte[] copy = header.clone();
        Arrays.fill(copy, 148, 156, (byte) ' ');
        long sum = 0;
        for (byte b : copy) {
            sum += b & 0xff;
        }
        return sum;
    }

    private static String text(byte[] header, int offset, int length) {
        int end = offset;
        while (end < offset + length && header[end] != 0) {
            end++;
        }
        return new String(header, offset, end - offset, StandardCharsets.UTF_8);
    }

    private static long octal(byte[] header, int offset, int length) {
        String digits = text(header, offset, length).strip();
        if (!digits.matches("[0-7]{1,11}")) {
            throw new WorkloadException.BadImage("not a tar archive");
        }
        return Long.parseLong(digits, 8);
    }
}
