package dev.croft.runtime.kubernetes;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;

/** What an API server from 1.33 on says of {@code pods/resize}, which the cluster at hand is too old for: in memory. */
final class ResizingServer implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();

    private static final String POD =
            "{\"kind\":\"Pod\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":\"web\",\"namespace\":\"ns\"}}";

    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final String resources;
    final KubernetesClient client;
    /** What was asked for, in order: the container and its resources. */
    final List<String> asked = new CopyOnWriteArrayList<>();
    /** How the next requests are answered; 200 when there is nothing more here. */
    final BlockingQueue<Integer> answers = new LinkedBlockingQueue<>();

    ResizingServer(boolean resizes) throws IOException {
        resources = "{\"name\":\"pods\",\"kind\":\"Pod\",\"namespaced\":true,\"verbs\":[\"get\"]}"
                + (resizes
                        ? ",{\"name\":\"pods/resize\",\"kind\":\"Pod\",\"namespaced\":true,\"verbs\":[\"patch\"]}"
                        : "");
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        server.createContext("/", this::answer);
        server.start();
        client = new KubernetesClientBuilder()
                .withConfig(new ConfigBuilder()
                        .withMasterUrl("http://127.0.0.1:" + server.getAddress().getPort())
                        .withRequestRetryBackoffLimit(0)
                        .build())
                .build();
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            String path = exchange.getRequestURI().getPath();
            int status = 404;
            String body = "{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"message\":\"no " + path + "\"}";
            if (path.equals("/api/v1")) {
                status = 200;
                body = "{\"kind\":\"APIResourceList\",\"groupVersion\":\"v1\",\"resources\":[" + resources + "]}";
            } else if (path.equals("/api/v1/namespaces/ns/pods/web")) {
                status = 200;
                body = POD;
            } else if (path.equals("/api/v1/namespaces/ns/pods/web/resize")
                    && exchange.getRequestMethod().equals("PATCH")
                    && "application/strategic-merge-patch+json"
                            .equals(exchange.getRequestHeaders().getFirst("Content-Type"))) {
                JsonNode container = JSON.readTree(exchange.getRequestBody()).at("/spec/containers/0");
                asked.add(container.path("name").asText() + " " + container.path("resources"));
                Integer next = answers.poll();
                status = next == null ? 200 : next;
                body = status == 200
                        ? POD
                        : "{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"code\":" + status + ",\"message\":\"no\"}";
            }
            byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            exchange.sendResponseHeaders(status, bytes.length);
            exchange.getResponseBody().write(bytes);
        }
    }

    @Override
    public void close() {
        client.close();
        server.stop(0);
        threads.shutdown();
    }
}
