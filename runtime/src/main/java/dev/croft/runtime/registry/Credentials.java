package dev.croft.runtime.registry;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A user and a password for one registry, from a file that only its owner may read: a line {@code USER:PASSWORD}, or Docker's own {@code
 * config.json} as {@code docker login} writes it.
 */
public final class Credentials {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int LONGEST = 1 << 20;
    private static final Set<PosixFilePermission> OWNERS = PosixFilePermissions.fromString("rwx------");

    private final String user;
    private final String password;

    private Credentials(String user, String password) {
        this.user = user;
        this.password = password;
    }

    /**
     * What a file has for this registry.
     *
     * @return empty if it is a {@code config.json} that has nothing for it
     * @throws RegistryException.BadCredentials if others may read the file, or it is neither
     */
    public static Optional<Credentials> read(Path file, String registry) throws IOException {
        if (Files.size(file) > LONGEST) {
            throw bad(file, "is too long");
        }
        String text = Files.readString(file, StandardCharsets.ISO_8859_1);
        Optional<Credentials> found = text.stripLeading().startsWith("{")
                ? ofConfig(file, text.getBytes(StandardCharsets.ISO_8859_1), registry)
                : Optional.of(pair(
                        file, new String(text.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8).strip()));
        if (found.isPresent() && !OWNERS.containsAll(Files.getPosixFilePermissions(file))) {
            throw bad(file, "may be read by others: chmod 600 is wanted");
        }
        return found;
    }

    private static Optional<Credentials> ofConfig(Path file, byte[] bytes, String registry) {
        JsonNode config;
        try {
            config = JSON.readTree(bytes);
        } catch (IOException e) {
            // The parser's own words would show what is in the file.
            throw bad(file, "is no JSON");
        }
        if (config.path("credHelpers").has(registry)) {
            throw bad(file, "leaves " + registry + " to a credential helper, which is not asked: use a file");
        }
        for (Map.Entry<String, JsonNode> one : config.path("auths").properties()) {
            if (!one.getKey()
                    .replaceFirst("^https://", "")
                    .replaceFirst("/(v[12]/?)?$", "")
                    .equals(registry)) {
                continue;
            }
            String encoded = one.getValue().path("auth").asText();
            if (encoded.isEmpty()) {
                throw bad(file, "keeps no password for " + registry + " itself: use a file");
            }
            try {
                return Optional.of(pair(file, new String(Base64.getDecoder().decode(encoded), StandardCharsets.UTF_8)));
            } catch (IllegalArgumentException e) {
                throw bad(file, "has no Base64 for " + registry);
            }
        }
        return Optional.empty();
    }

    private static Credentials pair(Path file, String text) {
        int colon = text.indexOf(':');
        if (colon < 1 || text.length() > 8192 || text.chars().anyMatch(Character::isISOControl)) {
            throw bad(file, "is neither one line USER:PASSWORD nor Docker's config.json");
        }
        return new Credentials(text.substring(0, colon), text.substring(colon + 1));
    }

    private static RegistryException.BadCredentials bad(Path file, String why) {
        return new RegistryException.BadCredentials(file + " " + why);
    }

    /** The header's value (RFC 7617). */
    String basic() {
        return "Basic " + Base64.getEncoder().encodeToString((user + ":" + password).getBytes(StandardCharsets.UTF_8));
    }

    /** The user alone. */
    @Override
    public String toString() {
        return user;
    }
}
