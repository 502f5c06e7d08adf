package dev.croft.router.tls;

import java.time.Instant;

/**
 * A certificate that the installation's authority issued and that has not expired.
 *
 * @param serial hexadecimal; names it
 * @param name its common name: which part it was issued to
 * @param purpose {@code server}, {@code client}, or {@code router} for the authority of one that joined
 */
public record IssuedCertificate(String serial, String name, String purpose, Instant expires, boolean revoked) {}
