package dev.croft.vault.http;

import dev.croft.vault.api.ProblemCode;
import dev.croft.vault.api.ProblemException;
import dev.croft.vault.api.RequestProof;
import java.time.Instant;
import java.util.HashSet;
import java.util.Set;

/**
 * Remembers the proofs of one private cloud for as long as they would pass, so that each is used once. Call only with proofs whose
 * signature is good: others must not take up room. Proofs older than the memory itself are refused, so that a restart forgets nothing that
 * still counts. Thread-safe.
 */
public final class SeenProofs {
    private static final int MOST = 50_000;
    private static final long KEPT_SECONDS = 2 * RequestProof.LIFETIME.toSeconds();

    private final long beganAt;
    private Set<String> young = new HashSet<>();
    private Set<String> old = Set.of();
    private long turned;

    /** Remembers from {@code now} on. */
    public SeenProofs(Instant now) {
        this.beganAt = now.getEpochSecond();
        this.turned = beganAt;
    }

    /**
     * Uses a proof up.
     *
     * @throws ProblemException {@link ProblemCode#PROOF_REPLAYED}, or {@link ProblemCode#PROOF_STALE} if it could have been used before this
     *     memory began
     */
    public synchronized void use(RequestProof.Claims proof, Instant now) {
        if (proof.iat() < beganAt) {
            throw new ProblemException(ProblemCode.PROOF_STALE, "the proof is older than the host; make another");
        }
        if (now.getEpochSecond() - turned >= KEPT_SECONDS) {
            old = now.getEpochSecond() - turned >= 2 * KEPT_SECONDS ? Set.of() : young;
            young = new HashSet<>();
            turned = now.getEpochSecond();
        }
        if (old.contains(proof.jti()) || young.contains(proof.jti())) {
            throw new ProblemException(ProblemCode.PROOF_REPLAYED, "the proof was used before");
        }
        if (young.size() >= MOST) {
            throw new ProblemException(ProblemCode.OVERLOADED, "too many requests within two minutes");
        }
        young.add(proof.jti());
    }
}
