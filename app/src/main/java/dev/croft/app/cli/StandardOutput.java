package dev.croft.app.cli;

import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The process's standard output, which does not hide that it cannot be written, as {@link PrintStream} does. The first write that
 * fails throws {@link Broken}, through every writer on top; what comes after it is dropped, so that a command ends in order.
 */
final class StandardOutput extends OutputStream {
    private final OutputStream out;
    private boolean broken;

    StandardOutput(OutputStream out) {
        this.out = out;
    }

    /** Puts one in the place of {@code System.out}, in UTF-8 whatever the locale: JSON is. */
    static PrintStream install() {
        OutputStream bytes = new StandardOutput(new FileOutputStream(FileDescriptor.out));
        PrintStream stream = new PrintStream(new BufferedOutputStream(bytes, 8192), false, StandardCharsets.UTF_8);
        System.setOut(stream);
        return stream;
    }

    /** Standard output took no more. */
    static final class Broken extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private final boolean closed;

        Broken(IOException cause) {
            super("standard output cannot be written: " + cause.getMessage(), cause);
            closed = pipe() || String.valueOf(cause.getMessage()).contains("Broken pipe");
        }

        /** Whether its reader went away, as {@code head} does when it has read enough; that is no fault. */
        boolean isClosed() {
            return closed;
        }

        // The system's message may be in another language. A write to a pipe fails for no other reason.
        private static boolean pipe() {
            try {
                return Files.readSymbolicLink(Path.of("/proc/self/fd/1"))
                        .toString()
                        .startsWith("pipe:");
            } catch (IOException | UnsupportedOperationException e) {
                return false;
            }
        }
    }

    private interface Step {
        void run() throws IOException;
    }

    private void attempt(Step step) {
        if (broken) {
            return;
        }
        try {
            step.run();
        } catch (IOException e) {
            broken = true;
            throw new Broken(e);
        }
    }

    @Override
    public void write(int value) {
        attempt(() -> out.write(value));
    }

    @Override
    public void write(byte[] bytes, int offset, int length) {
        attempt(() -> out.write(bytes, offset, length));
    }

    @Override
    public void flush() {
        attempt(out::flush);
    }
}
