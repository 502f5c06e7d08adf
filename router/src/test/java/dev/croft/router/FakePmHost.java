package dev.croft.router;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import dev.croft.capsule.crypto.ReaderKey;
import dev.croft.capsule.crypto.VerifyingKey;
import dev.croft.router.tls.Tls;
import dev.croft.vault.api.Base64Url;
import dev.croft.vault.api.Json;
import dev.croft.vault.api.KeptAt;
import dev.croft.vault.api.OwnerKey;
import dev.croft.vault.api.Problem;
import dev.croft.vault.api.ProblemCode;
import dev.croft.vault.api.ProblemException;
import dev.croft.vault.api.Replicas;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.function.Consumer;

/**
 * Stands in for a PM host where the router is tested: the same routes over mutual TLS, without capsules. Anything it does not know it
 * answers with what it was sent, so that a test sees what was relayed.
 */
final class FakePmHost implements AutoCloseable {

    enum Key {
        LOCKED,
        ASLEEP,
        AWAKE
    }

    final Map<String, Key> clouds = new ConcurrentHashMap<>();
    /** What it says of every private cloud that is awake: whose results wait to be derived anew. */
    final List<Map<String, String>> derive = new CopyOnWriteArrayList<>();

    final Map<String, Long> charged = new ConcurrentHashMap<>();
    final Map<String, String> legs = new ConcurrentHashMap<>();
    /** What it was told last of where each private cloud is besides, and what is done before it says that it took that. */
    final Map<String, Replicas> replicas = new ConcurrentHashMap<>();

    /** How often it was told. */
    private final Map<String, Long> version = new ConcurrentHashMap<>();

    volatile Consumer<Replicas> beforeTaken = _ -> {};
    /** The private clouds whose keys are put aside. */
    final Set<String> aside = ConcurrentHashMap.newKeySet();

    volatile Runnable beforeHeld = () -> {};
    /** Whether no key gets in. */
    volatile boolean refusesKeys;
    /** Last parts of routes that it does not know, as one of an earlier build. */
    final Set<String> unknown = ConcurrentHashMap.newKeySet();
    /** Last parts of routes: of the next call of each the answer is lost. */
    final Set<String> lost = ConcurrentHashMap.newKeySet();

    /** Last parts of routes: the answers of all calls of each are lost. */
    final Set<String> unanswered = ConcurrentHashMap.newKeySet();

    private final Map<String, Set<String>> moveTo = new ConcurrentHashMap<>();
    private final String hostKey;
    private final Path doors;
    private final boolean only;
    private final Path volumes;
    private final HttpsServer server;

