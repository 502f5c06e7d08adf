package dev.croft.capsule.mount;

import dev.croft.capsule.files.Node;
import java.nio.ByteBuffer;
import java.time.Duration;

/**
 * One thread's reply to the kernel: {@code fuse_out_header}, then what the operation gives, in the machine's byte order. See linux/fuse.h.
 */
final class Reply {
    static final int HEADER = 16;
    /** {@code fuse_attr} and what stands before it in {@code fuse_entry_out}. */
    static final int ENTRY = 128;

    private static final int BLOCK = 512;
    private static final int FOLDER = 0040000;
    private static final int FILE = 0100000;

    /**
     * How files look that have neither owners nor permissions of their own.
     *
     * @param uid whose they seem to be
     * @param gid likewise
     * @param readOnly whether nobody may write
     * @param valid how long the kernel need not ask again
     */
    record Looks(int uid, int gid, boolean readOnly, Duration valid) {}

    private final ByteBuffer bytes;
    private final Looks looks;

    Reply(ByteBuffer bytes, Looks looks) {
        this.bytes = bytes;
        this.looks = looks;
        begin();
    }

    /** Forgets what was said. */
    void begin() {
        bytes.clear().position(HEADER);
    }

    /** Where to put what the operation gives. */
    ByteBuffer bytes() {
        return bytes;
    }

    /** Completes the reply; its length. */
    int finish(long unique, int error) {
        if (error != 0) {
            bytes.position(HEADER);
        }
        bytes.putInt(0, bytes.position()).putInt(4, -error).putLong(8, unique);
        return bytes.position();
    }

    /** {@code fuse_entry_out}. */
    void entry(Node node) {
        bytes.putLong(number(node.id())).putLong(0);
        bytes.putLong(looks.valid.toSeconds())
                .putLong(looks.valid.toSeconds())
                .putInt(0)
                .putInt(0);
        attributes(node);
    }

    /** {@code fuse_attr_out}. */
    void attribute(Node node) {
        bytes.putLong(looks.valid.toSeconds()).putInt(0).putInt(0);
        attributes(node);
    }

    private void attributes(Node node) {
        long seconds = node.modified() / 1_000_000;
        int nanos = (int) (node.modified() % 1_000_000) * 1000;
        bytes.putLong(number(node.id())).putLong(node.size()).putLong((node.size() + BLOCK - 1) / BLOCK);
        bytes.putLong(seconds).putLong(seconds).putLong(seconds);
        bytes.putInt(nanos).putInt(nanos).putInt(nanos);
        int mode = node.folder() ? FOLDER | 0755 : FILE | 0644;
        bytes.putInt(looks.readOnly ? mode & ~0222 : mode).putInt(node.folder() ? 2 : 1);
        bytes.putInt(looks.uid).putInt(looks.gid).putInt(0).putInt(1 << 16).putInt(0);
    }

    /** {@code fuse_open_out}. */
    void opened(long handle, int flags) {
        bytes.putLong(handle).putInt(flags).putInt(0);
    }

    /** {@code fuse_dirent}; whether there was room for it among {@code most} bytes. */
    boolean name(long id, long next, boolean folder, byte[] name, int most) {
        int length = 24 + name.length;
        int padded = (length + 7) & ~7;
        if (bytes.position() - HEADER + padded > most) {
            return false;
        }
        bytes.putLong(number(id)).putLong(next).putInt(name.length).putInt((folder ? FOLDER : FILE) >> 12);
        bytes.put(name);
        for (int i = length; i < padded; i++) {
            bytes.put((byte) 0);
        }
        return true;
    }

    /** The kernel counts from 1, where the root folder is. */
    static long number(long id) {
        return id + 1;
    }

    static long id(long number) {
        return number - 1;
    }
}
