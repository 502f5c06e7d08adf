package dev.croft.capsule;

import dev.croft.capsule.codec.Malformed;
import dev.croft.capsule.crypto.ReaderKey;
import dev.croft.capsule.crypto.ReaderPublicKey;
import dev.croft.capsule.crypto.SigningKey;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** The data keys of a capsule, epoch by epoch, in its {@code keys} folder. Thread-safe. */
final class EpochKeys {
    private static final SecureRandom RANDOM = new SecureRandom();

    private final Path directory;
    private final CapsuleMetadata metadata;
    private final @Nullable ReaderKey reader;
    private final Map<Integer, BodyCipher> ciphers = new ConcurrentHashMap<>();

    EpochKeys(Path capsule, CapsuleMetadata metadata, @Nullable ReaderKey reader) {
        this.directory = capsule.resolve("keys");
        this.metadata = metadata;
        this.reader = reader;
    }

    CapsuleName name() {
        return metadata.name();
    }

    static String fileName(int epoch) {
        return "%010d.keys".formatted(epoch);
    }

    /**
     * The cipher of an epoch.
     *
     * @throws CapsuleException.Shredded when its key was destroyed
     * @throws CapsuleException.NotAReader when this reader cannot have it
     */
    BodyCipher cipher(int epoch) {
        BodyCipher cached = ciphers.get(epoch);
        if (cached != null) {
            return cached;
        }
        KeyFile file = find(epoch).orElseThrow(() -> new CapsuleException.Shredded(epoch));
        if (file.isShredded()) {
            throw new CapsuleException.Shredded(epoch);
        }
        if (reader == null) {
            throw new CapsuleException.NotAReader(epoch);
        }
        byte[] dataKey = file.open(reader);
        var cipher = new BodyCipher(metadata.name(), epoch, dataKey);
        Arrays.fill(dataKey, (byte) 0);
        ciphers.put(epoch, cipher);
        return cipher;
    }

    /** Whether this epoch's data key can be had here. */
    boolean canSeal(int epoch) {
        try {
            return epoch >= 0 && cipher(epoch) != null;
        } catch (CapsuleException.Shredded | CapsuleException.NotAReader e) {
            return false;
        }
    }

    /** The epoch's key file, if it is there. */
    Optional<KeyFile> find(int epoch) {
        Path path = directory.resolve(fileName(epoch));
        try {
            if (Files.size(path) > KeyFile.MOST_BYTES) {
                throw damaged(epoch, "too long");
            }
            return Optional.of(KeyFile.decode(Files.readAllBytes(path), metadata, epoch));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw new CapsuleException.DiskFailed("reading data keys", e);
        } catch (Malformed e) {
            throw damaged(epoch, e.getMessage());
        }
    }

    /** Makes an epoch's data key and makes its wraps durable. */
    KeyFile begin(int epoch, List<ReaderPublicKey> readers, SigningKey writer) throws IOException {
        if (readers.isEmpty() || readers.size() > KeyFile.MOST_READERS) {
            throw new IllegalArgumentException("a data key has 1 to " + KeyFile.MOST_READERS + " readers");
        }
        byte[] dataKey = new byte[KeyFile.DATA_KEY_BYTES];
        RANDOM.nextBytes(dataKey);
        KeyFile file = KeyFile.wrap(
                metadata.name(), epoch, dataKey, readers.stream().distinct().toList(), writer);
        Files.createDirectories(directory);
        DurableFiles.replace(directory.resolve(fileName(epoch)), file.encoded());
        ciphers.put(epoch, new BodyCipher(metadata.name(), epoch, dataKey));
        Arrays.fill(dataKey, (byte) 0);
        return file;
    }

    /** Replaces an epoch's wraps by a signed statement that there are none, and overwrites where they stood. */
    void shred(int epoch, SigningKey writer) throws IOException {
        Optional<KeyFile> file = find(epoch);
        ciphers.remove(epoch);
        if (file.isEmpty() || file.get().isShredded()) {
            return;
        }
        replace(epoch, file.get().shredded(writer), true);
    }

    /**
     * Takes over a key file from elsewhere. One that says the epoch was shredded replaces any other, and none replaces it.
     *
     * @throws Malformed when the writer did not sign it for this capsule and epoch
     */
    void accept(int epoch, byte[] encoded) throws IOException {
        KeyFile file = KeyFile.decode(encoded, metadata, epoch);
        Optional<KeyFile> present = find(epoch);
        if (present.isPresent() && (present.get().isShredded() || !file.isShredded())) {
            return;
        }
        Files.createDirectories(directory);
        replace(epoch, file, present.isPresent());
    }

    private void replace(int epoch, KeyFile file, boolean overwrite) throws IOException {
        Path path = directory.resolve(fileName(epoch));
        if (!overwrite) {
            DurableFiles.replace(path, file.encoded());
            return;
        }
        try (FileChannel old = FileChannel.open(path, StandardOpenOption.WRITE)) {
            long length = old.size();
            DurableFiles.replace(path, file.encoded());
            old.write(ByteBuffer.allocate((int) length), 0);
            old.force(true);
        }
    }

    private static CapsuleException.Damaged damaged(int epoch, String detail) {
        return new CapsuleException.Damaged(Flaw.KEYS, new Position("keys/" + fileName(epoch), 0, 0), detail);
    }
}
