package dev.croft.mobility.service;

import dev.croft.mobility.entry.EntryJson;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.bson.BsonArray;
import org.bson.BsonDocument;
import org.bson.BsonInt64;
import org.bson.BsonNumber;
import org.bson.BsonString;
import org.bson.BsonValue;
import org.jspecify.annotations.Nullable;

/** A door with just enough of a private cloud behind it: documents in memory, the filters that services use, small pages. */
final class FakeDoor implements AutoCloseable {
    static final String TOKEN = "one-launch";
    private static final int PAGE = 700;

    final Map<String, Map<BsonValue, BsonDocument>> collections = new LinkedHashMap<>();
    final List<String> requests = new ArrayList<>();
    private final Map<String, Long> rewritten = new LinkedHashMap<>();
    private final Map<String, List<BsonDocument>> cursors = new LinkedHashMap<>();
    private final ServerSocketChannel server;
    final Launch launch;
    volatile @Nullable String rawAnswer;
    volatile int failAfter = Integer.MAX_VALUE;

    FakeDoor(Path directory, BsonDocument input) throws IOException {
        Files.createDirectories(directory.resolve("output"));
        Files.writeString(directory.resolve("token"), TOKEN + "\n");
        Files.writeString(directory.resolve("input.json"), EntryJson.write(input));
        launch = new Launch(directory.resolve("door.sock"), "self", directory);
        server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        server.bind(UnixDomainSocketAddress.of(launch.door()));
        Thread.ofVirtual().start(() -> {
            while (server.isOpen()) {
                try (SocketChannel client = server.accept()) {
                    serve(client);
                } catch (IOException e) {
                    // The client went away, or the test is over.
                }
            }
        });
    }

    /** As a permission manager says it after documents were changed or deleted. */
    void rewrote(String collection) {
        rewritten.merge(collection, 1L, Long::sum);
    }

    Map<BsonValue, BsonDocument> collection(String name) {
        return collections.computeIfAbsent(name, _ -> new LinkedHashMap<>());
    }

    private synchronized void serve(SocketChannel client) throws IOException {
        InputStream in = new BufferedInputStream(Channels.newInputStream(client));
        String request = line(in);
        int length = 0;
        boolean authorized = false;
        for (String header = line(in); !header.isEmpty(); header = line(in)) {
            if (header.startsWith("Content-Length: ")) {
                length = Integer.parseInt(header.substring(16));
            }
            authorized |= header.equals("Authorization: Bearer " + TOKEN);
        }
        BsonDocument body = json(in.readNBytes(length));
        requests.add(request);
        String raw = rawAnswer;
        if (raw != null) {
            client.write(ByteBuffer.wrap(raw.getBytes(StandardCharsets.ISO_8859_1)));
        } else if (!authorized) {
            answer(client, 401, "{\"type\":\"https://croft.dev/problems/unauthenticated\",\"detail\":\"no\"}");
        } else if (requests.size() > failAfter) {
            answer(client, 503, "{\"type\":\"https://croft.dev/problems/overloaded\"}");
        } else {
            answer(client, 200, EntryJson.write(handle(request.split(" ")[1].split("/"), body)));
        }
    }

    private BsonDocument handle(String[] path, BsonDocument body) {
        if (path[3].equals("cursors")) {
            return page(Objects.requireNonNull(cursors.remove(path[4])));
        }
        Map<BsonValue, BsonDocument> collection = collection(path[4]);
        switch (path[5]) {
            case "find" -> {
                return page(matching(collection, body));
            }
            case "count" -> {
                return new BsonDocument(
                                "count",
                                new BsonInt64(matching(collection, body).size()))
                        .append("rewritten", new BsonInt64(rewritten.getOrDefault(path[4], 0L)));
            }
            case "upsert" -> {
                for (BsonValue document : body.getArray("documents")) {
                    collection.put(document.asDocument().get("_id"), document.asDocument());
                }
                return new BsonDocument();
            }
            case "delete" -> {
                matching(collection, body).forEach(document -> collection.remove(document.get("_id")));
                return new BsonDocument();
            }
            default -> throw new IllegalArgumentException(path[5]);
        }
    }

    private BsonDocument page(List<BsonDocument> documents) {
        BsonDocument page =
                new BsonDocument("documents", new BsonArray(documents.subList(0, Math.min(PAGE, documents.size()))));
        if (documents.size() > PAGE) {
            String cursor = "c" + cursors.size() + "-" + requests.size();
            cursors.put(cursor, documents.subList(PAGE, documents.size()));
            page.append("cursor", new BsonString(cursor));
        }
        return page;
    }

    private static List<BsonDocument> matching(Map<BsonValue, BsonDocument> collection, BsonDocument body) {
        BsonDocument filter = body.getDocument("filter");
        return collection.values().stream()
                .filter(document -> filter.entrySet().stream()
                        .allMatch(condition -> matches(at(document, condition.getKey()), condition.getValue())))
                .toList();
    }

    private static @Nullable BsonValue at(BsonDocument document, String path) {
        BsonValue value = document;
        for (String name : path.split("\\.")) {
            value = value instanceof BsonDocument inner ? inner.get(name) : null;
        }
        return value;
    }

    private static boolean matches(@Nullable BsonValue value, BsonValue condition) {
        if (!(condition instanceof BsonDocument operators)) {
            return condition.equals(value);
        }
        return operators.entrySet().stream().allMatch(operator -> switch (operator.getKey()) {
            case "$in" -> operator.getValue().asArray().contains(value);
            case "$gt" -> compare(value, operator.getValue()) > 0;
            case "$gte" -> compare(value, operator.getValue()) >= 0;
            case "$lt" -> compare(value, operator.getValue()) < 0;
            case "$lte" -> compare(value, operator.getValue()) <= 0;
            default -> throw new IllegalArgumentException(operator.getKey());
        });
    }

    private static double compare(@Nullable BsonValue value, BsonValue bound) {
        return value instanceof BsonNumber number
                ? Double.compare(number.doubleValue(), bound.asNumber().doubleValue())
                : Double.NaN;
    }

    private static BsonDocument json(byte[] bytes) {
        return bytes.length == 0
                ? new BsonDocument()
                : BsonDocument.parse(new String(bytes, StandardCharsets.UTF_8)
                        .replaceAll("\\{\"\\$uuid\": \"[0-9a-f]{32}\"}", "null"));
    }

    /** Answers in two chunks, so that clients must put them together. */
    private static void answer(SocketChannel client, int status, String json) throws IOException {
        byte[] body = json.getBytes(StandardCharsets.UTF_8);
        int half = body.length / 2;
        var out = Channels.newOutputStream(client);
        out.write(("HTTP/1.1 " + status + " x\r\nTransfer-Encoding: chunked\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII));
        for (int[] part : new int[][] {{0, half}, {half, body.length}}) {
            if (part[1] > part[0]) {
                out.write((Integer.toHexString(part[1] - part[0]) + "\r\n").getBytes(StandardCharsets.US_ASCII));
                out.write(body, part[0], part[1] - part[0]);
                out.write("\r\n".getBytes(StandardCharsets.US_ASCII));
            }
        }
        out.write("0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
    }

    private static String line(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int next = in.read(); next != '\n'; next = in.read()) {
            if (next < 0) {
                throw new IOException("gone");
            }
            line.append((char) next);
        }
        return line.toString().strip();
    }

    @Override
    public void close() throws IOException {
        server.close();
    }
}
