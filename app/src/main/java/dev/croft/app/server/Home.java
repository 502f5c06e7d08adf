package dev.croft.app.server;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * Where one installation keeps everything on this machine.
 *
 * @param root the directory, {@code ~/.croft} unless told otherwise; made 0700
 */
public record Home(Path root) {
    /** Room for {@code /RANDOM/door.sock} below the doors within the 107 bytes of a socket's path. */
    private static final int LONGEST_DOORS = 70;

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

    /** Where doors are opened: here if the path is short enough for a socket, else in the temporary directory. */
    public Path doors() {
        Path here = root.resolve("doors");
        if (here.toString().length() <= LONGEST_DOORS) {
            return here;
        }
        return Path.of(System.getProperty("java.io.tmpdir"), "croft-" + shortName(root.toString()));
    }

    /** Makes the directories, each for its owner alone. */
    public Home create() {
        try {
            for (Path directory : new Path[] {root, router(), runtime(), services(), keys(), tokens(), doors()}) {
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

    private static String shortName(String text) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(hash, 0, 6);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
