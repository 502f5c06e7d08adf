package dev.croft.runtime.watch;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Waits for a line that has a match of a pattern; looks at the first 4 KiB of each line, and not for long. */
public final class LineWatch {
    private static final int LONGEST = 4096;
    private static final int PATIENCE = 2_000_000;

    private final @Nullable Pattern pattern;
    private final byte[] line = new byte[LONGEST];
    private int length;
    private volatile boolean seen;

    public LineWatch(@Nullable Pattern pattern) {
        this.pattern = pattern;
    }

    /** For the pattern of this record's health check, if that is by line. */
    public static LineWatch of(Record record) {
        String pattern =
                record.probe().kind() == Probe.Kind.LINE ? record.probe().argument() : null;
        return new LineWatch(pattern == null ? null : Pattern.compile(pattern));
    }

    public boolean seen() {
        return seen;
    }

    public void accept(ByteBuffer bytes) {
        if (pattern == null || seen) {
            return;
        }
        while (bytes.hasRemaining() && !seen) {
            byte b = bytes.get();
            if (b == '\n') {
                seen = matches(pattern);
                length = 0;
            } else if (length < LONGEST) {
                line[length++] = b;
            }
        }
    }

    private boolean matches(Pattern wanted) {
        try {
            return wanted.matcher(new Impatient(new String(line, 0, length, StandardCharsets.UTF_8), new int[1]))
                    .find();
        } catch (OutOfPatience | StackOverflowError e) {
            return false;
        }
    }

    /** What the workload prints must not make a pattern backtrack for ever. */
    private record Impatient(String text, int[] reads) implements CharSequence {
        @Override
        public char charAt(int index) {
            if (++reads[0] > PATIENCE) {
                throw new OutOfPatience();
            }
            return text.charAt(index);
        }

        @Override
        public int length() {
            return text.length();
        }

        @Override
        public CharSequence subSequence(int start, int end) {
            return new Impatient(text.substring(start, end), reads);
        }

        @Override
        public String toString() {
            return text;
        }
    }

    private static final class OutOfPatience extends RuntimeException {
        OutOfPatience() {
            super("gave up", null, false, false);
        }
    }
}
