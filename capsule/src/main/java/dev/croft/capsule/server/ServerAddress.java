package dev.croft.capsule.server;

import dev.croft.capsule.crypto.VerifyingKey;
import java.util.HexFormat;

/**
 * A server, and where it was last found. Only the key counts for trust; a wrong address leads nowhere.
 *
 * @param key the server's Ed25519 key
 * @param host name or address
 * @param port of its HTTPS
 */
public record ServerAddress(VerifyingKey key, String host, int port) {
    /**
     * Parses {@code KEY@HOST:PORT}, the key in hex.
     *
     * @throws IllegalArgumentException when it is not that
     */
    public static ServerAddress parse(String text) {
        int at = text.indexOf('@');
        int colon = text.lastIndexOf(':');
        if (at != 2 * VerifyingKey.LENGTH || colon < at + 2) {
            throw new IllegalArgumentException("a server is written KEY@HOST:PORT, its key as 64 hex digits");
        }
        int port = Integer.parseInt(text.substring(colon + 1));
        if (port < 1 || port > 65_535) {
            throw new IllegalArgumentException("a port lies between 1 and 65535");
        }
        return new ServerAddress(
                VerifyingKey.of(HexFormat.of().parseHex(text.substring(0, at))), text.substring(at + 1, colon), port);
    }

    @Override
    public String toString() {
        return key + "@" + host + ":" + port;
    }
}
