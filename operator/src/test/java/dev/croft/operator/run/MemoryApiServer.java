package dev.croft.operator.run;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;

/**
 * What of the Kubernetes API the operator uses, over HTTP and in memory, for tests without a cluster: lists in pages,
 * watches from a version, creation, status and whole writes conditional on the version, merge patches, deletion. It
 * validates nothing, and knows no users.
 */
final class MemoryApiServer implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();

    private record Event(long revision, String collection, byte[] line) {}

    /** A request's path, taken apart. */
    private record Target(
            String collection,
            @Nullable String namespace,
            @Nullable String name,
            boolean status) {
        static Target of(String path) {
            String[] parts = path.substring(1).split("/");
            int at = parts[0].equals("api") ? 2 : 3;
            String api = String.join("/", List.of(parts).subList(0, at));
            String namespace = null;
            if (parts.length > at + 2 && parts[at].equals("namespaces")) {
                namespace = parts[at + 1];
                at += 2;
            }
            return new Target(
                    api + "/" + parts[at],
                    namespace,
                    parts.length > at + 1 ? parts[at + 1] : null,
                    parts.length > at + 2 && parts[at + 2].equals("status"));
        }

        String key() {
            return collection + " " + namespace + "/" + name;
        }
    }

    private static final class Refusal extends Exception {
        private static final long serialVersionUID = 1;
        final int code;

        Refusal(int code, String message) {
            super(message);
            this.code = code;
        }
    }

    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final TreeMap<String, ObjectNode> objects = new TreeMap<>();
    private final List<Event> events = new ArrayList<>();
    private long revision = 1;
    private boolean closed;
    int conflicts;

    MemoryApiServer() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 64);
        server.setExecutor(threads);
        server.createContext("/", this::handle);
        server.start();
    }

    Path kubeconfig(Path dir) throws IOException {
        Path file = dir.resolve("kubeconfig");
        String url = "http://127.0.0.1:" + server.getAddress().getPort();
        Files.writeString(file, """
                apiVersion: v1
                kind: Config
                clusters: [{name: c, cluster: {server: "%s"}}]
                users: [{name: u, user: {token: t}}]
                contexts: [{name: x, context: {cluster: c, user: u, namespace: default}}]
                current-context: x
                """.formatted(url));
        return file;
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            Map<String, String> query = query(exchange);
            Target target = Target.of(exchange.getRequestURI().getPath());
            if ("true".equals(query.get("watch"))) {
                watch(exchange, target, query);
                return;
            }
            byte[] body = exchange.getRequestBody().readAllBytes();
            try {
                JsonNode answer = answer(exchange.getRequestMethod(), target, query, body);
                send(exchange, exchange.getRequestMethod().equals("POST") ? 201 : 200, answer);
            } catch (Refusal refusal) {
                send(
                        exchange,
                        refusal.code,
                        JSON.createObjectNode()
                                .put("kind", "Status")
                                .put("apiVersion", "v1")
                                .put("status", "Failure")
                                .put("message", refusal.getMessage())
                                .put("code", refusal.code));
            }
        }
    }

    private static void send(HttpExchange exchange, int code, JsonNode answer) throws IOException {
        byte[] bytes = JSON.writeValueAsBytes(answer);
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(code, bytes.length);
        exchange.getResponseBody().write(bytes);
    }

    private static Map<String, String> query(HttpExchange exchange) {
        Map<String, String> query = new HashMap<>();
        String raw = exchange.getRequestURI().getQuery();
        if (raw == null) return query;
        for (String pair : raw.split("&")) {
            int equals = pair.indexOf('=');
            if (equals > 0) query.put(pair.substring(0, equals), pair.substring(equals + 1));
        }
        return query;
    }

    private synchronized JsonNode answer(String method, Target target, Map<String, String> query, byte[] body)
            throws Refusal, IOException {
        if (target.name() == null && method.equals("GET")) return list(target, query);
        if (target.name() == null && method.equals("POST")) return create(target, body);
        ObjectNode stored = objects.get(target.key());
        if (stored == null) throw new Refusal(404, target + " is not there");
        return switch (method) {
            case "GET" -> stored;
            case "PUT" -> replace(target, stored, (ObjectNode) JSON.readTree(body));
            case "PATCH" -> patch(target, stored, JSON.readTree(body));
            case "DELETE" -> {
                objects.remove(target.key());
                record("DELETED", target, stored);
                yield stored;
            }
            default -> throw new Refusal(405, method);
        };
    }

    private JsonNode list(Target target, Map<String, String> query) {
        String first = target.collection() + " " + (target.namespace() == null ? "" : target.namespace() + "/");
        int limit = Integer.parseInt(query.getOrDefault("limit", "1000000"));
        String from = query.containsKey("continue")
                ? new String(Base64.getUrlDecoder().decode(query.get("continue")), StandardCharsets.UTF_8)
                : first;
        ObjectNode list = JSON.createObjectNode().put("apiVersion", "v1").put("kind", "List");
        ArrayNode items = JSON.createArrayNode();
        String next = "";
        for (Map.Entry<String, ObjectNode> entry : objects.tailMap(from).entrySet()) {
            if (!entry.getKey().startsWith(first)) break;
            if (items.size() == limit) {
                next = Base64.getUrlEncoder()
                        .withoutPadding()
                        .encodeToString(entry.getKey().getBytes(StandardCharsets.UTF_8));
                break;
            }
            items.add(entry.getValue());
        }
        list.putObject("metadata").put("resourceVersion", "" + revision).put("continue", next);
        list.set("items", items);
        return list;
    }

    private JsonNode create(Target target, byte[] body) throws Refusal, IOException {
        ObjectNode object = (ObjectNode) JSON.readTree(body);
        ObjectNode metadata = (ObjectNode) object.get("metadata");
        Target at = new Target(
                target.collection(), target.namespace(), metadata.get("name").asText(), false);
        if (objects.containsKey(at.key())) throw new Refusal(409, at + " is there");
        if (target.namespace() != null) metadata.put("namespace", target.namespace());
        metadata.put("uid", UUID.randomUUID().toString());
        metadata.put(
                "creationTimestamp",
                Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
        object.remove("status");
        return record("ADDED", at, object);
    }

    private JsonNode replace(Target target, ObjectNode stored, ObjectNode given) throws Refusal {
        demand(stored, given.at("/metadata/resourceVersion").asText(""));
        ObjectNode next = stored.deepCopy();
        if (target.status()) next.set("status", given.get("status"));
        else if (given.has("spec")) next.set("spec", given.get("spec"));
        return record("MODIFIED", target, next);
    }

    private JsonNode patch(Target target, ObjectNode stored, JsonNode patch) throws Refusal, IOException {
        if (patch.isArray()) throw new Refusal(415, "only merge patches");
        demand(stored, patch.at("/metadata/resourceVersion").asText(""));
        ObjectNode next = stored.deepCopy();
        merge(next, patch);
        return record("MODIFIED", target, next);
    }

    private static void merge(ObjectNode into, JsonNode patch) {
        patch.properties().forEach(field -> {
            if (field.getValue().isNull()) into.remove(field.getKey());
            else if (field.getValue().isObject() && into.get(field.getKey()) instanceof ObjectNode inner)
                merge(inner, field.getValue());
            else into.set(field.getKey(), field.getValue());
        });
    }

    private void demand(ObjectNode stored, String version) throws Refusal {
        if (version.isEmpty()
                || version.equals(stored.at("/metadata/resourceVersion").asText())) return;
        conflicts++;
        throw new Refusal(409, "the object has been modified");
    }

    private ObjectNode record(String type, Target target, ObjectNode object) {
        revision++;
        ((ObjectNode) object.get("metadata")).put("resourceVersion", "" + revision);
        Target at = new Target(target.collection(), target.namespace(), target.name(), false);
        if (!type.equals("DELETED")) objects.put(at.key(), object);
        ObjectNode event = JSON.createObjectNode().put("type", type);
        event.set("object", object);
        events.add(new Event(revision, target.collection(), (event + "\n").getBytes(StandardCharsets.UTF_8)));
        notifyAll();
        return object;
    }

    private void watch(HttpExchange exchange, Target target, Map<String, String> query) throws IOException {
        long seen = Long.parseLong(query.getOrDefault("resourceVersion", "0"));
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(200, 0);
        var out = exchange.getResponseBody();
        out.flush();
        int next = 0;
        try {
            while (true) {
                List<byte[]> lines = new ArrayList<>();
                synchronized (this) {
                    while (next == events.size() && !closed) wait(5000);
                    if (closed) return;
                    for (; next < events.size(); next++) {
                        Event event = events.get(next);
                        if (event.revision() > seen && event.collection().equals(target.collection()))
                            lines.add(event.line());
                    }
                }
                for (byte[] line : lines) out.write(line);
                out.flush();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        synchronized (this) {
            closed = true;
            notifyAll();
        }
        server.stop(0);
        threads.shutdownNow();
    }
}
