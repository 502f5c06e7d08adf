package dev.croft.vault.api;

import dev.croft.capsule.crypto.SigningKey;
import dev.croft.capsule.crypto.VerifyingKey;
import java.nio.charset.StandardCharsets;

/**
 * Compact JWS (RFC 7515) with EdDSA (RFC 8037) and one fixed header per kind. The header of what comes in is compared, not interpreted:
 * there is no algorithm to choose, no key to fetch and nothing to parse before the signature is known to be good.
 *
 * @param signed what the signature covers: header and payload, still encoded
 * @param payload decoded
 * @param signature decoded
 */
record Jws(byte[] signed, byte[] payload, byte[] signature) {

    /** The tokens of this room, by the {@code typ} of their header. */
    enum Kind {
        PROOF("croft-proof+jwt", 4 * 1024),
        GRANT("croft-grant+jwt", 48 * 1024);

        private final String header;
        private final int mostCharacters;

        Kind(String typ, int mostCharacters) {
            this.header = Base64Url.encode(
                    ("{\"alg\":\"EdDSA\",\"typ\":\"" + typ + "\"}").getBytes(StandardCharsets.US_ASCII));
            this.mostCharacters = mostCharacters;
        }
    }

    /** A token of {@code kind} over {@code payload}. */
    static String sign(Kind kind, byte[] payload, SigningKey key) {
        String signed = kind.header + "." + Base64Url.encode(payload);
        if (signed.length() > kind.mostCharacters - 90) {
            throw new IllegalArgumentException("too large for a token");
        }
        return signed + "." + Base64Url.encode(key.sign(signed.getBytes(StandardCharsets.US_ASCII)));
    }

    /**
     * Takes {@code token} apart; nothing in it can be trusted before {@link #isSignedBy}.
     *
     * @throws IllegalArgumentException if it is not a token of {@code kind}
     */
    static Jws parse(Kind kind, String token) {
        if (token.length() > kind.mostCharacters) {
            throw new IllegalArgumentException("longer than a token may be");
        }
        int first = token.indexOf('.');
        int second = token.indexOf('.', first + 1);
        if (first < 0 || second < 0 || !token.substring(0, first).equals(kind.header)) {
            throw new IllegalArgumentException("not a token of this kind");
        }
        return new Jws(
                token.substring(0, second).getBytes(StandardCharsets.US_ASCII),
                Base64Url.decode(token.substring(first + 1, second)),
                Base64Url.decode(token.substring(second + 1)));
    }

    boolean isSignedBy(VerifyingKey key) {
        return key.verify(signed, signature);
    }
}
