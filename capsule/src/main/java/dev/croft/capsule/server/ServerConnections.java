package dev.croft.capsule.server;

import dev.croft.capsule.crypto.VerifyingKey;
import java.net.http.HttpClient;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Connections to capsule servers that many capsules share, so that a process with hundreds of capsules open keeps one client for each server
 * and not one for each capsule. Thread-safe.
 */
public final class ServerConnections implements AutoCloseable {
    private final Map<To, HttpClient> clients = new ConcurrentHashMap<>();

    /** A server is its key: whoever else answers at the address is refused by the handshake. */
    private record To(VerifyingKey key) {}

    HttpClient to(ServerAddress address) {
        return clients.computeIfAbsent(new To(address.key()), _ -> ServerClient.connection(address));
    }

    /** Ends every connection. */
    @Override
    public void close() {
        clients.values().forEach(HttpClient::shutdownNow);
        clients.clear();
    }
}
