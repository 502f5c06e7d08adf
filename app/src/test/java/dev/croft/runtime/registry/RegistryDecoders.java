package dev.croft.runtime.registry;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

/** The doors to what reads answers of registries, for fuzzing. */
public final class RegistryDecoders {
    private RegistryDecoders() {}

    /** A challenge, and the realm that it names. */
    public static void challenge(byte[] bytes) {
        for (Challenge challenge : Challenge.parse(new String(bytes, ISO_8859_1))) {
            if (challenge.scheme().equals("bearer")) {
                challenge.realm();
            }
        }
    }

    /** What a realm answers. */
    public static void token(byte[] bytes) {
        Challenge.token(bytes);
    }

    /** A manifest. */
    public static void manifest(byte[] bytes) {
        ImageManifest.parse(bytes).blobs();
    }

    /** The name of an image in a registry; it is written as it was read, but for the registry's case. */
    public static void name(byte[] bytes) {
        RegistryName name = RegistryName.parse(new String(bytes, UTF_8));
        if (name.uri("manifests/latest").getHost() == null
                || !RegistryName.parse(name.toString()).equals(name)) {
            throw new IllegalStateException("two names of one image");
        }
    }
}
