package dev.croft.runtime.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import dev.croft.router.tls.CertificateAuthority;
import dev.croft.router.tls.Identity;
import dev.croft.router.tls.Tls;
import dev.croft.runtime.Digest;
import dev.croft.runtime.image.ImageArchive;
import dev.croft.runtime.image.ImageBuilder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Registries that want passwords, work or memory that is not theirs to have. */
class HostileRegistryTest {
    private static final Digest SOME = new Digest("1".repeat(64));
    private static final Registry.Watcher NOBODY = new Registry.Watcher() {
        @Override
        public void total(long bytes) {}

        @Override
        public void moved(long bytes) {}
    };

    @TempDir
    static Path shared;

    @TempDir
    Path folder;

    private final List<HttpsServer> servers = new ArrayList<>();
    /** Of each request: host it was meant for, method, path, and what it was allowed by. */
    private final Queue<String> seen = new ConcurrentLinkedQueue<>();

    private final Semaphore over = new Semaphore(0);

    private interface Handler {
        void handle(HttpExchange exchange) throws IOException;
    }

    @BeforeAll
    static void certificate() throws IOException {
        CertificateAuthority.open(shared, Clock.systemUTC())
                .issue("registry", CertificateAuthority.Purpose.SERVER, List.of("127.0.0.1", "localhost"))
                .write(shared.resolve("tls"));
    }

