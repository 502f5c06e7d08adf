package dev.croft.router.registry;

import dev.croft.router.Role;
import java.time.Instant;

/**
 * An account of this router.
 *
 * @param id opaque, never reused
 * @param name unique, 1 to 64 characters of {@code a-z 0-9 . _ @ -}
 */
public record Account(String id, String name, Role role, Instant created, boolean disabled) {}
