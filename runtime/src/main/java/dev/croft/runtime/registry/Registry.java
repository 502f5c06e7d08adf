package dev.croft.runtime.registry;

import dev.croft.runtime.Digest;
import dev.croft.runtime.image.ImageArchive;
import dev.croft.runtime.image.ImageBlobs;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * Sends images to registries and fetches them, byte for byte, over TLS alone: also a registry on this machine has a certificate, so that
 * there is no way to ask that shows a password to the network. Immutable; safe for several threads.
 *
 * @param credentials user and password, if the registry wants them
 * @param tokenHosts hosts beside the registry's own that may get them, for registries whose tokens come from elsewhere
 * @param tls whom to trust; {@code null}: the authorities that the JDK knows
 * @param patience after which who says nothing is given up
 */
public record Registry(
        Optional<Credentials> credentials,
        Set<String> tokenHosts,
        @Nullable SSLContext tls,
        Duration patience) {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    public Registry {
        tokenHosts = Set.copyOf(tokenHosts);
    }

    public Registry(Optional<Credentials> credentials, Set<String> tokenHosts, @Nullable SSLContext tls) {
        this(credentials, tokenHosts, tls, PATIENCE);
    }

    /**
     * What was sent.
     *
     * @param image what is there now
     * @param sent the blobs that were not there before
     * @param bytes how many bytes these have
     * @param named whether manifest or tag were not there before
     */
    public record Pushed(ImageArchive image, List<Digest> sent, long bytes, boolean named) {
        public Pushed {
            sent = List.copyOf(sent);
        }
    }

    /** Is told how far it is; from threads of any kind. */
    public interface Watcher {
        /** So many bytes are to be there in the end. Told once, first. */
        void total(long bytes);

        /** So many more are there, also without having been sent now; fewer than none where some have to be sent again. */
        void moved(long bytes);
    }

    /**
     * Sends an image, the manifest last: who fetches finds the whole of it or nothing. Blobs that are there are not sent again.
     *
     * @param image what {@link ImageArchive#read(Path)} found in the archive
     * @param name where to; without a tag it can be had by its digest alone
     * @param replace whether the tag may stand for another image so far
     * @throws RegistryException as it says
     */
    public Pushed push(ImageArchive image, Path archive, RegistryName name, boolean replace, Watcher watcher)
            throws IOException, InterruptedException {
        try (RegistryConnection connection = connection(name, "pull,push")) {
            return new Push(connection, name, image, ImageBlobs.of(archive), watcher).run(replace);
        }
    }

    /**
     * Fetches the image of this digest. What was fetched stays beside the archive, in a folder of its name and {@code .part}, until it is
     * whole, and is not fetched again.
     *
     * @param name with the digest of a manifest
     * @param reference what {@code docker load} names it
     * @param archive is replaced once the image is there and right
     */
    public ImageArchive fetch(RegistryName name, String reference, Path archive, Watcher watcher)
            throws IOException, InterruptedException {
        try (RegistryConnection connection = connection(name, "pull")) {
            return new Fetch(connection, name, watcher).run(reference, archive);
        }
    }

    private RegistryConnection connection(RegistryName name, String access) {
        return new RegistryConnection(name, access, credentials, tokenHosts, tls, patience);
    }
}
