package dev.croft.vault.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.croft.capsule.crypto.SigningKey;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

class RequestProofTest {
    private static final Instant NOW = Instant.parse("2026-11-21T08:00:00Z");
    private static final String CLOUD = "0123456789abcdef0123456789abcdef";
    private static final String PATH = "/clouds/" + CLOUD + "/audit?from=0&limit=5";
    private static final byte[] NO_BODY = RequestProof.sha256().digest();

    private final SigningKey key = SigningKey.generate();

    private String proof() {
        return RequestProof.create(key, CLOUD, "GET", PATH, NO_BODY, null, NOW);
    }

    @Test
    void aProofHoldsForTheRequestItWasMadeFor() {
        RequestProof proof = RequestProof.parse(proof());
        proof.check(key.verifyingKey(), CLOUD, "GET", PATH, NOW.plusSeconds(59));
        proof.checkBody(NO_BODY);
        assertThat(proof.claims().grant()).isNull();
    }

    @Test
    void aProofHoldsForNoOtherMethodPathCloudKeyBodyOrTime() {
        RequestProof proof = RequestProof.parse(proof());
        var other = SigningKey.generate().verifyingKey();
        refuses(ProblemCode.UNAUTHENTICATED, () -> proof.check(other, CLOUD, "GET", PATH, NOW));
        refuses(ProblemCode.UNAUTHENTICATED, () -> proof.check(key.verifyingKey(), CLOUD, "POST", PATH, NOW));
        refuses(ProblemCode.UNAUTHENTICATED, () -> proof.check(key.verifyingKey(), CLOUD, "GET", PATH + "0", NOW));
        refuses(
                ProblemCode.UNAUTHENTICATED,
                () -> proof.check(key.verifyingKey(), CLOUD.replace('0', '1'), "GET", PATH, NOW));
        refuses(
                ProblemCode.PROOF_STALE,
                () -> proof.check(key.verifyingKey(), CLOUD, "GET", PATH, NOW.plusSeconds(61)));
        refuses(
                ProblemCode.PROOF_STALE,
                () -> proof.check(key.verifyingKey(), CLOUD, "GET", PATH, NOW.minusSeconds(61)));
        refuses(ProblemCode.UNAUTHENTICATED, () -> proof.checkBody(new byte[32]));
    }

    @Test
    void anyChangedCharacterIsNoticed() {
        String proof = proof();
        var random = RandomGenerator.of("L64X128MixRandom");
        for (int i = 0; i < proof.length(); i++) {
            char other = (char) ('A' + random.nextInt(26));
            if (other == proof.charAt(i)) {
                continue;
            }
            String changed = proof.substring(0, i) + other + proof.substring(i + 1);
            refuses(
                    ProblemCode.UNAUTHENTICATED,
                    () -> RequestProof.parse(changed).check(key.verifyingKey(), CLOUD, "GET", PATH, NOW));
        }
    }

    @Test
    void noOtherHeaderIsTaken() {
        String none = Base64Url.encode("{\"alg\":\"none\"}".getBytes(StandardCharsets.US_ASCII));
        String payload = proof().split("\\.")[1];
        refuses(ProblemCode.UNAUTHENTICATED, () -> RequestProof.parse(none + "." + payload + "."));
        refuses(ProblemCode.UNAUTHENTICATED, () -> RequestProof.parse("a.b.c.d"));
        refuses(ProblemCode.UNAUTHENTICATED, () -> RequestProof.parse("x".repeat(1_000_000)));
    }

    private static void refuses(ProblemCode code, Runnable action) {
        assertThatThrownBy(action::run)
                .isInstanceOfSatisfying(
                        ProblemException.class, e -> assertThat(e.code()).isEqualTo(code));
    }
}
