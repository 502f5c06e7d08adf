package dev.croft.vault;

import static org.assertj.core.api.Assertions.assertThat;

import dev.croft.vault.api.Json;
import dev.croft.vault.api.OwnerKey;
import dev.croft.vault.api.PmRoute;
import dev.croft.vault.api.Problem;
import dev.croft.vault.api.ProblemCode;
import dev.croft.vault.api.RequestProof;
import dev.croft.vault.api.Signer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** A gigabyte sent right to a host's port: a problem comes back, and far less than a gigabyte is read. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class HugeBodyTest {
    private static final long GIGABYTE = 1L << 30;

    private final OwnerKey key = OwnerKey.generate();
    private TestHost host;

    @BeforeAll
    void start(@TempDir Path directory) throws IOException {
        host = new TestHost(directory);
        host.client.create(key, null, null);
    }

    @AfterAll
    void stop() {
        host.close();
    }

    private String path(PmRoute route) {
        return switch (route) {
            case UPLOAD -> route.path(key.cloudId()) + "?format=lines";
            case CLOUD_CREATE -> route.path();
            case INSERT -> route.path(key.cloudId(), "entries");
            default -> route.path(key.cloudId());
        };
    }

    /** Sends until the host does not take more, or all is sent; what it answers. */
    private String send(PmRoute route, boolean chunked, boolean proven, AtomicLong sent) throws Exception {
        String path = path(route);
        String proof = Signer.owner(key)
                .proof(route.method(), path, RequestProof.sha256().digest());
        try (SSLSocket socket =
                (SSLSocket) host.clientTls.getSocketFactory().createSocket("localhost", host.front.port())) {
            socket.setSoTimeout(60_000);
            socket.startHandshake();
            OutputStream out = socket.getOutputStream();
            String length = chunked ? "Transfer-Encoding: chunked" : "Content-Length: " + GIGABYTE;
            String head = route.method() + " " + path + " HTTP/1.1\r\nHost: localhost\r\n" + length + "\r\n"
                    + (proven ? "Authorization: Bearer " + proof + "\r\n" : "") + "\r\n";
            out.write(head.getBytes(StandardCharsets.US_ASCII));
            out.flush();
            Thread sender = Thread.ofVirtual().start(() -> {
                byte[] part = new byte[64 * 1024];
                byte[] size = "10000\r\n".getBytes(StandardCharsets.US_ASCII);
                byte[] end = "\r\n".getBytes(StandardCharsets.US_ASCII);
                try {
                    while (sent.get() < GIGABYTE) {
                        if (chunked) {
                            out.write(size);
                        }
                        out.write(part);
                        if (chunked) {
                            out.write(end);
                        }
                        sent.addAndGet(part.length);
                    }
                } catch (IOException refused) {
                    // The host has had enough.
                }
            });
            var answer = new ByteArrayOutputStream();
            try {
                InputStream in = socket.getInputStream();
                byte[] buffer = new byte[8192];
                for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                    answer.write(buffer, 0, n);
                    if (answer.toString(StandardCharsets.UTF_8).endsWith("}")) {
                        break;
                    }
                }
            } catch (IOException cut) {
                // What came before counts.
            }
            socket.close();
            sender.join();
            return answer.toString(StandardCharsets.UTF_8);
        }
    }

    private static void assertProblem(String answer, String as) {
        int body = answer.indexOf("\r\n\r\n");
        assertThat(answer).as(as).startsWith("HTTP/1.1 4").contains(Problem.MEDIA_TYPE);
        Problem problem = Json.read(answer.substring(body + 4).getBytes(StandardCharsets.UTF_8), Problem.class);
        assertThat(ProblemCode.ofType(problem.type())).as(as).isPresent();
    }

    @Test
    void anAnnouncedGigabyteIsRefusedBeforeItIsRead() throws Exception {
        for (PmRoute route : new PmRoute[] {PmRoute.INSERT, PmRoute.UPLOAD, PmRoute.CLOUD_CREATE, PmRoute.FORGET}) {
            for (boolean proven : new boolean[] {true, false}) {
                AtomicLong sent = new AtomicLong();
                assertProblem(send(route, false, proven, sent), route + ", proven " + proven);
                assertThat(sent).as("%s", route).hasValueLessThan(64L << 20);
            }
        }
        assertThat(host.client.cloud(key.cloudId()).state().name()).isEqualTo("AWAKE");
    }

    @Test
    void aRefusalBeforeTheBodyWasReadLeavesTheConnectionGood() throws Exception {
        byte[] body = new byte[20_000];
        try (HttpClient http = HttpClient.newBuilder()
                .sslContext(host.clientTls)
                .version(HttpClient.Version.HTTP_1_1)
                .build()) {
            for (int i = 0; i < 150; i++) {
                var refused = HttpRequest.newBuilder(host.uri().resolve(path(PmRoute.INSERT)))
                        .timeout(Duration.ofSeconds(60))
                        .POST(HttpRequest.BodyPublishers.ofByteArray(body));
                assertThat(http.send(refused.build(), HttpResponse.BodyHandlers.ofString())
                                .statusCode())
                        .isEqualTo(401);
                var next = HttpRequest.newBuilder(host.uri().resolve("/status")).timeout(Duration.ofSeconds(60));
                assertThat(http.send(next.build(), HttpResponse.BodyHandlers.ofString())
                                .statusCode())
                        .isEqualTo(200);
            }
        }
    }

    @Test
    void chunksWithoutEndAreRefusedAtTheBound() throws Exception {
        for (PmRoute route : new PmRoute[] {PmRoute.INSERT, PmRoute.CLOUD_CREATE, PmRoute.FORGET}) {
            AtomicLong sent = new AtomicLong();
            assertProblem(send(route, true, true, sent), route.toString());
            assertThat(sent).as("%s", route).hasValueLessThan(64L << 20);
        }
    }
}
