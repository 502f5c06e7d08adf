package dev.croft.router.audit;

import dev.croft.capsule.CapsuleException;
import dev.croft.capsule.CapsuleMetadata;
import dev.croft.capsule.CapsuleWriter;
import dev.croft.router.RouterException;
import dev.croft.router.tls.PrivateFiles;
import dev.croft.vault.api.KeyFileException;
import dev.croft.vault.api.OwnerKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Capsules of the operator: in one directory, with the operator's key file beside them. */
public final class OperatorCapsule {

    private OperatorCapsule() {}

    /**
     * Opens a capsule; it and the key are made on first start.
     *
     * @param name of its directory and, with {@code writer}, of its writer's key
     * @throws RouterException.Broken when it cannot be opened
     */
    public static CapsuleWriter open(Path directory, String name, String writer, String kind) {
        Path keyFile = directory.resolve("operator.key");
        Path place = directory.resolve(name);
        try {
            PrivateFiles.directory(directory);
            if (!Files.exists(keyFile)) {
                try (OwnerKey made = OwnerKey.generate()) {
                    made.save(keyFile, null);
                }
            }
            try (OwnerKey key = OwnerKey.load(keyFile, null)) {
                return Files.exists(place)
                        ? CapsuleWriter.open(place, key.writerKey(writer), key.readerKey())
                        : CapsuleWriter.create(
                                place,
                                CapsuleMetadata.create(
                                        key.publicKey(), key.writerKey(writer).verifyingKey(), kind),
                                key.writerKey(writer),
                                List.of(key.readerKey().publicKey()));
            }
        } catch (IOException | CapsuleException | KeyFileException e) {
            throw new RouterException.Broken("the operator's capsule " + name + " cannot be opened", e);
        }
    }
}
