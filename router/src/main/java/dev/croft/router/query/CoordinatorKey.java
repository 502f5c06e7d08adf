package dev.croft.router.query;

import dev.croft.capsule.crypto.SigningKey;
import dev.croft.router.RouterException;
import dev.croft.router.tls.PrivateFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * An Ed25519 key of the router: a file of 32 bytes, 0600, made on first start. The coordinator's is the one that owners' grants name as
 * their holder.
 */
public final class CoordinatorKey {

    private CoordinatorKey() {}

    /** The key in this directory, made if there is none. */
    public static SigningKey open(Path directory) {
        Path file = directory.resolve("key");
        try {
            if (!Files.exists(file)) {
                PrivateFiles.directory(directory);
                byte[] seed = SigningKey.generate().secretSeed();
                PrivateFiles.write(file, seed);
                Arrays.fill(seed, (byte) 0);
            }
            byte[] seed = Files.readAllBytes(file);
            SigningKey key = SigningKey.ofSeed(seed);
            Arrays.fill(seed, (byte) 0);
            return key;
        } catch (IOException | IllegalArgumentException e) {
            throw new RouterException.Broken("the key of the " + directory.getFileName() + " cannot be read", e);
        }
    }
}
