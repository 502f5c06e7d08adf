package dev.croft.runtime.registry;

import dev.croft.runtime.Digest;
import dev.croft.runtime.WorkloadException;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where an image is: {@code HOST[:PORT]/REPOSITORY[:TAG][@DIGEST]}, as Docker and Kubernetes write it (OCI distribution-spec, "Pulling
 * manifests"). The registry is always named: there is no default one.
 *
 * @param registry host, and port if it is not 443
 * @param repository a path within it
 * @param tag a name that may stand for another image tomorrow
 * @param digest of the manifest
 */
public record RegistryName(String registry, String repository, Optional<String> tag, Optional<Digest> digest) {
    private static final int LONGEST = 700;
    private static final Pattern WHOLE =
            Pattern.compile("(?<registry>[^/@]+)/(?<repository>[^:@]+)(:(?<tag>[^:@]+))?(@(?<digest>.+))?");
    private static final Pattern REGISTRY = Pattern.compile(
            "([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*|\\[[0-9a-f:]{2,45}])(:(?<port>[0-9]{1,5}))?");
    private static final Pattern REPOSITORY =
            Pattern.compile("[a-z0-9]+((\\.|_|__|-+)[a-z0-9]+)*(/[a-z0-9]+((\\.|_|__|-+)[a-z0-9]+)*)*");
    private static final Pattern TAG = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9._-]{0,127}");

    /** {@link WorkloadException.InvalidSpec} if a part is none. */
    public RegistryName {
        Matcher host = REGISTRY.matcher(registry);
        must(registry.length() <= 260 && host.matches() && isHost(registry), "no registry's address");
        must(
                registry.equals("localhost") || registry.contains(".") || registry.contains(":"),
                "the registry's address is missing: HOST[:PORT]/REPOSITORY");
        String port = host.group("port");
        must(port == null || Integer.parseInt(port) >= 1 && Integer.parseInt(port) <= 65535, "no port");
        must(repository.length() <= 255 && REPOSITORY.matcher(repository).matches(), "no repository's name");
        must(tag.isEmpty() || TAG.matcher(tag.get()).matches(), "no tag");
    }

    /** Reads one; {@link WorkloadException.InvalidSpec} if it is none. */
    public static RegistryName parse(String text) {
        must(text.length() <= LONGEST, "too long for an image in a registry");
        Matcher whole = WHOLE.matcher(text);
        must(whole.matches(), "no image in a registry: HOST[:PORT]/REPOSITORY[:TAG][@sha256:DIGEST]");
        return new RegistryName(
                whole.group("registry").toLowerCase(Locale.ROOT),
                whole.group("repository"),
                Optional.ofNullable(whole.group("tag")),
                Optional.ofNullable(whole.group("digest")).map(Digest::parse));
    }

    /** This one with another path behind. */
    public RegistryName within(String name) {
        return new RegistryName(registry, repository + "/" + name, tag, digest);
    }

    /** This one by the digest of a manifest alone. */
    public RegistryName at(Digest manifest) {
        return new RegistryName(registry, repository, Optional.empty(), Optional.of(manifest));
    }

    /** A resource of the repository, such as {@code blobs/sha256:…}. */
    URI uri(String path) {
        return URI.create("https://" + registry + "/v2/" + repository + "/" + path);
    }

    /** Numbers and addresses are hosts only where an address can have them. */
    private static boolean isHost(String registry) {
        try {
            return new URI("https://" + registry + "/").getHost() != null;
        } catch (URISyntaxException e) {
            return false;
        }
    }

    private static void must(boolean so, String otherwise) {
        if (!so) {
            throw new WorkloadException.InvalidSpec(otherwise);
        }
    }

    @Override
    public String toString() {
        return registry + "/" + repository + tag.map(t -> ":" + t).orElse("")
                + digest.map(d -> "@" + d).orElse("");
    }
}
