package dev.croft.vault.api;

/**
 * Asks to store a grant.
 *
 * @param token what {@link GrantToken#sign} made
 */
public record StoreGrant(String token) {}
