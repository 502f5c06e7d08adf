package dev.croft.vault.api;

/**
 * Asks for a door for one launch of a service.
 *
 * @param grantId the grant the service will use
 * @param service the service's name in the catalogue: several may be made of the same files
 * @param serviceDigest digest of what will be launched, as the runtime checked it
 * @param launchId names the launch; one door per launch
 */
public record DoorRequest(String grantId, String service, String serviceDigest, String launchId) {}