    private String serve(Handler handler) throws IOException {
        HttpsServer server = HttpsServer.create(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0), 0);
        Path tls = shared.resolve("tls");
        server.setHttpsConfigurator(new HttpsConfigurator(
                Tls.context(tls.resolve(Identity.CERTIFICATE_FILE), tls.resolve(Identity.KEY_FILE), null)));
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", exchange -> {
            try (exchange) {
                seen.add(exchange.getRequestHeaders().getFirst("Host") + " " + exchange.getRequestMethod() + " "
                        + exchange.getRequestURI() + " "
                        + exchange.getRequestHeaders().getFirst("Authorization"));
                handler.handle(exchange);
            }
        });
        server.start();
        servers.add(server);
        return "127.0.0.1:" + server.getAddress().getPort();
    }

    @AfterEach
    void stop() {
        over.release();
        servers.forEach(server -> server.stop(0));
    }

    private static void answer(HttpExchange exchange, int status, String body) throws IOException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
        exchange.getResponseBody().write(bytes);
    }

    private Registry registry(String... tokenHosts) throws IOException {
        return registry(Duration.ofMinutes(1), tokenHosts);
    }

    private Registry registry(Duration patience, String... tokenHosts) throws IOException {
        Path file = Files.writeString(folder.resolve("credentials"), "ana:secret\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        return new Registry(
                Credentials.read(file, "any"),
                Set.of(tokenHosts),
                Tls.trusting(shared.resolve(CertificateAuthority.TRUST_FILE)),
                patience);
    }

    private ImageArchive fetch(Registry registry, String address) throws Exception {
        return registry.fetch(
                RegistryName.parse(address + "/croft/thing@" + SOME), "croft/thing", folder.resolve("out.tar"), NOBODY);
    }

    @Test
    void aPasswordGoesToNoOtherHost() throws Exception {
        String elsewhere = serve(exchange -> answer(exchange, 200, "{\"token\":\"t\"}"));
        String port = elsewhere.substring(elsewhere.indexOf(':'));
        String address = serve(exchange -> {
            exchange.getResponseHeaders()
                    .add("WWW-Authenticate", "Bearer realm=\"https://localhost" + port + "/token\",service=\"x\"");
            answer(exchange, 401, "");
        });
        assertThatThrownBy(() -> fetch(registry(), address))
                .isInstanceOf(RegistryException.Refused.class)
                .hasMessageContaining("--token-host");
        assertThat(seen).hasSize(1);
        // Where that host was named it gets them, and the registry nothing but the token.
        assertThatThrownBy(() -> fetch(registry("localhost"), address)).isInstanceOf(RegistryException.Refused.class);
        assertThat(seen)
                .hasSize(4)
                .anySatisfy(request -> assertThat(request)
                        .startsWith("localhost" + port
                                + " GET /token?service=x&scope=repository%3Acroft%2Fthing%3Apull Basic "));
        assertThat(seen).filteredOn(request -> request.startsWith(address)).noneMatch(r -> r.contains("Basic"));
        assertThat(seen).last().asString().endsWith("Bearer t");
        // Nor does a realm without TLS.
        String plain = serve(exchange -> {
            exchange.getResponseHeaders().add("WWW-Authenticate", "Bearer realm=\"http://127.0.0.1" + port + "/\"");
            answer(exchange, 401, "");
        });
        assertThatThrownBy(() -> fetch(registry(), plain)).isInstanceOf(RegistryException.Misbehaved.class);
    }

    @Test
    void aRedirectTakesNeitherPasswordNorTokenAlong() throws Exception {
        String elsewhere = serve(exchange -> answer(exchange, 200, "something else"));
        String address = serve(exchange -> {
            if (exchange.getRequestHeaders().getFirst("Authorization") == null) {
                exchange.getResponseHeaders().add("WWW-Authenticate", "Basic realm=\"x\"");
                answer(exchange, 401, "");
            } else {
                exchange.getResponseHeaders().add("Location", "https://" + elsewhere + "/blob");
                answer(exchange, 307, "");
            }
        });
        assertThatThrownBy(() -> fetch(registry(), address)).isInstanceOf(RegistryException.Mismatch.class);
        assertThat(seen).last().isEqualTo(elsewhere + " GET /blob null");
        String plain = serve(exchange -> {
            exchange.getResponseHeaders().add("Location", "http://" + elsewhere + "/blob");
            answer(exchange, 307, "");
        });
        assertThatThrownBy(() -> fetch(registry(), plain)).isInstanceOf(RegistryException.Misbehaved.class);
        String round = serve(exchange -> {
            exchange.getResponseHeaders().add("Location", "/again");
            answer(exchange, 302, "");
        });
        assertThatThrownBy(() -> fetch(registry(), round)).isInstanceOf(RegistryException.Misbehaved.class);
        assertThat(seen).filteredOn(request -> request.startsWith(round)).hasSize(4);
    }

    @Test
    void whatHasNoEndIsCutOffAndWhoIsSilentIsLeft() throws Exception {
        String endless = serve(exchange -> {
            exchange.sendResponseHeaders(200, 0);
            byte[] much = new byte[1 << 16];
            while (true) {
                exchange.getResponseBody().write(much);
            }
        });
        assertThatThrownBy(() -> fetch(registry(), endless))
                .isInstanceOf(RegistryException.Misbehaved.class)
                .hasMessageContaining("more than it should");
        String silent = serve(exchange -> {
            exchange.sendResponseHeaders(200, 1000);
            exchange.getResponseBody().write(1);
            exchange.getResponseBody().flush();
            over.acquireUninterruptibly();
        });
        assertThatThrownBy(() -> fetch(registry(Duration.ofSeconds(2)), silent))
                .isInstanceOf(RegistryException.Unavailable.class)
                .hasMessageContaining("said nothing for 2 s");
        assertThatThrownBy(() -> fetch(registry(), "127.0.0.1:1")).isInstanceOf(RegistryException.Unavailable.class);
    }

    /** A manifest of one layer, and that layer shorter than the manifest says, whatever part is asked for. */
    @Test
    void whoAlwaysSendsLessThanThereIsIsLeft() throws Exception {
        String digest = "sha256:" + "2".repeat(64);
        String manifest = """
                {"schemaVersion":2,"config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"%1$s","size":1000},\
                "layers":[]}""".formatted(digest);
        for (int status : List.of(200, 206)) {
            seen.clear();
            String address = serve(exchange -> {
                boolean blob = exchange.getRequestURI().getPath().contains("blobs");
                exchange.getResponseHeaders().add("Content-Range", "bytes 0-1/1000");
                answer(exchange, blob ? status : 200, blob ? "no" : manifest);
            });
            RegistryName name = RegistryName.parse(
                    address + "/croft/thing@" + Digest.of(manifest.getBytes(StandardCharsets.UTF_8)));
            Path out = folder.resolve("out-" + status);
            assertThatThrownBy(() -> registry().fetch(name, "croft/thing", out, NOBODY))
                    .isInstanceOf(RegistryException.Misbehaved.class)
                    .hasMessageContaining("sends less");
            assertThat(seen).hasSize(2);
            // Nor with a part that is there from before.
            seen.clear();
            assertThatThrownBy(() -> registry().fetch(name, "croft/thing", out, NOBODY))
                    .isInstanceOf(RegistryException.Misbehaved.class);
            assertThat(seen).hasSize(2);
        }
    }

    /** The answer that an upload is whole gets lost: it is not sent again. */
    @Test
    void whatIsThereAfterALostAnswerIsNotSentAgain() throws Exception {
        AtomicInteger patches = new AtomicInteger();
        Queue<String> whole = new ConcurrentLinkedQueue<>();
        String address = serve(exchange -> {
            String path = exchange.getRequestURI().getPath();
            String query = String.valueOf(exchange.getRequestURI().getRawQuery());
            exchange.getResponseHeaders().add("Location", "/v2/croft/thing/blobs/uploads/1");
            switch (exchange.getRequestMethod()) {
                case "POST" -> answer(exchange, 202, "");
                case "PATCH" -> {
                    exchange.getRequestBody().readAllBytes();
                    patches.incrementAndGet();
                    answer(exchange, 202, "");
                }
                case "PUT" -> {
                    whole.add(query.substring(query.lastIndexOf("%3A") + 3));
                    answer(exchange, path.contains("uploads") ? 503 : 201, "");
                }
                default ->
                    exchange.sendResponseHeaders(
                            whole.contains(path.substring(path.lastIndexOf(':') + 1)) ? 200 : 404, -1);
            }
        });
        Path archive = image();
        RegistryName name = RegistryName.parse(address + "/croft/thing:1");
        Registry.Pushed pushed = registry().push(ImageArchive.read(archive), archive, name, false, NOBODY);
        assertThat(pushed.sent()).hasSize(2);
        assertThat(patches).hasValue(2);
    }

    private Path image() throws IOException {
        Path file = Files.write(folder.resolve("file"), new byte[100_000]);
        Path archive = folder.resolve("image.tar");
        new ImageBuilder("croft/thing", "amd64")
                .layer("thing", Map.of("/thing", file))
                .command(List.of("/thing"))
                .write(archive);
        return archive;
    }

    @Test
    void layersAreSentNowhereElse() throws Exception {
        String elsewhere = serve(exchange -> answer(exchange, 202, ""));
        String address = serve(exchange -> {
            boolean begins = exchange.getRequestMethod().equals("POST");
            exchange.getResponseHeaders().add("Location", "https://" + elsewhere + "/upload");
            answer(exchange, begins ? 202 : 404, "");
        });
        Path archive = image();
        assertThatThrownBy(() -> registry()
                        .push(
                                ImageArchive.read(archive),
                                archive,
                                RegistryName.parse(address + "/croft/thing"),
                                false,
                                NOBODY))
                .isInstanceOf(RegistryException.Misbehaved.class)
                .hasMessageContaining("another host");
        assertThat(seen).noneMatch(request -> request.startsWith(elsewhere));
    }

    /** A registry that tells how much of a cut upload it has gets the rest alone. */
    @Test
    void anUploadGoesOnAtTheByteWhereItWasCut() throws Exception {
        AtomicInteger patches = new AtomicInteger();
        Queue<String> ranges = new ConcurrentLinkedQueue<>();
        String address = serve(exchange -> {
            String path = exchange.getRequestURI().getPath();
            switch (exchange.getRequestMethod()) {
                case "POST" -> {
                    exchange.getResponseHeaders().add("Location", "/v2/croft/thing/blobs/uploads/1");
                    answer(exchange, 202, "");
                }
                case "PATCH" -> {
                    int size = exchange.getRequestBody().readAllBytes().length;
                    ranges.add(size + " " + exchange.getRequestHeaders().getFirst("Content-Range"));
                    exchange.getResponseHeaders().add("Location", "/v2/croft/thing/blobs/uploads/1");
                    answer(exchange, size > 50_000 && patches.getAndIncrement() == 0 ? 503 : 202, "");
                }
                case "GET" -> {
                    boolean upload = path.contains("uploads");
                    exchange.getResponseHeaders().add("Range", "0-59999");
                    answer(exchange, upload ? 204 : 404, "");
                }
                case "PUT" -> answer(exchange, 201, "");
                default -> answer(exchange, 404, "");
            }
        });
        Path archive = image();
        ImageArchive image = ImageArchive.read(archive);
        registry().push(image, archive, RegistryName.parse(address + "/croft/thing:1"), false, NOBODY);
        long size = image.layers().getFirst().size();
        assertThat(ranges).hasSize(3).endsWith(size + " null", (size - 60_000) + " 60000-" + (size - 1));
    }

    @Test
    void aTokenIsTakenOnlyIfItFitsAHeader() {
        assertThat(Challenge.token("{\"access_token\":\"a.b-c_d==\"}".getBytes(StandardCharsets.UTF_8)))
                .isEqualTo("a.b-c_d==");
        for (String bad :
                List.of("{}", "[", "{\"token\":\"a\\r\\nHost: x\"}", "{\"token\":\"" + "a".repeat(20_000) + "\"}")) {
            assertThatThrownBy(() -> Challenge.token(bad.getBytes(StandardCharsets.UTF_8)))
                    .isInstanceOf(RegistryException.Misbehaved.class);
        }
        assertThat(Optional.of(Challenge.parse("Basic realm=\"x\", Bearer realm=\"https://a.b/c\",service=s")))
                .get()
                .asInstanceOf(InstanceOfAssertFactories.LIST)
                .hasSize(2);
    }
}
