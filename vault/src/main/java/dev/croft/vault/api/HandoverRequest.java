package dev.croft.vault.api;

/**
 * Asks a host to close a private cloud, forget its key and seal it to another host.
 *
 * @param hostKey the other host's X25519 public key, base64url; the owner must have named it when unlocking
 * @param challenge the other host's challenge for this private cloud
 */
public record HandoverRequest(String hostKey, String challenge) {}
