package dev.croft.router.fleet;

import dev.croft.router.Json;
import dev.croft.router.RouterException;
import dev.croft.router.registry.Member;
import dev.croft.router.tls.PrivateFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;

/**
 * Which router a state directory is of, kept in it.
 *
 * @param name {@code main}, or what its invitation said
 * @param installation made at random once
 * @param weight how much it is to hold compared with others
 */
public record RouterIdentity(String name, String installation, int weight) {

    private static final String FILE = "router.json";

    /** Of the first router, that nobody invited. */
    public static RouterIdentity first() {
        return new RouterIdentity(Member.FIRST, UUID.randomUUID().toString(), 1);
    }

    /** Whether a router has its state in this directory. */
    public static boolean isKeptIn(Path stateDirectory) {
        return Files.exists(stateDirectory.resolve(FILE));
    }

    /** The one kept in this directory; that of a first router if there is none. */
    public static RouterIdentity open(Path stateDirectory) {
        try {
            Path file = stateDirectory.resolve(FILE);
            if (!Files.exists(file)) {
                RouterIdentity made = first();
                made.keep(stateDirectory);
                return made;
            }
            return Json.read(Files.readAllBytes(file), RouterIdentity.class);
        } catch (IOException | RouterException.Invalid e) {
            throw new RouterException.Broken("the router's name cannot be read", e);
        }
    }

    /** Keeps it in this directory. */
    public void keep(Path stateDirectory) throws IOException {
        PrivateFiles.directory(stateDirectory);
        PrivateFiles.write(stateDirectory.resolve(FILE), Json.write(this));
    }
}
