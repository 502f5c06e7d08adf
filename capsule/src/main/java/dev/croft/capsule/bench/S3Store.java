package dev.croft.capsule.bench;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * An S3-compatible store that keeps objects as files: s3proxy (org.gaul:s3proxy, Apache-2.0) in a process of its own. Its 132 jars are no part of this
 * product: the environment's {@code CROFT_S3PROXY} names the folder they are in.
 */
final class S3Store implements AutoCloseable {
    private static final String BUCKET = "models";
    /** As clients of S3 do with large objects: ranges of 8 MiB, eight at a time. */
    private static final int PART = 8 << 20;

    private static final int AT_A_TIME = 8;

    private final Process process;
    private final int port;
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private S3Store(Process process, int port) {
        this.process = process;
        this.port = port;
    }

    static @Nullable Path jars() {
        String folder = System.getenv("CROFT_S3PROXY");
        return folder == null || !Files.isDirectory(Path.of(folder)) ? null : Path.of(folder);
    }

    /** Starts a store whose objects are files below this folder. */
    static S3Store start(Path jars, Path folder) throws IOException, InterruptedException {
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        Path base = Files.createDirectories(folder.resolve("objects"));
        Path properties = Files.writeString(folder.resolve("s3proxy.conf"), """
                s3proxy.authorization=none
                s3proxy.endpoint=http://127.0.0.1:%d
                jclouds.provider=filesystem
                jclouds.filesystem.basedir=%s
                jclouds.identity=none
                jclouds.credential=none
                """.formatted(port, base));
        Process process = new ProcessBuilder(
                        ProcessHandle.current().info().command().orElse("java"),
                        "-cp",
                        jars + "/*",
                        "org.gaul.s3proxy.Main",
                        "--properties",
                        properties.toString())
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("s3proxy.log").toFile())
                .start();
        S3Store store = new S3Store(process, port);
        for (int tries = 0; ; tries++) {
            try {
                store.put("", new byte[0]);
                return store;
            } catch (IOException e) {
                if (tries == 300 || !process.isAlive()) {
                    store.close();
                    throw new IOException(
                            "s3proxy does not start: " + Files.readString(folder.resolve("s3proxy.log")), e);
                }
                TimeUnit.MILLISECONDS.sleep(200);
            }
        }
    }

    int port() {
        return port;
    }

    /** Puts an object; the empty name makes the bucket. */
    void put(String name, byte[] content) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(uri(port, name))
                .PUT(HttpRequest.BodyPublishers.ofByteArray(content))
                .build();
        require(client.send(request, HttpResponse.BodyHandlers.ofByteArray()));
    }

    /** Gets an object of this size over a port. */
    byte[] get(int over, String name, int size) {
        byte[] whole = new byte[size];
        List<CompletableFuture<Integer>> parts = new ArrayList<>();
        for (int from = 0; from < size; from += PART) {
            int begin = from;
            int end = Math.min(size, from + PART);
            Function<Integer, CompletableFuture<Integer>> get = _ -> client.sendAsync(
                            HttpRequest.newBuilder(uri(over, name))
                                    .header("Range", "bytes=" + begin + "-" + (end - 1))
                                    .build(),
                            HttpResponse.BodyHandlers.ofByteArray())
                    .thenApply(response -> {
                        System.arraycopy(require(response), 0, whole, begin, end - begin);
                        return end - begin;
                    });
            parts.add(
                    parts.size() < AT_A_TIME
                            ? get.apply(0)
                            : parts.get(parts.size() - AT_A_TIME).thenCompose(get));
        }
        parts.forEach(CompletableFuture::join);
        return whole;
    }

    private static URI uri(int port, String name) {
        return URI.create("http://127.0.0.1:" + port + "/" + BUCKET + (name.isEmpty() ? "" : "/" + name));
    }

    private static byte[] require(HttpResponse<byte[]> response) {
        if (response.statusCode() / 100 != 2) {
            throw new IllegalStateException("the store answered " + response.statusCode());
        }
        return response.body();
    }

    @Override
    public void close() {
        client.close();
        process.destroyForcibly();
    }
}
