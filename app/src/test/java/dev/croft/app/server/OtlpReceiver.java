package dev.croft.app.server;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** A collector of traces: takes OTLP over HTTP in its binary form, as opentelemetry-proto's trace.proto has it, and keeps what it was sent. */
final class OtlpReceiver implements AutoCloseable {
    private final HttpServer server;
    final List<Received> spans = new CopyOnWriteArrayList<>();
    final List<String> bodies = new CopyOnWriteArrayList<>();
    final List<String> keys = new CopyOnWriteArrayList<>();

    /** A span as it came; {@code parent} is empty for the first of its trace. */
    record Received(
            String service,
            String trace,
            String span,
            String parent,
            String name,
            long nanos,
            Map<String, String> attributes) {}

    OtlpReceiver() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 16);
        server.createContext("/v1/traces", this::take);
        server.start();
    }

    URI base() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    List<Received> ofTrace(String trace) {
        return spans.stream().filter(span -> span.trace().equals(trace)).toList();
    }

    private void take(HttpExchange exchange) throws IOException {
        try (exchange) {
            byte[] body = exchange.getRequestBody().readAllBytes();
            bodies.add(new String(body, StandardCharsets.ISO_8859_1));
            keys.add(String.valueOf(exchange.getRequestHeaders().getFirst("Collector-Key")));
            fields(body, (field, value) -> {
                if (field == 1) {
                    resource((byte[]) value);
                }
            });
            exchange.getResponseHeaders().set("Content-Type", "application/x-protobuf");
            exchange.sendResponseHeaders(200, -1);
        }
    }

    private void resource(byte[] resourceSpans) {
        Map<String, String> resource = new HashMap<>();
        fields(resourceSpans, (field, value) -> {
            if (field == 1) {
                fields((byte[]) value, (inner, pair) -> {
                    if (inner == 1) {
                        attribute((byte[]) pair, resource);
                    }
                });
            }
        });
        fields(resourceSpans, (field, value) -> {
            if (field == 2) {
                fields((byte[]) value, (inner, span) -> {
                    if (inner == 2) {
                        spans.add(span((byte[]) span, resource.getOrDefault("service.name", "")));
                    }
                });
            }
        });
    }

    private static Received span(byte[] message, String service) {
        Map<Integer, Object> one = new HashMap<>();
        Map<String, String> attributes = new HashMap<>();
        fields(message, (field, value) -> {
            if (field == 9) {
                attribute((byte[]) value, attributes);
            } else {
                one.put(field, value);
            }
        });
        return new Received(
                service,
                hex(one.get(1)),
                hex(one.get(2)),
                hex(one.get(4)),
                text(one.get(5)),
                number(one.get(8)) - number(one.get(7)),
                attributes);
    }

    private static void attribute(byte[] pair, Map<String, String> into) {
        Map<Integer, Object> both = new HashMap<>();
        fields(pair, both::put);
        fields(
                Objects.requireNonNull((byte[]) both.get(2)),
                (kind, value) ->
                        into.put(text(both.get(1)), value instanceof byte[] ? text(value) : String.valueOf(value)));
    }

    private static String text(@Nullable Object value) {
        return new String((byte[]) Objects.requireNonNull(value), StandardCharsets.UTF_8);
    }

    private static long number(@Nullable Object value) {
        return (Long) Objects.requireNonNull(value);
    }

    private static String hex(@Nullable Object value) {
        return value == null ? "" : HexFormat.of().formatHex((byte[]) value);
    }

    /** The fields of a protobuf message: numbers as long, all else as bytes. */
    private static void fields(byte[] message, BiConsumer<Integer, Object> field) {
        ByteBuffer in = ByteBuffer.wrap(message).order(ByteOrder.LITTLE_ENDIAN);
        while (in.hasRemaining()) {
            long tag = varint(in);
            Object value = switch ((int) (tag & 7)) {
                case 0 -> varint(in);
                case 1 -> in.getLong();
                case 2 -> {
                    byte[] bytes = new byte[Math.toIntExact(varint(in))];
                    in.get(bytes);
                    yield bytes;
                }
                case 5 -> (long) in.getInt();
                default -> throw new IllegalArgumentException("no protobuf");
            };
            field.accept((int) (tag >>> 3), value);
        }
    }

    private static long varint(ByteBuffer in) {
        long value = 0;
        for (int shift = 0; ; shift += 7) {
            byte next = in.get();
            value |= (long) (next & 0x7f) << shift;
            if (next >= 0) {
                return value;
            }
        }
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
