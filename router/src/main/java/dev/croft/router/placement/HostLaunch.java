package dev.croft.router.placement;

import java.nio.file.Path;
import java.util.Optional;

/**
 * What a PM host process is told when it starts. It listens on loopback with mutual TLS, and then writes its port, a decimal number,
 * to {@link #portFile}: whole or not at all (write beside it, then rename).
 *
 * @param id the host: {@code shared}, or {@code own-} and a private cloud's id
 * @param cloudsDirectory holds one directory for each private cloud, named by its id
 * @param stateDirectory this host's own, kept from one start to the next: its keys
 * @param tlsDirectory {@code certificate.pem}, {@code key.pem}, {@code ca.pem}; replaced in place when renewed
 * @param doorsDirectory where it opens doors; private, with a path short enough for sockets in directories below it
 * @param runDirectory for what belongs to one run: the port
 * @param onlyCloud the one private cloud that it hosts; empty for the host that many share
 */
public record HostLaunch(
        String id,
        Path cloudsDirectory,
        Path stateDirectory,
        Path tlsDirectory,
        Path doorsDirectory,
        Path runDirectory,
        Optional<String> onlyCloud) {

    /** The shared host's id. */
    public static final String SHARED = "shared";

    /** Where the host writes its port; absent before. */
    public Path portFile() {
        return runDirectory.resolve("port");
    }

    /** The id of a private cloud's own host. */
    public static String own(String cloudId) {
        return "own-" + cloudId;
    }
}
