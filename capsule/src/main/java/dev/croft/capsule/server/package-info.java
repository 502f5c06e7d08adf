/**
 * Capsules of many owners on one server, over HTTPS, and the writers, readers and followers that use several such servers. Servers are known by their
 * Ed25519 keys; what they send is believed only as far as it verifies.
 */
@NullMarked
package dev.croft.capsule.server;

import org.jspecify.annotations.NullMarked;
