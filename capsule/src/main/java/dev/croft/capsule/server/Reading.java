package dev.croft.capsule.server;

import dev.croft.capsule.crypto.SigningKey;
import dev.croft.capsule.delegation.Delegation;
import org.jspecify.annotations.Nullable;

/**
 * By what right someone reads a capsule from its servers. It opens no body: that takes a reader's X25519 key.
 *
 * @param key whose requests they are
 * @param delegation the owner's word that this key may read, serve or carry requests; none for the owner's and the writer's own key
 */
public record Reading(SigningKey key, @Nullable Delegation delegation) {}
