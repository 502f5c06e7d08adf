package dev.croft.capsule.mount;

import static org.assertj.core.api.Assertions.assertThat;

import dev.croft.capsule.CapsuleWriter;
import dev.croft.capsule.files.CapsuleFileSystem;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Requests as a kernel makes them, without one. */
class OperationsTest {
    private static final int ROOT = 1;
    private static final int NODE = Reply.HEADER;
    private static final int SIZE = Reply.HEADER + 40 + 8;
    private static final int HANDLE = Reply.HEADER + Reply.ENTRY;

    @TempDir
    Path temp;

    private CapsuleWriter writer;
    private CapsuleFileSystem system;
    private Operations operations;
    private final ByteBuffer out =
            ByteBuffer.allocate(Reply.HEADER + Operations.MOST_BYTES).order(ByteOrder.nativeOrder());
    private final Reply reply = new Reply(out, new Reply.Looks(7, 8, false, Duration.ofSeconds(1)));

    @BeforeEach
    void create() {
        Mounted.create(temp.resolve("c"));
        writer = Mounted.writer(temp.resolve("c"));
        system = CapsuleFileSystem.of(writer);
        operations = new Operations(system.nodes(), temp, false);
    }

    @AfterEach
    void close() throws IOException {
        operations.end();
        system.close();
        writer.close();
    }

    /** A request's body: longs as they are, integers as they are, texts with a zero behind. */
    private static byte[] body(Object... parts) {
        ByteBuffer bytes = ByteBuffer.allocate(4096).order(ByteOrder.nativeOrder());
        for (Object part : parts) {
            switch (part) {
                case Long number -> bytes.putLong(number);
                case Integer number -> bytes.putInt(number);
                case String text ->
                    bytes.put(text.getBytes(StandardCharsets.UTF_8)).put((byte) 0);
                default -> throw new IllegalArgumentException();
            }
        }
        byte[] body = new byte[bytes.position()];
        bytes.get(0, body);
        return body;
    }

    /** The error number of the answer. */
    private int ask(int operation, long node, byte[] body) {
        ByteBuffer request = ByteBuffer.allocate(Request.HEADER + body.length).order(ByteOrder.nativeOrder());
        request.putInt(request.capacity()).putInt(operation).putLong(99).putLong(node);
        request.put(Request.HEADER, body);
        int length = operations.answer(request.clear(), reply);
        if (length == 0) {
            return 0;
        }
        assertThat(out.getInt(0)).isEqualTo(length);
        assertThat(out.getLong(8)).isEqualTo(99);
        return -out.getInt(4);
    }

    private int ask(int operation, long node, Object... parts) {
        return ask(operation, node, body(parts));
    }

    private long make(String name) {
        assertThat(ask(Operation.CREATE, ROOT, 2, 0, 0, 0, name)).isZero();
        return out.getLong(NODE);
    }

    private void write(long node, long handle, String text) {
        int count = text.getBytes(StandardCharsets.UTF_8).length;
        assertThat(ask(Operation.WRITE, node, handle, 0L, count, 0, 0L, 0, 0, text))
                .isZero();
        assertThat(out.getInt(Reply.HEADER)).isEqualTo(count);
    }

