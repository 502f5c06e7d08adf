package dev.croft.router.registry;

import java.time.Instant;

/**
 * A router of this registry.
 *
 * @param name as its operator called it when inviting it
 * @param installation of its state directory, made at random once: two that claim one name are told apart by it; empty: it was removed
 * @param url where other routers reach it, by mutual TLS
 * @param authority SHA-256 of the public key that its own certificates are signed by, hexadecimal
 * @param backend what runs private clouds there
 * @param weight how much it is to hold compared with others
 * @param draining whether it gets no more private clouds and gives away those that it can
 * @param epoch grows whenever the name is taken up or taken away
 * @param leaseUntil until then, by the database's clock, nobody else may run its private clouds
 */
public record Member(
        String name,
        String installation,
        String url,
        String authority,
        String backend,
        int weight,
        boolean draining,
        long epoch,
        Instant leaseUntil) {

    /** The name of a router that nobody invited. */
    public static final String FIRST = "main";

    /** Whether an operator took it out. */
    public boolean isRemoved() {
        return installation.isEmpty();
    }
}
