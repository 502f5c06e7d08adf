package dev.croft.vault.api;

import dev.croft.capsule.crypto.SigningKey;
import java.nio.charset.StandardCharsets;

/** The doors to this package's own decoders, for fuzzing. */
public final class TokenDecoders {
    private static final SigningKey KEY = SigningKey.ofSeed(new byte[32]);

    private TokenDecoders() {}

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    /** A request's proof, and one whose claims are these bytes, signed. */
    public static void proof(byte[] bytes) {
        if (bytes.length > 0 && bytes[0] == '{') {
            RequestProof.parse(Jws.sign(Jws.Kind.PROOF, bytes, KEY));
        } else {
            RequestProof.parse(text(bytes));
        }
    }

    /** A grant's token, and one whose grant is these bytes, signed. */
    public static void grant(byte[] bytes) {
        String token = bytes.length > 0 && bytes[0] == '{' ? Jws.sign(Jws.Kind.GRANT, bytes, KEY) : text(bytes);
        GrantToken.verify(token, KEY.verifyingKey());
    }
}
