package dev.croft.vault.api;

import dev.croft.capsule.crypto.SigningKey;
import dev.croft.capsule.crypto.VerifyingKey;

/** A {@link Grant} as its owner signed it: a compact JWS whose payload is the grant. */
public final class GrantToken {
    private GrantToken() {}

    /** The grant signed by its owner. */
    public static String sign(Grant grant, SigningKey owner) {
        return Jws.sign(Jws.Kind.GRANT, Json.write(grant), owner);
    }

    /**
     * The grant that {@code token} carries, if {@code owner} signed it.
     *
     * @throws ProblemException {@link ProblemCode#INVALID_GRANT} if not, or if it carries none
     */
    public static Grant verify(String token, VerifyingKey owner) {
        Jws jws;
        try {
            jws = Jws.parse(Jws.Kind.GRANT, token);
        } catch (IllegalArgumentException e) {
            throw new ProblemException(ProblemCode.INVALID_GRANT, "the grant is not a token: " + e.getMessage());
        }
        if (!jws.isSignedBy(owner)) {
            throw new ProblemException(ProblemCode.INVALID_GRANT, "the grant is not signed by the owner");
        }
        try {
            return Json.read(jws.payload(), Grant.class);
        } catch (ProblemException e) {
            throw new ProblemException(ProblemCode.INVALID_GRANT, "the token carries no grant: " + e.detail());
        }
    }
}
