package dev.croft.operator.run;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** {@code /metrics}, {@code /healthz} (the loop comes round) and {@code /readyz} (it listens), over plain HTTP. */
final class MetricsServer implements AutoCloseable {
    private static final long STUCK_NANOS = TimeUnit.MINUTES.toNanos(5);

    private final @Nullable HttpServer server;

    private MetricsServer(@Nullable HttpServer server) {
        this.server = server;
    }

    static MetricsServer start(Options options, Metrics metrics) throws IOException {
        if (options.port() < 0) return new MetricsServer(null);
        HttpServer server = HttpServer.create(new InetSocketAddress(options.address(), options.port()), 16);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/metrics", exchange -> answer(exchange, 200, metrics.text()));
        server.createContext("/healthz", exchange -> {
            boolean alive = System.nanoTime() - metrics.alive < STUCK_NANOS;
            answer(exchange, alive ? 200 : 503, alive ? "ok\n" : "stuck\n");
        });
        server.createContext("/readyz", exchange -> answer(exchange, 200, metrics.leading ? "leading\n" : "waiting\n"));
        server.start();
        return new MetricsServer(server);
    }

    private static void answer(HttpExchange exchange, int status, String text) throws IOException {
        byte[] body = text.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
        exchange.sendResponseHeaders(status, body.length);
        try (var out = exchange.getResponseBody()) {
            out.write(body);
        }
    }

    int port() {
        return server == null ? 0 : server.getAddress().getPort();
    }

    @Override
    public void close() {
        if (server != null) server.stop(1);
    }
}
