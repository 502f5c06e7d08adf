package dev.croft.runtime.image;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Writes POSIX.1-2001 (pax) tar streams whose bytes depend on nothing but what is written: times are 0, owners are
 * numbers, names that do not fit a ustar header go to a pax record.
 */
final class TarWriter implements AutoCloseable {
    private static final int BLOCK = 512;
    private static final long USTAR_SIZE = 0_77777777777L;

    private final OutputStream out;

    TarWriter(OutputStream out) {
        this.out = out;
    }

    void directory(String name, int mode) throws IOException {
        entry(name + "/", '5', mode, 0, "");
    }

    void link(String name, String target) throws IOException {
        entry(name, '2', 0777, 0, target);
    }

    /** A file of exactly this many bytes of the stream. */
    void file(String name, int mode, long size, InputStream content) throws IOException {
        entry(name, '0', mode, size, "");
        byte[] buffer = new byte[1 << 16];
        long left = size;
        while (left > 0) {
            int n = content.read(buffer, 0, (int) Math.min(buffer.length, left));
            if (n < 0) {
                throw new IOException("a file became shorter while it was read: " + name);
            }
            out.write(buffer, 0, n);
            left -= n;
        }
        if (content.read() >= 0) {
            throw new IOException("a file became longer while it was read: " + name);
        }
        pad(size);
    }

    void file(String name, byte[] content) throws IOException {
        entry(name, '0', 0644, content.length, "");
        out.write(content);
        pad(content.length);
    }

    private void entry(String name, char type, int mode, long size, String link) throws IOException {
        StringBuilder pax = new StringBuilder();
        if (name.getBytes(StandardCharsets.UTF_8).length > 100 || !ascii(name)) {
            pax.append(record("path", name));
        }
        if (link.getBytes(StandardCharsets.UTF_8).length > 100 || !ascii(link)) {
            pax.append(record("linkpath", link));
        }
        if (size > USTAR_SIZE) {
            pax.append(record("size", Long.toString(size)));
        }
        if (!pax.isEmpty()) {
            byte[] records = pax.toString().getBytes(StandardCharsets.UTF_8);
            header("PaxHeader", 'x', 0644, records.length, "");
            out.write(records);
            pad(records.length);
        }
        header(name, type, mode, Math.min(size, USTAR_SIZE), link);
    }

    private static boolean ascii(String text) {
        return text.chars().allMatch(c -> c < 128);
    }

    /** {@code LENGTH KEY=VALUE\n}, where LENGTH counts its own digits too. */
    private static String record(String key, String value) {
        int rest = (" " + key + "=" + value + "\n").getBytes(StandardCharsets.UTF_8).length;
        int length = rest + 1;
        while (Integer.toString(length).length() + rest != length) {
            length++;
        }
        return length + " " + key + "=" + value + "\n";
    }

    private void header(String name, char type, int mode, long size, String link) throws IOException {
        byte[] header = new byte[BLOCK];
        text(header, 0, 100, name);
        octal(header, 100, 8, mode);
        octal(header, 108, 8, 0);
        octal(header, 116, 8, 0);
        octal(header, 124, 12, size);
        octal(header, 136, 12, 0);
        Arrays.fill(header, 148, 156, (byte) ' ');
        header[156] = (byte) type;
        text(header, 157, 100, link);
        text(header, 257, 6, "ustar");
        text(header, 263, 2, "00");
        int sum = 0;
        for (byte b : header) {
            sum += b & 0xff;
        }
        text(header, 148, 8, "%06o\0 ".formatted(sum));
        out.write(header);
    }

    private static void text(byte[] header, int offset, int length, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        System.arraycopy(bytes, 0, header, offset, Math.min(length, bytes.length));
    }

    private static void octal(byte[] header, int offset, int length, long value) {
        text(header, offset, length, ("%0" + (length - 1) + "o").formatted(value));
    }

    private void pad(long size) throws IOException {
        out.write(new byte[(int) ((BLOCK - size % BLOCK) % BLOCK)]);
    }

    @Override
    public void close() throws IOException {
        out.write(new byte[2 * BLOCK]);
        out.close();
    }
}
