package dev.croft.app.cli;

import dev.croft.capsule.DurableFiles;
import dev.croft.capsule.codec.Malformed;
import dev.croft.capsule.crypto.VerifyingKey;
import dev.croft.capsule.delegation.Delegation;
import dev.croft.capsule.delegation.Revocations;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;

/**
 * What an owner let others do with a capsule, and took back again, in two places of the capsule's directory: {@code delegations} has a file for each delegation,
 * named by its serial number, and {@code revocations} the newest list. Neither is secret; without them the owner could not say what to revoke.
 */
record IssuedDelegations(Path capsule) {
    private static final int MOST_LIST_BYTES = 2 << 20;

    void keep(Delegation delegation) throws IOException {
        Path folder = Files.createDirectories(capsule.resolve("delegations"));
        DurableFiles.replace(folder.resolve(HexFormat.of().formatHex(delegation.serial())), delegation.encoded());
    }

    /** All that were given to this key. */
    List<Delegation> to(VerifyingKey key) throws IOException {
        Path folder = capsule.resolve("delegations");
        List<Delegation> found = new ArrayList<>();
        if (Files.isDirectory(folder)) {
            try (Stream<Path> files = Files.list(folder)) {
                for (Path file : files.filter(
                                path -> path.getFileName().toString().matches("[0-9a-f]{32}"))
                        .toList()) {
                    found.add(CapsuleAskerOptions.delegation(file));
                }
            }
        }
        return found.stream().filter(one -> one.subject().equals(key)).toList();
    }

    /** The newest list of what was revoked. */
    Revocations revoked(Revocations none) throws IOException {
        Path file = capsule.resolve("revocations");
        if (!Files.exists(file)) {
            return none;
        }
        try {
            if (Files.size(file) > MOST_LIST_BYTES) {
                throw new Malformed("too long");
            }
            return Revocations.decode(Files.readAllBytes(file));
        } catch (Malformed e) {
            throw new CommandException(ExitStatus.INPUT, file + ": not a list of revocations: " + e.getMessage());
        }
    }

    void keep(Revocations list) throws IOException {
        DurableFiles.replace(capsule.resolve("revocations"), list.encoded());
    }
}
