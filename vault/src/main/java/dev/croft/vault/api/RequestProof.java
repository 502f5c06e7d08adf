package dev.croft.vault.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.croft.capsule.crypto.SigningKey;
import dev.croft.capsule.crypto.VerifyingKey;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Proves that one request comes, unchanged, from the holder of a key: {@code Authorization: Bearer} and a compact JWS over the method, the
 * path, the body's digest and the private cloud, good for one use within {@link #LIFETIME}. In the manner of DPoP (RFC 9449), but the proof
 * is the whole authentication, so whatever relays the request can neither change nor repeat it.
 *
 * <p>Immutable. The receiver parses, finds the key the claims ask for, {@link #check checks}, and only then believes the claims.
 */
public final class RequestProof {
    /** How far a proof's time may lie from the receiver's, either way. */
    public static final Duration LIFETIME = Duration.ofSeconds(60);

    private static final SecureRandom RANDOM = new SecureRandom();

    /**
     * What a proof says.
     *
     * @param aud the private cloud's id
     * @param htm HTTP method
     * @param htu path and query as the permission manager sees them, percent-encoded
     * @param iat when it was made, in seconds since the epoch
     * @param jti random, so that no two proofs are alike
     * @param bsh base64url SHA-256 of the body (of no bytes where there is none)
     * @param grant the grant that is used; {@code null}: the owner asks
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Claims(
            String aud,
            String htm,
            String htu,
            long iat,
            String jti,
            String bsh,
            @Nullable String grant) {}

    private final Jws token;
    private final Claims claims;

    private RequestProof(Jws token, Claims claims) {
        this.token = token;
        this.claims = claims;
    }

    /** A proof for one request, made now. */
    public static String create(
            SigningKey key,
            String cloud,
            String method,
            String pathAndQuery,
            byte[] bodySha256,
            @Nullable String grant,
            Instant now) {
        byte[] jti = new byte[16];
        RANDOM.nextBytes(jti);
        var claims = new Claims(
                cloud,
                method,
                pathAndQuery,
                now.getEpochSecond(),
                Base64Url.encode(jti),
                Base64Url.encode(bodySha256),
                grant);
        return Jws.sign(Jws.Kind.PROOF, Json.write(claims), key);
    }

    /**
     * Reads a proof without believing it.
     *
     * @throws ProblemException {@link ProblemCode#UNAUTHENTICATED} if it is none
     */
    public static RequestProof parse(String token) {
        try {
            Jws jws = Jws.parse(Jws.Kind.PROOF, token);
            Claims claims = Json.read(jws.payload(), Claims.class);
            if (claims.aud() == null
                    || claims.htm() == null
                    || claims.htu() == null
                    || claims.jti() == null
                    || claims.jti().length() != 22
                    || claims.bsh() == null) {
                throw new IllegalArgumentException("a claim is missing");
            }
            return new RequestProof(jws, claims);
        } catch (IllegalArgumentException | ProblemException e) {
            throw new ProblemException(ProblemCode.UNAUTHENTICATED, "the proof is not well formed");
        }
    }

    /** What the proof says; true only after {@link #check}. */
    public Claims claims() {
        return claims;
    }

    /**
     * Checks everything but the body and whether it was seen before.
     *
     * @throws ProblemException {@link ProblemCode#UNAUTHENTICATED} or {@link ProblemCode#PROOF_STALE}
     */
    public void check(VerifyingKey key, String cloud, String method, String pathAndQuery, Instant now) {
        if (!token.isSignedBy(key)) {
            throw new ProblemException(ProblemCode.UNAUTHENTICATED, "the proof is not signed by the key it needs");
        }
        if (!claims.aud().equals(cloud)
                || !claims.htm().equals(method)
                || !claims.htu().equals(pathAndQuery)) {
            throw new ProblemException(ProblemCode.UNAUTHENTICATED, "the proof is for another request");
        }
        if (Math.abs(now.getEpochSecond() - claims.iat()) > LIFETIME.toSeconds()) {
            throw new ProblemException(ProblemCode.PROOF_STALE, "the proof was made too long before or after now");
        }
    }

    /**
     * Checks that the body is the one the proof was made for.
     *
     * @throws ProblemException {@link ProblemCode#UNAUTHENTICATED} if it is another
     */
    public void checkBody(byte[] bodySha256) {
        if (!claims.bsh().equals(Base64Url.encode(bodySha256))) {
            throw new ProblemException(ProblemCode.UNAUTHENTICATED, "the body is not the one the proof was made for");
        }
    }

    /** SHA-256, for bodies. */
    public static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
