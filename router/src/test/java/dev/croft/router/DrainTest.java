package dev.croft.router;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.croft.router.registry.PrivateCloud;
import dev.croft.router.tls.Tls;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;

/** A router that is told to stop while an upload is under way. */
class DrainTest {

    @Test
    void anUploadUnderWayEndsAndWhoComesIsToldToComeAgain() throws Exception {
        try (TestRouter router = new TestRouter();
                RouterClient owner = router.account("ana", Role.OWNER);
                SSLSocket socket = (SSLSocket) Tls.trusting(router.config.trustFile())
                        .getSocketFactory()
                        .createSocket(InetAddress.getLoopbackAddress(), router.server.port());
                HttpClient http = client(router)) {
            String cloud = router.cloud(owner, PrivateCloud.Hosting.SHARED).cloudId();
            String token = router.operator()
                    .issueTokenFor("ana", "test", Role.OWNER.scopes(), Duration.ofHours(1))
                    .secret();
            URI base = router.uri();
            OutputStream upload = socket.getOutputStream();
            String path = "/api/v1/clouds/" + cloud + "/pm/clouds/" + cloud + "/upload";
            upload.write(("POST " + path + " HTTP/1.1\r\nHost: localhost\r\nCroft-Token: " + token
                            + "\r\nAuthorization: Bearer the.owners.proof\r\nConnection: close\r\nContent-Length: 2\r\n\r\na")
                    .getBytes(StandardCharsets.US_ASCII));
            upload.flush();
            HttpRequest other = HttpRequest.newBuilder(base.resolve("/api/v1/account"))
                    .header("Croft-Token", token)
                    .build();
            assertThat(http.send(other, BodyHandlers.ofString()).statusCode()).isEqualTo(200);
            await().atMost(Duration.ofSeconds(90))
                    .until(() -> metrics(http, router).contains("croft_router_requests_under_way 2"));

            Thread closing = Thread.ofVirtual().start(() -> router.server.close(Duration.ofMinutes(3)));
            HttpResponse<String> refused = await().atMost(Duration.ofSeconds(90))
                    .until(() -> http.send(other, BodyHandlers.ofString()), answer -> answer.statusCode() == 503);
            assertThat(refused.headers().firstValue("Retry-After")).contains("2");
            assertThat(refused.body()).contains("stopping");
            HttpRequest health =
                    HttpRequest.newBuilder(base.resolve("/api/v1/health")).build();
            assertThat(http.send(health, BodyHandlers.ofString()).statusCode()).isEqualTo(200);
            upload.write('b');
            upload.flush();
            assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                    .as("it was under way")
                    .startsWith("HTTP/1.1 200")
                    .contains("\"length\":2");
            closing.join();
        }
    }

    private static HttpClient client(TestRouter router) {
        return HttpClient.newBuilder()
                .sslContext(Tls.trusting(router.config.trustFile()))
                .version(HttpClient.Version.HTTP_1_1)
                .build();
    }

    private static String metrics(HttpClient http, TestRouter router) throws Exception {
        String token = Files.readString(router.config.operatorTokenFile()).strip();
        return http.send(
                        HttpRequest.newBuilder(router.uri().resolve("/api/v1/metrics"))
                                .header("Croft-Token", token)
                                .build(),
                        BodyHandlers.ofString())
                .body();
    }
}
