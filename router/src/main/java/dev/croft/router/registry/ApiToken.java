package dev.croft.router.registry;

import dev.croft.router.Scope;
import java.time.Instant;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What is known of an API token. The token itself is shown once, when issued, and only its SHA-256 is kept. */
public record ApiToken(
        String id,
        String accountId,
        String label,
        Set<Scope> scopes,
        Instant created,
        Instant expires,
        @Nullable Instant revoked) {}