    private String read(long node, int count) {
        assertThat(ask(Operation.READ, node, 0L, 0L, count, 0, 0L, 0, 0)).isZero();
        byte[] bytes = new byte[out.getInt(0) - Reply.HEADER];
        out.get(Reply.HEADER, bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    @Test
    void aKernelAgreesOnAVersionAndOnWhatBothCan() {
        assertThat(ask(Operation.INIT, 0, 7, 45, 4096, Operation.ASYNC_READ | 1 << 9))
                .isZero();
        assertThat(out.getInt(0)).isEqualTo(Reply.HEADER + 64);
        assertThat(out.getInt(Reply.HEADER)).isEqualTo(7);
        assertThat(out.getInt(Reply.HEADER + 12)).isEqualTo(Operation.ASYNC_READ);
    }

    @Test
    void aFileLivesFromItsMakingUntilItsLastReaderHasClosedIt() throws IOException {
        long node = make("a");
        long handle = out.getLong(HANDLE);
        write(node, handle, "hello");
        assertThat(read(node, 100)).isEqualTo("hello");
        assertThat(read(node, 4)).isEqualTo("hell");
        assertThat(ask(Operation.LOOKUP, ROOT, "a")).isZero();
        assertThat(out.getLong(SIZE)).isEqualTo(5);
        assertThat(ask(Operation.CREATE, ROOT, 2, 0, 0, 0, "a")).isEqualTo(Errno.EEXIST);
        make("b");
        assertThat(ask(Operation.RENAME2, ROOT, (long) ROOT, 1, 0, "a", "b")).isEqualTo(Errno.EEXIST);
        assertThat(ask(Operation.RENAME2, ROOT, (long) ROOT, 2, 0, "a", "b")).isEqualTo(Errno.EINVAL);
        assertThat(ask(Operation.RENAME2, ROOT, (long) ROOT, 0, 0, "a", "b")).isZero();
        assertThat(ask(Operation.LOOKUP, ROOT, "a")).isEqualTo(Errno.ENOENT);
        assertThat(ask(Operation.UNLINK, ROOT, "b")).isZero();
        assertThat(ask(Operation.LOOKUP, ROOT, "b")).isEqualTo(Errno.ENOENT);
        assertThat(read(node, 100)).isEqualTo("hello");
        assertThat(ask(Operation.RELEASE, node, handle, 0, 0, 0L)).isZero();
        assertThat(ask(Operation.GETATTR, node, 0, 0, 0L)).isEqualTo(Errno.ENOENT);
        assertThat(Files.list(system.getPath("/"))).isEmpty();
    }

    @Test
    void sizesAndTimesAreSetAndFoldersListed() {
        assertThat(ask(Operation.MKDIR, ROOT, 0755, 0, "folder")).isZero();
        long folder = out.getLong(NODE);
        assertThat(ask(Operation.CREATE, folder, 2, 0, 0, 0, "x")).isZero();
        long node = out.getLong(NODE);
        assertThat(ask(
                        Operation.SETATTR,
                        node,
                        Operation.SET_SIZE,
                        0,
                        0L,
                        3000L,
                        0L,
                        0L,
                        0L,
                        0L,
                        0,
                        0,
                        0,
                        0,
                        0,
                        0,
                        0,
                        0))
                .isZero();
        assertThat(out.getLong(Reply.HEADER + 16 + 8)).isEqualTo(3000);
        assertThat(read(node, 5000)).isEqualTo("\0".repeat(3000));
        assertThat(ask(Operation.SETATTR, node, Operation.SET_SIZE, 0, 0L, -1L, 0L, 0L, 0L, 0L, 0, 0, 0, 0, 0, 0, 0, 0))
                .isEqualTo(Errno.EINVAL);
        assertThat(ask(Operation.RMDIR, ROOT, "folder")).isEqualTo(Errno.ENOTEMPTY);
        assertThat(ask(Operation.UNLINK, ROOT, "folder")).isEqualTo(Errno.EISDIR);
        assertThat(ask(Operation.OPENDIR, folder, 0, 0)).isZero();
        long list = out.getLong(Reply.HEADER);
        assertThat(ask(Operation.READDIR, folder, list, 0L, 4096, 0, 0L, 0, 0)).isZero();
        assertThat(out.getInt(0)).isEqualTo(Reply.HEADER + 3 * 32);
        assertThat(ask(Operation.READDIR, folder, list, 3L, 4096, 0, 0L, 0, 0)).isZero();
        assertThat(out.getInt(0)).isEqualTo(Reply.HEADER);
        assertThat(ask(Operation.LOOKUP, ROOT, "n".repeat(256))).isEqualTo(Errno.ENOENT);
        assertThat(ask(Operation.MKDIR, ROOT, 0755, 0, "n".repeat(256))).isEqualTo(Errno.ENAMETOOLONG);
        assertThat(ask(Operation.MKNOD, ROOT, 0010644, 0, 0, 0, "pipe")).isEqualTo(Errno.EPERM);
        assertThat(ask(13, ROOT, 2L, "link")).isEqualTo(Errno.ENOSYS);
        assertThat(ask(Operation.LOOKUP, ROOT, new byte[] {(byte) 0xff, 0})).isEqualTo(Errno.EILSEQ);
    }

    @Test
    void nothingAKernelCouldSaySendsAnythingButAnErrorNumberBack() {
        SplittableRandom random = new SplittableRandom(Long.getLong("croft.seed", 5));
        make("a");
        for (int i = 0; i < 20_000; i++) {
            byte[] body = new byte[random.nextInt(80)];
            random.nextBytes(body);
            for (int at = 0; at < body.length; at++) {
                // Mostly small numbers and short names, as garbage alone is refused at once.
                body[at] = random.nextInt(3) == 0 ? body[at] : (byte) (random.nextInt(8) == 0 ? 'a' : 0);
            }
            int operation = random.nextInt(52);
            if (operation != Operation.FSYNC && operation != Operation.FSYNCDIR && operation != Operation.SYNCFS) {
                assertThat(ask(operation, random.nextInt(5), body))
                        .isBetween(0, 133)
                        .isNotEqualTo(Errno.EIO);
            }
        }
    }
}
