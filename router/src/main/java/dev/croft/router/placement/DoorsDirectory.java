package dev.croft.router.placement;

import dev.croft.router.RouterException;
import dev.croft.router.tls.PrivateFiles;
import dev.croft.runtime.Digest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;

/** Where a host's doors are. A Unix-domain socket's path has at most 107 bytes, so a deep state directory gets its doors elsewhere. */
final class DoorsDirectory {

    // Below it come a door's own directory and its socket: 1 + 12 + 1 + 9 bytes, and some to spare.
    private static final int LONGEST = 80;

    private DoorsDirectory() {}

    /** The directory of that host's doors, made private to this user. */
    static Path of(Path parent, String hostId) {
        Path inState = parent.resolve(abbreviated(hostId));
        boolean fits = inState.toString().getBytes(StandardCharsets.UTF_8).length <= LONGEST;
        Path directory = fits
                ? inState
                : Path.of(System.getProperty("java.io.tmpdir")).resolve("croft-" + abbreviated(inState.toString()));
        try {
            PrivateFiles.directory(parent);
            boolean planted = Files.exists(directory, LinkOption.NOFOLLOW_LINKS)
                    && (!Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)
                            // Within the state nobody else can plant one; there it may be given to a host's user.
                            || !fits
                                    && !Files.getOwner(directory, LinkOption.NOFOLLOW_LINKS)
                                            .equals(Files.getOwner(parent)));
            if (planted) {
                throw new IOException(directory + " is another user's");
            }
            return PrivateFiles.directory(directory);
        } catch (IOException e) {
            throw new RouterException.Broken("there is no private directory for doors", e);
        }
    }

    private static String abbreviated(String text) {
        return Digest.of(text.getBytes(StandardCharsets.UTF_8)).hex().substring(0, 16);
    }
}
