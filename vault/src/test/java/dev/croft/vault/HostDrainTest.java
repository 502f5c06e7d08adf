package dev.croft.vault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.croft.vault.api.OwnerKey;
import java.io.IOException;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A host that is told to stop while it is asked and asked. */
class HostDrainTest {
    private final ConcurrentLinkedQueue<HttpResponse<String>> answers = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean ended = new AtomicBoolean();

    @Test
    void whatIsUnderWayEndsAndWhoComesIsToldToComeAgain(@TempDir Path directory) throws Exception {
        OwnerKey key = OwnerKey.generate();
        try (TestHost host = new TestHost(directory);
                HttpClient http =
                        HttpClient.newBuilder().sslContext(host.clientTls).build()) {
            host.owner(key);
            URI base = host.uri();
            assertThat(get(http, base.resolve("/health")).statusCode()).isEqualTo(200);
            assertThat(get(http, base.resolve("/ready")).body()).contains("ready");

            // Under way until its body ends.
            PipedOutputStream body = new PipedOutputStream();
            PipedInputStream sent = new PipedInputStream(body);
            CompletableFuture<HttpResponse<String>> underWay = http.sendAsync(
                    HttpRequest.newBuilder(base.resolve("/clouds/" + key.cloudId() + "/wake"))
                            .POST(BodyPublishers.ofInputStream(() -> sent))
                            .build(),
                    BodyHandlers.ofString());
            body.write(' ');
            body.flush();
            await().atMost(Duration.ofSeconds(60)).until(() -> host.host.underWay() == 1);
            List<Thread> asking = Stream.generate(() -> Thread.ofVirtual().start(() -> ask(http, base)))
                    .limit(8)
                    .toList();
            await().atMost(Duration.ofSeconds(60)).until(() -> answers.size() > 50);

            Thread closing = Thread.ofVirtual().start(() -> host.front.close(Duration.ofMinutes(3)));
            await().atMost(Duration.ofSeconds(90))
                    .until(() -> answers.stream().anyMatch(answer -> answer.statusCode() == 503));
            HttpResponse<String> notReady = get(http, base.resolve("/ready"));
            assertThat(notReady.statusCode()).isEqualTo(503);
            assertThat(notReady.headers().firstValue("Retry-After")).contains("2");
            assertThat(get(http, base.resolve("/health")).statusCode()).isEqualTo(200);
            assertThat(underWay).isNotDone();
            ended.set(true);
            for (Thread thread : asking) {
                thread.join();
            }
            body.close();
            assertThat(underWay.get().statusCode()).as("it was under way").isEqualTo(200);
            closing.join();

            assertThat(answers)
                    .allSatisfy(answer -> assertThat(answer.statusCode()).isIn(200, 503))
                    .filteredOn(answer -> answer.statusCode() == 503)
                    .isNotEmpty()
                    .allSatisfy(answer -> assertThat(answer.headers().firstValue("Retry-After"))
                            .contains("2"));
        }
    }

    private void ask(HttpClient http, URI base) {
        while (!ended.get()) {
            try {
                answers.add(get(http, base.resolve("/status")));
                // As often as is needed, and not so often that nobody else on the machine gets a turn.
                LockSupport.parkNanos(Duration.ofMillis(5).toNanos());
            } catch (IOException | InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    private static HttpResponse<String> get(HttpClient http, URI uri) throws IOException, InterruptedException {
        return http.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString());
    }
}
