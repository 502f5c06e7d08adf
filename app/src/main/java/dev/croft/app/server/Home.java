package dev.croft.app.server;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/**
 * Where one installation keeps everything on this machine.
 *
 * @param root the directory, {@code ~/.croft} unless told otherwise; made 0700
 */
public record Home(Path root) {
    public Home {
        root = root.toAbsolutePath().normalize();
    }

    /** The router's state, private clouds included. */
    public Path router() {
        return root.resolve("router");
    }

    /** The runtime's own state. */
    public Path runtime() {
        return root.resolve("runtime");
    }

    /** Bundles of the catalogue. */
    public Path services() {
        return root.resolve("services");
    }

    /** What waits warm. */
    Path warm() {
        return root.resolve("warm");
    }

    /** Made-up private clouds that services are rehearsed with. */
    Path rehearsals() {
        return root.resolve("rehearsals");
    }

    /** Owners' key files, by name. */
    public Path keys() {
        return root.resolve("keys");
    }

    /** Tokens of accounts, by name. */
    public Path tokens() {
        return root.resolve("tokens");
    }

    /** Where the server listens: its URL, written while it runs. */
    public Path address() {
        return root.resolve("server.url");
    }

    /** Makes the directories, each for its owner alone. */
    public Home create() {
        try {
            for (Path directory : new Path[] {root, router(), runtime(), services(), warm(), keys(), tokens()}) {
                if (!Files.isDirectory(directory)) {
                    Files.createDirectories(
                            directory,
                            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
                }
                if (!Files.getOwner(directory).equals(Files.getOwner(root))) {
                    throw new IOException(directory + " belongs to someone else");
                }
            }
            return this;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
