package dev.croft.vault.documents.view;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.zip.ZipOutputStream;
import org.h2.mvstore.DataUtils;
import org.h2.mvstore.MVStoreException;
import org.h2.mvstore.RandomAccessStore;
import org.h2.mvstore.SFChunk;
import org.jspecify.annotations.Nullable;

/**
 * The file under the view's B-trees: blocks of 4 KiB, each sealed by {@link BlockCipher} and bound to its place. H2's own file encryption (AES-XTS) would let
 * flipped bits through into index pages; here a block that was changed, moved or comes from another file does not open.
 *
 * <p>Layout: a header of 64 bytes ({@code CROFTVW1}, 16 bytes of salt, zeros), then blocks of 4,124 bytes: nonce, ciphertext, tag.
 */
final class SealedFileStore extends RandomAccessStore {
    private static final int HEADER = 64;
    private static final byte[] MAGIC = {'C', 'R', 'O', 'F', 'T', 'V', 'W', '1'};

    private final FileChannel file;
    private final BlockCipher cipher;
    private final @Nullable FileLock lock;

    /**
     * @throws IllegalStateException if someone else has it open
     * @throws MVStoreException if the file is not a view
     */
    static SealedFileStore open(Path path, byte[] viewKey, byte[] context, int cacheMegabytes) throws IOException {
        FileChannel file =
                FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        try {
            FileLock lock;
            try {
                lock = file.tryLock();
            } catch (OverlappingFileLockException e) {
                lock = null;
            }
            if (lock == null) {
                throw new IllegalStateException("the view is open elsewhere");
            }
            Map<String, Object> config = new HashMap<>();
            config.put("cacheSize", cacheMegabytes);
            config.put("cacheConcurrency", 4);
            SealedFileStore store =
                    new SealedFileStore(config, file, new BlockCipher(viewKey, salt(file), context), lock);
            store.init(path.toString(), false);
            store.setSize(Math.max(0, file.size() - HEADER) / BlockCipher.SEALED * BlockCipher.PLAIN);
            return store;
        } catch (IOException | RuntimeException e) {
            file.close();
            throw e;
        }
    }

    private SealedFileStore(Map<String, Object> config, FileChannel file, BlockCipher cipher, FileLock lock) {
        super(config);
        this.file = file;
        this.cipher = cipher;
        this.lock = lock;
    }

    private static byte[] salt(FileChannel file) throws IOException {
        ByteBuffer header = ByteBuffer.allocate(HEADER);
        byte[] salt = new byte[16];
        if (file.size() == 0) {
            BlockCipher.RANDOM.nextBytes(salt);
            header.put(MAGIC).put(salt).position(0);
            writeAll(file, header, 0);
            return salt;
        }
        readAll(file, header, 0);
        byte[] magic = new byte[MAGIC.length];
        header.flip().get(magic).get(salt);
        if (!Arrays.equals(magic, MAGIC)) {
            throw corrupt("the file is not a view", null);
        }
        return salt;
    }

    /** Overwrites the header, without which no block can be opened. */
    static void unsalt(Path path) throws IOException {
        try (FileChannel file = FileChannel.open(path, StandardOpenOption.WRITE)) {
            writeAll(file, ByteBuffer.allocate((int) Math.min(HEADER, file.size())), 0);
            file.force(true);
        }
    }

    @Override
    public ByteBuffer readFully(SFChunk chunk, long position, int length) {
        long first = position / BlockCipher.PLAIN;
        int blocks = (int) ((position + length - 1) / BlockCipher.PLAIN - first + 1);
        byte[] sealed = new byte[blocks * BlockCipher.SEALED];
        byte[] plain = new byte[blocks * BlockCipher.PLAIN];
        try {
            readAll(file, ByteBuffer.wrap(sealed), HEADER + first * BlockCipher.SEALED);
        } catch (IOException e) {
            throw corrupt("the view's file could not be read", e);
        }
        if (!cipher.open(first, blocks, sealed, plain)) {
            throw corrupt("a block of the view's file was changed", null);
        }
        readCount.incrementAndGet();
        readBytes.addAndGet(length);
        return ByteBuffer.wrap(plain, (int) (position % BlockCipher.PLAIN), length)
                .slice();
    }

    @Override
    protected void writeFully(SFChunk chunk, long position, ByteBuffer source) {
        int length = source.remaining();
        if (position % BlockCipher.PLAIN != 0 || length % BlockCipher.PLAIN != 0) {
            throw new IllegalStateException("the B-tree store writes whole blocks");
        }
        int blocks = length / BlockCipher.PLAIN;
        byte[] plain = new byte[length];
        source.get(plain);
        byte[] sealed = new byte[blocks * BlockCipher.SEALED];
        long first = position / BlockCipher.PLAIN;
        cipher.seal(first, blocks, plain, sealed);
        try {
            writeAll(file, ByteBuffer.wrap(sealed), HEADER + first * BlockCipher.SEALED);
        } catch (IOException e) {
            throw DataUtils.newMVStoreException(
                    DataUtils.ERROR_WRITING_FAILED, "the view's file could not be written", e);
        }
        setSize(Math.max(size(), position + length));
        writeCount.incrementAndGet();
        writeBytes.addAndGet(length);
    }

    @Override
    public void sync() {
        try {
            file.force(true);
        } catch (IOException e) {
            throw DataUtils.newMVStoreException(
                    DataUtils.ERROR_WRITING_FAILED, "the view's file could not be synced", e);
        }
    }

    @Override
    protected void truncate(long size) {
        try {
            file.truncate(HEADER + (size + BlockCipher.PLAIN - 1) / BlockCipher.PLAIN * BlockCipher.SEALED);
            setSize(Math.min(size(), size));
        } catch (IOException e) {
            throw DataUtils.newMVStoreException(
                    DataUtils.ERROR_WRITING_FAILED, "the view's file could not be truncated", e);
        }
    }

    @Override
    public void close() {
        try {
            if (lock != null && lock.isValid()) {
                lock.release();
            }
            file.close();
        } catch (IOException e) {
            throw DataUtils.newMVStoreException(
                    DataUtils.ERROR_WRITING_FAILED, "the view's file could not be closed", e);
        } finally {
            super.close();
        }
    }

    @Override
    public void open(String fileName, boolean readOnly, char @Nullable [] key) {
        throw new UnsupportedOperationException("opened by its factory");
    }

    @Override
    public SealedFileStore open(String fileName, boolean readOnly) {
        throw new UnsupportedOperationException("opened by its factory");
    }

    @Override
    public void backup(ZipOutputStream out) {
        throw new UnsupportedOperationException("a view is rebuilt, not backed up");
    }

    private static MVStoreException corrupt(String message, @Nullable Exception cause) {
        return DataUtils.newMVStoreException(DataUtils.ERROR_FILE_CORRUPT, message, cause);
    }

    private static void readAll(FileChannel file, ByteBuffer buffer, long position) throws IOException {
        while (buffer.hasRemaining()) {
            int n = file.read(buffer, position);
            if (n < 0) {
                throw new IOException("the file ends too early");
            }
            position += n;
        }
    }

    private static void writeAll(FileChannel file, ByteBuffer buffer, long position) throws IOException {
        while (buffer.hasRemaining()) {
            position += file.write(buffer, position);
        }
    }
}
