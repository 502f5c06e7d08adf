package dev.croft.capsule.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.croft.capsule.CapsuleWriter;
import dev.croft.capsule.WriterMode;
import dev.croft.capsule.replication.Durability;
import dev.croft.capsule.replication.ReplicationException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What strangers send to a server's port. */
class ServerAbuseTest {
    @TempDir
    Path temp;

    private static SSLSocket connect(Cluster.Node node) throws IOException {
        ServerAddress address = node.address();
        return (SSLSocket)
                ServerTls.client(address.key()).getSocketFactory().createSocket(address.host(), address.port());
    }

    private static String send(Cluster.Node node, String request) throws IOException {
        try (SSLSocket socket = connect(node)) {
            socket.setSoTimeout(30_000);
            socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
            socket.getOutputStream().flush();
            return new String(socket.getInputStream().readNBytes(12), StandardCharsets.ISO_8859_1);
        } catch (SSLException | SocketException e) {
            return "closed";
        }
    }

    @Test
    void garbageHalfRequestsAndStrangeRoutesLeaveTheServerServingOthers() throws Exception {
        try (Cluster cluster = new Cluster(temp, 1, WriterMode.STRICT);
                CapsuleWriter local = cluster.create(temp.resolve("w"));
                ReplicatedWriter writer = cluster.replicate(local, temp.resolve("w"), Durability.ALL)) {
            writer.append(List.of(new byte[10]));
            Cluster.Node node = cluster.nodes.getFirst();
            SplittableRandom random = new SplittableRandom(1);
            List<Socket> open = new ArrayList<>();
            for (int i = 0; i < 50; i++) {
                // Not TLS at all, and never finished.
                Socket plain = new Socket("127.0.0.1", node.address().port());
                byte[] garbage = new byte[random.nextInt(1, 400)];
                random.nextBytes(garbage);
                plain.getOutputStream()
                        .write(i % 2 == 0 ? garbage : "GET / HTTP/1.1\r\n".getBytes(StandardCharsets.US_ASCII));
                open.add(plain);
                // TLS, and a request that comes a byte at a time and never ends.
                if (i % 5 == 0) {
                    SSLSocket slow = connect(node);
                    slow.getOutputStream()
                            .write(("POST /capsules/" + cluster.metadata.name()
                                            + "/frames HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000\r\n\r\nab")
                                    .getBytes(StandardCharsets.US_ASCII));
                    slow.getOutputStream().flush();
                    open.add(slow);
                }
            }
            writer.append(List.of(new byte[11]));
            for (String request : List.of(
                    "GET /capsules/../../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n",
                    "GET /capsules/%2e%2e%2f HTTP/1.1\r\nHost: x\r\n\r\n",
                    "PUT /capsules/" + "0".repeat(64) + " HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc",
                    "POST /resolve HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n",
                    "POST /add-checkpoint HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nold 9",
                    "POST /capsules/" + cluster.metadata.name()
                            + "/follow HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n",
                    "BREW /tea HTTP/1.1\r\nHost: x\r\n\r\n",
                    "GET /" + "a".repeat(100_000) + " HTTP/1.1\r\n\r\n",
                    "\0\0\0\0\r\n\r\n")) {
                assertThat(send(node, request))
                        .satisfiesAnyOf(
                                answer -> assertThat(answer).startsWith("HTTP/1.1 4"),
                                answer -> assertThat(answer).isIn("closed", ""));
            }
            assertThat(writer.append(List.of(new byte[12]))).isEqualTo(2);
            for (Socket socket : open) {
                socket.close();
            }
        }
    }

    @Test
    void aBodyOfAGigabyteIsRefusedWhereItIsTooLong() throws Exception {
        try (Cluster cluster = new Cluster(temp, 1, WriterMode.STRICT);
                CapsuleWriter local = cluster.create(temp.resolve("w"));
                ReplicatedWriter writer = cluster.replicate(local, temp.resolve("w"), Durability.ALL)) {
            writer.append(List.of(new byte[10]));
            Cluster.Node node = cluster.nodes.getFirst();
            for (String path : List.of("/capsules/" + cluster.metadata.name() + "/keys", "/resolve", "/advertise")) {
                long sent = 0;
                try (SSLSocket socket = connect(node)) {
                    OutputStream out = socket.getOutputStream();
                    out.write((("/resolve/advertise".contains(path) ? "POST " : "PUT ") + path
                                    + " HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
                    byte[] block = new byte[1 << 20];
                    for (; sent < 1_000_000_000; sent += block.length) {
                        out.write(block);
                    }
                } catch (IOException e) {
                    // The server has answered and closed.
                }
                assertThat(sent).as(path).isLessThan(200_000_000);
            }
            assertThat(writer.append(List.of(new byte[12]))).isEqualTo(1);
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void whatManyClientsSendAtOnceTakesNoMoreMemoryThanIsLet() throws Exception {
        var bodies = new Bodies(4 << 20, Duration.ofMillis(50));
        var reading = new CountDownLatch(2);
        var end = new CountDownLatch(1);
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            threads.add(Thread.ofVirtual().start(() -> {
                try {
                    bodies.with(new ByteArrayInputStream(new byte[2000 << 10]), 4 << 20, body -> {
                        reading.countDown();
                        await(end);
                        return body;
                    });
                } catch (IOException e) {
                    throw new IllegalStateException(e);
                }
            }));
        }
        reading.await();
        assertThatThrownBy(() -> bodies.with(new ByteArrayInputStream(new byte[2000 << 10]), 4 << 20, body -> body))
                .isInstanceOf(ReplicationException.NoRoom.class);
        assertThat(bodies.<Integer>with(new ByteArrayInputStream(new byte[9]), 4 << 20, body -> body.length))
                .isEqualTo(9);
        end.countDown();
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(bodies.<Integer>with(new ByteArrayInputStream(new byte[2000 << 10]), 4 << 20, body -> body.length))
                .isEqualTo(2000 << 10);
        InputStream endless = new InputStream() {
            @Override
            public int read() {
                return 7;
            }
        };
        assertThatThrownBy(() -> bodies.with(endless, 1000, body -> body))
                .isInstanceOf(ReplicationException.Refused.class);
    }
}
