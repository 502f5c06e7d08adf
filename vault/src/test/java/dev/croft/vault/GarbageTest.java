package dev.croft.vault;

import static org.assertj.core.api.Assertions.assertThat;

import dev.croft.capsule.crypto.SigningKey;
import dev.croft.vault.api.Json;
import dev.croft.vault.api.OwnerKey;
import dev.croft.vault.api.PmRoute;
import dev.croft.vault.api.Problem;
import dev.croft.vault.api.ProblemCode;
import dev.croft.vault.api.RequestProof;
import dev.croft.vault.api.Signer;
import dev.croft.vault.http.Request;
import dev.croft.vault.http.Response;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Whatever comes in, what goes out is an answer or a problem of the closed set, and never a failure of the host. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class GarbageTest {
    private final OwnerKey key = OwnerKey.generate();
    private final SigningKey holder = SigningKey.generate();
    private TestHost host;

    @BeforeAll
    void start(@TempDir Path directory) throws IOException {
        host = new TestHost(directory);
        host.owner(key);
        host.holder(
                key,
                Samples.grant(
                        "garbage-grant",
                        key.cloudId(),
                        Samples.holder(holder),
                        "find",
                        "count",
                        "distinct",
                        "insert",
                        "upsert",
                        "update",
                        "replace",
                        "delete",
                        "upload",
                        "query:entries"),
                holder);
    }

    @AfterAll
    void stop() {
        host.close();
    }

    private static List<byte[]> bodies(long seed) {
        var random = new SplittableRandom(seed);
        var bodies = new ArrayList<byte[]>();
        for (String text : List.of(
                "",
                "null",
                "[]",
                "{}",
                "0",
                "\"x\"",
                "{\"filter\":null}",
                "{\"filter\":[]}",
                "{\"filter\":{\"$where\":\"1\"}}",
                "{\"filter\":{\"a\":{\"$regex\":\"(a+)+$\"}}}",
                "{\"documents\":[null]}",
                "{\"documents\":{}}",
                "{\"documents\":[{\"_id\":{\"$in\":[]}}]}",
                "{\"computation\":\"entries\",\"params\":{},\"epsilon\":-1}",
                "{\"computation\":\"entries\",\"params\":{},\"epsilon\":1e400,\"expires\":\"soon\"}",
                "{\"token\":\"a.b.c\"}",
                "{\"sealed\":\"AAAA\",\"moveTo\":[\"../..\"]}",
                "{\"filter\":{\"a\":{\"$in\":" + "[".repeat(40) + "]".repeat(40) + "}}}",
                "{\"hostKey\":\"\",\"challenge\":\"\"}",
                "{\"time\":{\"from\":5,\"to\":1}}",
                "{\"grantId\":\"../x\",\"program\":\"\",\"command\":[],\"launchId\":\"/etc\"}")) {
            bodies.add(text.getBytes(StandardCharsets.UTF_8));
        }
        bodies.add("{\"a\":".repeat(200_000).getBytes(StandardCharsets.UTF_8));
        bodies.add("[".repeat(500_000).getBytes(StandardCharsets.UTF_8));
        for (int i = 0; i < 10; i++) {
            byte[] noise = new byte[random.nextInt(2000)];
            random.nextBytes(noise);
            bodies.add(noise);
        }
        return bodies;
    }

    @ParameterizedTest
    @EnumSource(
            value = PmRoute.class,
            mode = EnumSource.Mode.EXCLUDE,
            names = {"CLOUD_DELETE", "CLOUD_LOCK"})
    void everyRouteAnswersGarbageWithAProblem(PmRoute route) {
        long seed = System.nanoTime();
        for (byte[] body : bodies(seed)) {
            for (Signer signer : List.of(Signer.owner(key), Signer.holder(key.cloudId(), "garbage-grant", holder))) {
                String path = path(route);
                String proof =
                        signer.proof(route.method(), path, RequestProof.sha256().digest(body));
                Response response = host.host.handle(
                        new Request(route.method(), path, proof, body.length, new ByteArrayInputStream(body)));
                assertKnown(response, "seed " + seed + ", " + route + ", body " + body.length);
                // Where a computation or the host fails it says so; garbage must not come that far.
                assertThat(response.status()).as("seed " + seed + ", " + route).isNotEqualTo(500);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(PmRoute.class)
    void everyRouteAnswersProofsThatAreNone(PmRoute route) {
        String path = path(route);
        byte[] none = new byte[0];
        var random = new SplittableRandom(7);
        List<String> proofs = new ArrayList<>(List.of("", "x", "a.b.c", "....", "\u0000", "é".repeat(3000)));
        String good = Signer.owner(key)
                .proof(route.method(), path + "?x=1", RequestProof.sha256().digest(none));
        proofs.add(good);
        proofs.add(good.substring(0, good.length() - 4));
        proofs.add(RequestProof.create(
                key.signingKey(),
                key.cloudId(),
                route.method(),
                path,
                RequestProof.sha256().digest(none),
                null,
                Instant.now().minusSeconds(3600)));
        for (int i = 0; i < 5; i++) {
            byte[] noise = new byte[200];
            random.nextBytes(noise);
            proofs.add(new String(noise, StandardCharsets.ISO_8859_1));
        }
        for (String proof : proofs) {
            Response response =
                    host.host.handle(new Request(route.method(), path, proof, 0, new ByteArrayInputStream(none)));
            assertKnown(response, route.toString());
            if (route.access() != PmRoute.Access.HOST) {
                assertThat(response.status()).isEqualTo(401);
            }
        }
    }

    @Test
    void pathsThatLeadNowhereAreUnknown() {
        for (String path : List.of(
                "/",
                "//",
                "/clouds/",
                "/clouds/..",
                "/clouds/%2e%2e",
                "/clouds/../../etc/passwd",
                "/clouds/%2Fetc%2Fpasswd",
                "/clouds/" + key.cloudId() + "/../" + key.cloudId(),
                "/clouds/" + key.cloudId() + "/collections/..%2f/find",
                "/clouds/" + key.cloudId() + "/collections/%00/find",
                "/clouds/%zz",
                "/status/",
                "/x".repeat(5000),
                "/status?%")) {
            Response response =
                    host.host.handle(new Request("GET", path, null, 0, new ByteArrayInputStream(new byte[0])));
            assertThat(response.status()).as(path).isIn(400, 404, 405, 200);
            assertKnown(response, path);
        }
    }

    @Test
    void aReplayedProofIsRefused() {
        String path = PmRoute.BUDGET_STATUS.path(key.cloudId());
        byte[] none = new byte[0];
        String proof =
                Signer.owner(key).proof("GET", path, RequestProof.sha256().digest(none));
        assertThat(host.host
                        .handle(new Request("GET", path, proof, 0, new ByteArrayInputStream(none)))
                        .status())
                .isEqualTo(200);
        Response again = host.host.handle(new Request("GET", path, proof, 0, new ByteArrayInputStream(none)));
        assertThat(code(again)).isEqualTo(ProblemCode.PROOF_REPLAYED);
    }

    @Test
    void aBodyTheProofWasNotMadeForIsRefusedBeforeItIsActedOn() {
        String path = PmRoute.INSERT.path(key.cloudId(), "swapped");
        String proof =
                Signer.owner(key).proof("POST", path, RequestProof.sha256().digest(new byte[0]));
        byte[] body = "{\"documents\":[{\"a\":1}]}".getBytes(StandardCharsets.UTF_8);
        assertThat(code(host.host.handle(new Request("POST", path, proof, -1, new ByteArrayInputStream(body)))))
                .isEqualTo(ProblemCode.UNAUTHENTICATED);
        String upload = PmRoute.UPLOAD.path(key.cloudId()) + "?format=lines";
        String uploadProof =
                Signer.owner(key).proof("POST", upload, RequestProof.sha256().digest(new byte[0]));
        assertThat(code(host.host.handle(
                        new Request("POST", upload, uploadProof, -1, new ByteArrayInputStream(Samples.lines(0, 5))))))
                .isEqualTo(ProblemCode.UNAUTHENTICATED);
        assertThat(host.client.as(Signer.owner(key)).count("swapped", Samples.json("{}")))
                .isZero();
    }

    @Test
    void bodiesWithoutEndAreCutOffWhereTheirBoundIs() {
        for (PmRoute route : List.of(PmRoute.INSERT, PmRoute.UPLOAD, PmRoute.CLOUD_UNLOCK)) {
            String path = route == PmRoute.UPLOAD ? path(route) + "?format=lines" : path(route);
            String proof = Signer.owner(key).proof("POST", path, new byte[32]);
            var endless = new Zeros();
            assertThat(code(host.host.handle(new Request("POST", path, proof, -1, endless))))
                    .isEqualTo(ProblemCode.TOO_LARGE);
            assertThat(endless.given).isLessThan(300L << 20);
            String another = Signer.owner(key).proof("POST", path, new byte[32]);
            var announced = new Zeros();
            assertThat(code(host.host.handle(new Request("POST", path, another, 1L << 40, announced))))
                    .isEqualTo(ProblemCode.TOO_LARGE);
            assertThat(announced.given).isZero();
        }
    }

    @Test
    void thousandsOfRefusalsBecomeFewRecords() {
        OwnerKey mine = OwnerKey.generate();
        var owner = host.owner(mine);
        String path = PmRoute.BUDGET_STATUS.path(mine.cloudId());
        for (int i = 0; i < 3000; i++) {
            host.host.handle(new Request("GET", path, "nonsense", 0, new ByteArrayInputStream(new byte[0])));
        }
        host.client.hibernate(mine.cloudId());
        var audit = owner.audit(0, 1000);
        assertThat(audit.end()).isLessThan(50);
        assertThat(audit.items().stream()
                        .filter(entry -> entry.outcome().equals("unauthenticated"))
                        .mapToLong(entry -> entry.count())
                        .sum())
                .isEqualTo(3000);
    }

    @Test
    void garbageOverTheWireIsAnsweredToo() throws Exception {
        var random = new SplittableRandom(3);
        try (HttpClient http =
                HttpClient.newBuilder().sslContext(host.clientTls).build()) {
            for (PmRoute route : List.of(PmRoute.CLOUD_CREATE, PmRoute.CLOUD_UNLOCK, PmRoute.FIND, PmRoute.UPLOAD)) {
                byte[] noise = new byte[5000];
                random.nextBytes(noise);
                var response = http.send(
                        HttpRequest.newBuilder(host.uri().resolve(path(route)))
                                .header("Authorization", "Bearer " + "A".repeat(1000))
                                .POST(BodyPublishers.ofByteArray(noise))
                                .build(),
                        BodyHandlers.ofByteArray());
                assertThat(response.headers().firstValue("Content-Type")).contains(Problem.MEDIA_TYPE);
                assertThat(ProblemCode.ofType(
                                Json.read(response.body(), Problem.class).type()))
                        .isPresent();
            }
        }
    }

    private String path(PmRoute route) {
        return switch ((int)
                route.segments().stream().filter(s -> s.startsWith("{")).count()) {
            case 0 -> route.path();
            case 1 -> route.path(key.cloudId());
            default -> route.path(key.cloudId(), "entries");
        };
    }

    private static void assertKnown(Response response, String as) {
        if (response.status() >= 400) {
            assertThat(code(response).status()).as(as).isEqualTo(response.status());
        }
    }

    private static ProblemCode code(Response response) {
        return ProblemCode.ofType(Json.read(response.body(), Problem.class).type())
                .orElseThrow();
    }

    /** Zeros without end. */
    private static final class Zeros extends InputStream {
        long given;

        @Override
        public int read() {
            given++;
            return 0;
        }

        @Override
        public int read(byte[] buffer, int offset, int length) {
            given += length;
            return length;
        }
    }
}
