package dev.croft.vault.api;

import java.time.Instant;

/**
 * An open door.
 *
 * @param launchId the launch it belongs to
 * @param grantId the grant it stands for
 * @param directory the private directory to mount into the sandbox: holds {@code door.sock}, {@code token} and {@code output/}
 * @param opened when it was opened
 */
public record Door(String launchId, String grantId, String directory, Instant opened) {}
