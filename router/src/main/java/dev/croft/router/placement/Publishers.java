package dev.croft.router.placement;

import dev.croft.capsule.crypto.SigningKey;
import dev.croft.capsule.crypto.VerifyingKey;
import dev.croft.router.RouterException;
import dev.croft.router.query.CoordinatorKey;
import dev.croft.router.tls.PrivateFiles;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;

/**
 * Whose services run here. The operator trusts a publisher by putting its public key, 64 hexadecimal digits, into a file
 * {@code publishers/NAME.pub} of the state directory; it counts from then on, without a restart. Once there is one, what is not signed by
 * one of them, or by this installation's own key, is refused; before, only what is signed wrongly. Thread-safe.
 */
public final class Publishers {

    private static final int MOST = 1000;

    private final Path directory;
    private final SigningKey own;

    /** Opens them; the installation's own key is made on first start. */
    public Publishers(Path stateDirectory) {
        this.directory = stateDirectory.resolve("publishers");
        this.own = own(stateDirectory);
        try {
            PrivateFiles.directory(directory);
        } catch (IOException e) {
            throw new RouterException.Broken("the publishers' keys cannot be read", e);
        }
    }

    /** The key by which an installation signs what it publishes itself. */
    public static SigningKey own(Path stateDirectory) {
        return CoordinatorKey.open(stateDirectory.resolve("publisher"));
    }

    /** @throws RouterException.Forbidden when an entry may not be published or launched */
    void check(String name, String version, String program, ServiceDefinition definition) {
        Set<VerifyingKey> trusted = trusted();
        if (definition.statement() == null && trusted.isEmpty()) {
            return;
        }
        VerifyingKey signer = definition.signer(name, version, program);
        definition.entry(version);
        if (!trusted.isEmpty() && !trusted.contains(signer) && !signer.equals(own.verifyingKey())) {
            throw new RouterException.Forbidden("the service is signed by no publisher that is trusted here");
        }
    }

    /** The keys of all who are trusted and this installation's own, hexadecimal, for a router that joins. */
    public List<String> all() {
        Set<VerifyingKey> keys = trusted();
        keys.add(own.verifyingKey());
        return keys.stream()
                .map(key -> HexFormat.of().formatHex(key.encoded()))
                .sorted()
                .toList();
    }

    private Set<VerifyingKey> trusted() {
        Set<VerifyingKey> keys = new HashSet<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "*.pub")) {
            for (Path file : files) {
                if (keys.size() == MOST || Files.size(file) > 1024) {
                    throw new RouterException.Broken("too many or too long publishers' keys", null);
                }
                keys.add(VerifyingKey.of(
                        HexFormat.of().parseHex(Files.readString(file).strip())));
            }
        } catch (IOException | IllegalArgumentException e) {
            throw new RouterException.Broken("a publisher's key cannot be read", e);
        }
        return keys;
    }
}
