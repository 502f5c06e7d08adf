package dev.croft.vault.api;

/**
 * A host of private clouds.
 *
 * @param hostKey X25519 public key that owners' keys are sealed to, base64url
 * @param challenge goes into the seal of a key that creates a private cloud here
 * @param clouds how many are hosted
 * @param awake how many of them are open
 * @param asleep how many are hibernated with their key in memory
 * @param locked how many wait for their owner's key
 * @param uptimeSeconds since the host began
 */
public record HostStatus(
        String hostKey, String challenge, int clouds, int awake, int asleep, int locked, long uptimeSeconds) {}
