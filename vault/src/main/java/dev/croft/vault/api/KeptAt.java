package dev.croft.vault.api;

import org.jspecify.annotations.Nullable;

/**
 * Where a private cloud's capsules are to be besides its host, as its permission manager has it on disk: known without a key.
 *
 * @param version grows with each change that the permission manager takes
 * @param replicas the servers; {@code null} if there are none
 */
public record KeptAt(long version, @Nullable Replicas replicas) {}
