package dev.croft.router.registry;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A service that owners can launch. An entry never changes; a new definition is a new version.
 *
 * @param digest what grants name it by: {@link dev.croft.vault.api.ServiceDigest} of the program and the definition's command
 * @param program {@code sha256:} and 64 hexadecimal digits, of the service's files or image as the runtime computes it
 * @param definition the service definition, JSON
 * @param withdrawn since when it is not launched any more
 */
public record CatalogueEntry(
        String name,
        String version,
        String digest,
        String program,
        String definition,
        String addedBy,
        Instant added,
        @Nullable Instant withdrawn) {}