    FakePmHost(Path tls, Path keys, Path doors) throws IOException {
        this.doors = doors;
        this.volumes = keys.resolve("../../../clouds").normalize();
        this.only = tls.toString().contains("/own-");
        Path key = keys.resolve("fake-host-key");
        if (!Files.exists(key)) {
            Files.writeString(
                    key, Base64Url.encode(ReaderKey.generate().publicKey().encoded()));
        }
        this.hostKey = Files.readString(key);
        server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 64);
        server.setHttpsConfigurator(new HttpsConfigurator(Tls.context(tls)) {
            @Override
            public void configure(HttpsParameters parameters) {
                var ssl = getSSLContext().getDefaultSSLParameters();
                ssl.setNeedClientAuth(true);
                parameters.setSSLParameters(ssl);
            }
        });
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", this::handle);
        server.start();
    }

    int port() {
        return server.getAddress().getPort();
    }

    @Override
    public void close() {
        server.stop(0);
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            int status = 200;
            String path = exchange.getRequestURI().getRawPath();
            String last = path.substring(path.lastIndexOf('/') + 1);
            boolean isLost = lost.remove(last) || unanswered.contains(last);
            byte[] answer;
            try {
                answer = Json.write(answer(exchange));
            } catch (ProblemException e) {
                status = e.code().status();
                answer = Json.write(Problem.of(e));
                exchange.getResponseHeaders().set("Content-Type", Problem.MEDIA_TYPE);
            }
            if (isLost) {
                return;
            }
            if (!exchange.getResponseHeaders().containsKey("Content-Type")) {
                exchange.getResponseHeaders().set("Content-Type", "application/json");
            }
            exchange.sendResponseHeaders(status, answer.length);
            exchange.getResponseBody().write(answer);
        }
    }

    private Object answer(HttpExchange exchange) throws IOException {
        String method = exchange.getRequestMethod();
        String[] path = exchange.getRequestURI().getRawPath().substring(1).split("/");
        String last = path[path.length - 1];
        if (unknown.contains(last)) {
            throw new ProblemException(ProblemCode.UNKNOWN_ROUTE, "there is no such route");
        }
        if (path[0].equals("aside")) {
            return aside;
        }
        if (path[0].equals("status")) {
            return Map.of(
                    "hostKey",
                    hostKey,
                    "challenge",
                    "c",
                    "clouds",
                    clouds.size(),
                    "awake",
                    count(Key.AWAKE),
                    "asleep",
                    count(Key.ASLEEP),
                    "locked",
                    0,
                    "uptimeSeconds",
                    1);
        }
        if (path.length == 1 && method.equals("POST")) {
            JsonNode wanted = Json.read(body(exchange), JsonNode.class);
            String id = OwnerKey.cloudId(
                    VerifyingKey.of(Base64Url.decode(wanted.get("ownerKey").asText())));
            if (only) {
                throw new ProblemException(
                        ProblemCode.NOT_FOUND, "this host is for one private cloud that is there already");
            }
            clouds.put(id, Key.AWAKE);
            if (wanted.hasNonNull("replicas")) {
                replicas.put(id, Json.read(Json.write(wanted.get("replicas")), Replicas.class));
            }
            version.merge(id, 1L, Long::sum);
            Files.createDirectories(volumes.resolve(id));
            trust(id, wanted.get("key"));
            return status(id);
        }
        String id = path[1];
        if (path.length == 2) {
            if (method.equals("DELETE")) {
                proof(exchange);
                clouds.remove(id);
                return Map.of();
            }
            return status(id);
        }
        switch (last) {
            case "kept-at" -> {
                return new KeptAt(version.getOrDefault(id, 0L), replicas.get(id));
            }
            case "unlock" -> {
                if (refusesKeys) {
                    throw new ProblemException(ProblemCode.STALE_CHALLENGE, "another challenge");
                }
                trust(id, Json.read(body(exchange), JsonNode.class));
                clouds.put(id, Key.AWAKE);
                aside.remove(id);
                return status(id);
            }
            case "wake" -> {
                if (locked(id)) {
                    throw new ProblemException(ProblemCode.LOCKED, "no key");
                }
                clouds.put(id, Key.AWAKE);
                return status(id);
            }
            case "hibernate" -> {
                clouds.computeIfPresent(id, (_, key) -> key == Key.LOCKED ? key : Key.ASLEEP);
                return status(id);
            }
            case "hold" -> {
                beforeHeld.run();
                putAside(id);
                return status(id);
            }
            case "keep" -> {
                if (aside.remove(id)) {
                    clouds.put(id, Key.ASLEEP);
                }
                return status(id);
            }
            case "drop" -> {
                aside.remove(id);
                return status(id);
            }
            case "replicas" -> {
                proof(exchange);
                if (!method.equals("POST")) {
                    break;
                }
                Replicas taken = Json.read(body(exchange), Replicas.class);
                replicas.put(id, taken);
                version.merge(id, 1L, Long::sum);
                beforeTaken.accept(taken);
                return Map.of();
            }
            case "release" -> {
                clouds.put(id, Key.LOCKED);
                aside.remove(id);
                return status(id);
            }
            case "handover" -> {
                if (locked(id)) {
                    throw new ProblemException(ProblemCode.LOCKED, "no key");
                }
                Set<String> trusted = moveTo.getOrDefault(id, Set.of());
                if (!trusted.contains(
                        Json.read(body(exchange), JsonNode.class).get("hostKey").asText())) {
                    throw new ProblemException(ProblemCode.HOST_NOT_TRUSTED, "not named");
                }
                putAside(id);
                return Map.of("sealed", "sealed", "moveTo", trusted);
            }
            case "offer" -> {
                JsonNode asked = Json.read(body(exchange), JsonNode.class);
                return Map.of(
                        "takesPart",
                        true,
                        "epsilon",
                        asked.get("epsilon").decimalValue(),
                        "sensitivity",
                        1,
                        "digest",
                        "d");
            }
            case "reserve" -> {
                legs.putIfAbsent(id + path[3], "reserved");
                return Map.of("epsilon", 1, "expires", Instant.now().toString());
            }
            case "run" -> {
                if (legs.replace(id + path[3], "reserved", "paid")) {
                    charged.merge(id, 1L, Long::sum);
                }
                return Map.of("value", 1);
            }
            case "commit" -> {
                return Map.of("outcome", "committed", "epsilon", 1);
            }
            case "refund" -> {
                boolean paid = "paid".equals(legs.get(id + path[3]));
                return Map.of("outcome", paid ? "committed" : "refunded", "epsilon", 1);
            }
            default -> {
                // below
            }
        }
        if (path[2].equals("doors")) {
            return door(exchange, id, path);
        }
        proof(exchange);
        return echo(exchange);
    }

    private boolean locked(String id) {
        return clouds.getOrDefault(id, Key.LOCKED) == Key.LOCKED;
    }

    private long count(Key key) {
        return clouds.values().stream().filter(key::equals).count();
    }

    private void putAside(String id) {
        if (!locked(id)) {
            clouds.put(id, Key.LOCKED);
            aside.add(id);
        }
    }

    private Object door(HttpExchange exchange, String id, String[] path) throws IOException {
        if (path.length == 4) {
            return Map.of();
        }
        JsonNode wanted = Json.read(body(exchange), JsonNode.class);
        if (wanted.get("grantId").asText().startsWith("bad")) {
            throw new ProblemException(ProblemCode.GRANT_UNKNOWN, "no such grant");
        }
        String launch = wanted.get("launchId").asText();
        Path directory = doors.resolve(launch);
        Files.createDirectories(directory.resolve("output"));
        Files.writeString(directory.resolve("token"), "t", StandardCharsets.US_ASCII);
        return Map.of(
                "launchId",
                launch,
                "grantId",
                wanted.get("grantId").asText(),
                "directory",
                directory.toString(),
                "opened",
                Instant.now().toString());
    }

    /** Has the key of a private cloud name these hosts. */
    void trust(String id, List<String> hostKeys) {
        moveTo.put(id, Set.copyOf(hostKeys));
    }

    private void trust(String id, JsonNode key) {
        Set<String> named = new HashSet<>();
        key.get("moveTo").forEach(host -> named.add(host.asText()));
        moveTo.put(id, named);
    }

    private static void proof(HttpExchange exchange) {
        String authorization = exchange.getRequestHeaders().getFirst("Authorization");
        if (authorization == null || !authorization.startsWith("Bearer ")) {
            throw new ProblemException(ProblemCode.UNAUTHENTICATED, "no proof");
        }
    }

    private static Object echo(HttpExchange exchange) throws IOException {
        Map<String, Object> echo = new LinkedHashMap<>();
        echo.put("method", exchange.getRequestMethod());
        echo.put("uri", exchange.getRequestURI().toString());
        echo.put("headers", new TreeMap<>(exchange.getRequestHeaders()));
        long length = 0;
        try (InputStream in = exchange.getRequestBody()) {
            byte[] buffer = new byte[65_536];
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                length += n;
            }
        }
        echo.put("length", length);
        return echo;
    }

    private static byte[] body(HttpExchange exchange) throws IOException {
        return exchange.getRequestBody().readAllBytes();
    }

    private Object status(String id) {
        Key key = clouds.getOrDefault(id, Key.LOCKED);
        Map<String, Object> status = new HashMap<>(
                Map.of("id", id, "state", key.name(), "hostKey", hostKey, "challenge", "c", "retryAfterSeconds", 0));
        if (key == Key.AWAKE && !derive.isEmpty()) {
            status.put("derive", derive);
        }
        return status;
    }
}
