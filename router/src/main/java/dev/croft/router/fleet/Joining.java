package dev.croft.router.fleet;

import java.nio.charset.StandardCharsets;
import java.util.List;

/** What is said when a router joins. */
public final class Joining {

    /** Binds what is sealed to its purpose; the associated data are the router's name. */
    static final byte[] PURPOSE = "croft/router/join/v1".getBytes(StandardCharsets.US_ASCII);

    private Joining() {}

    /**
     * What a router that joins asks.
     *
     * @param secret of its invitation
     * @param installation of its state directory
     * @param request for its authority's certificate: PKCS #10, base64url
     * @param reader X25519 key that secrets are sealed to, base64url
     */
    public record Request(String name, String secret, String installation, String request, String reader) {
        @Override
        public String toString() {
            return "Request[" + name + "]";
        }
    }

    /**
     * The authority of a router that joined, signed anew.
     *
     * @param chain PEM, the root last
     */
    public record Signed(String chain) {}

    /**
     * What it gets.
     *
     * @param weight how much it is to hold compared with others
     * @param chain of its authority, PEM, the root last
     * @param trust what clients trust, PEM
     * @param sealed the coordinator's key, base64url
     * @param publishers keys of those whose services run, hexadecimal
     */
    public record Answer(int weight, String chain, String trust, String sealed, List<String> publishers) {}
}
