package dev.croft.capsule.server;

import dev.croft.capsule.codec.ByteReader;
import dev.croft.capsule.codec.ByteWriter;
import dev.croft.capsule.codec.Malformed;
import dev.croft.capsule.crypto.VerifyingKey;
import dev.croft.capsule.replication.ReplicationException;
import dev.croft.capsule.routing.Advertisement;
import dev.croft.capsule.routing.Query;
import dev.croft.capsule.routing.Resolving;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** A resolver on another machine: any capsule server is the resolver of its domain. Thread-safe. */
public final class ResolverClient implements Resolving, AutoCloseable {
    static final int MOST_FOUND = 64;

    private final ServerAddress address;
    private final HttpClient http;

    public ResolverClient(ServerAddress address) {
        this.address = address;
        this.http = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .sslContext(ServerTls.client(address.key()))
                .connectTimeout(Duration.ofSeconds(3))
                .build();
    }

    @Override
    public VerifyingKey key() {
        return address.key();
    }

    @Override
    public void advertise(Advertisement advertisement, int distance) {
        post(
                "/advertise",
                new ByteWriter().u8(distance).framed(advertisement.encoded()).toBytes());
    }

    @Override
    public List<Found> resolve(Query query) {
        return decode(post("/resolve", query.encoded()));
    }

    /** {@code count (1) || count × (distance (1) || framed advertisement)}. */
    static byte[] encode(List<Found> found) {
        int count = Math.min(found.size(), MOST_FOUND);
        ByteWriter out = new ByteWriter().u8(count);
        found.subList(0, count)
                .forEach(one -> out.u8(Math.min(one.distance(), 255))
                        .framed(one.advertisement().encoded()));
        return out.toBytes();
    }

    /** @throws Malformed when it is not that */
    static List<Found> decode(byte[] encoded) {
        ByteReader in = new ByteReader(encoded);
        List<Found> found = new ArrayList<>();
        int count = in.u8();
        for (int i = 0; i < count; i++) {
            int distance = in.u8();
            found.add(new Found(Advertisement.decode(in.framed(Advertisement.MOST_BYTES)), distance));
        }
        in.expectEnd();
        return found;
    }

    private byte[] post(String path, byte[] body) {
        HttpRequest request = HttpRequest.newBuilder(
                        URI.create("https://" + address.host() + ":" + address.port() + path))
                .timeout(Duration.ofSeconds(10))
                .POST(HttpRequest.BodyPublishers.ofByteArray(body))
                .build();
        HttpResponse<byte[]> answer;
        try {
            answer = http.send(
                    request,
                    HttpResponse.BodyHandlers.limiting(
                            HttpResponse.BodyHandlers.ofByteArray(), (long) MOST_FOUND * Advertisement.MOST_BYTES));
        } catch (IOException e) {
            throw new ReplicationException.Unreachable(address.toString(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ReplicationException.Unreachable(address.toString(), e);
        }
        if (answer.statusCode() / 100 == 2) {
            return answer.body();
        }
        String text = new String(answer.body(), StandardCharsets.UTF_8).strip();
        throw switch (answer.statusCode()) {
            case 403 -> new ReplicationException.NotAllowed(text);
            case 400 -> new Malformed(text);
            default -> new ReplicationException.Unreachable(address + " with status " + answer.statusCode() + ": it");
        };
    }

    @Override
    public void close() {
        http.shutdownNow();
    }
}
