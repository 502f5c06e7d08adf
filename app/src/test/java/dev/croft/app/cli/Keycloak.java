package dev.croft.app.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.net.ServerSocket;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;

/** Keycloak's own server, unpacked from its distribution, with the realm of {@code examples/keycloak}. */
final class Keycloak implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String ADMIN = HexFormat.of().formatHex(new SecureRandom().generateSeed(16));

    private final Process process;
    private final String base;
    private final HttpClient http = HttpClient.newHttpClient();

    private Keycloak(Process process, String base) {
        this.process = process;
        this.base = base;
    }

    static Keycloak start(Path distribution, Path folder, Path realm) throws IOException, InterruptedException {
        Path home = unpack(distribution, folder);
        Path imports = Files.createDirectories(home.resolve("data/import"));
        Files.copy(realm, imports.resolve(realm.getFileName().toString()));
        int port;
        try (ServerSocket free = new ServerSocket(0)) {
            port = free.getLocalPort();
        }
        File log = folder.resolve("keycloak.log").toFile();
        ProcessBuilder builder = new ProcessBuilder(
                        "bash",
                        "bin/kc.sh",
                        "start-dev",
                        "--http-host",
                        "127.0.0.1",
                        "--http-port=" + port,
                        "--import-realm")
                .directory(home.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log);
        builder.environment()
                .putAll(Map.of(
                        "JAVA_HOME",
                        System.getProperty("java.home"),
                        "JAVA_OPTS_KC_HEAP",
                        "-Xmx512m",
                        "JAVA_OPTS_APPEND",
                        "-XX:TieredStopAtLevel=1",
                        "KC_BOOTSTRAP_ADMIN_USERNAME",
                        "admin",
                        "KC_BOOTSTRAP_ADMIN_PASSWORD",
                        ADMIN));
        Process process = builder.start();
        var keycloak = new Keycloak(process, "http://127.0.0.1:" + port);
        try {
            keycloak.awaitStarted(log);
            return keycloak;
        } catch (RuntimeException | Error e) {
            keycloak.close();
            throw e;
        }
    }

    private void awaitStarted(File log) {
        await().atMost(Duration.ofMinutes(8))
                .pollInterval(Duration.ofSeconds(1))
                .until(() -> {
                    String said = Files.readString(log.toPath());
                    assertThat(process.isAlive()).as(said).isTrue();
                    return said.contains("Listening on:");
                });
    }

    private static Path unpack(Path distribution, Path folder) throws IOException {
        Path home = folder;
        try (ZipInputStream zip = new ZipInputStream(Files.newInputStream(distribution))) {
            for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
                Path place = folder.resolve(entry.getName()).normalize();
                assertThat(place.startsWith(folder)).isTrue();
                home = folder.resolve(folder.relativize(place).getName(0));
                if (entry.isDirectory()) {
                    Files.createDirectories(place);
                } else {
                    Files.createDirectories(place.getParent());
                    Files.copy(zip, place);
                }
            }
        }
        return home;
    }

    String issuer() {
        return issuer("croft");
    }

    String issuer(String realm) {
        return base + "/realms/" + realm;
    }

    /** An access token by a person's password, as a script of theirs would ask for it; empty when refused. */
    String accessToken(String realm, String client, String user, String password) throws Exception {
        return tokens(
                        realm,
                        Map.of(
                                "grant_type",
                                "password",
                                "client_id",
                                client,
                                "username",
                                user,
                                "password",
                                password,
                                "scope",
                                "openid"))
                .path("access_token")
                .asText();
    }

    JsonNode tokens(String realm, Map<String, String> form) throws Exception {
        String body = form.entrySet().stream()
                .map(field -> field.getKey() + "=" + URLEncoder.encode(field.getValue(), StandardCharsets.UTF_8))
                .collect(Collectors.joining("&"));
        HttpResponse<InputStream> answer = http.send(
                HttpRequest.newBuilder(URI.create(issuer(realm) + "/protocol/openid-connect/token"))
                        .header("Content-Type", "application/x-www-form-urlencoded")
                        .POST(BodyPublishers.ofString(body))
                        .build(),
                BodyHandlers.ofInputStream());
        try (InputStream in = answer.body()) {
            return JSON.readTree(in);
        }
    }

    /** A call of the administration's API below the realm; the answer, and of what was made the id as text. */
    JsonNode admin(String method, String path, Object body) throws Exception {
        String token = accessToken("master", "admin-cli", "admin", ADMIN);
        HttpResponse<String> answer = http.send(
                HttpRequest.newBuilder(URI.create(base + "/admin/realms/croft" + path))
                        .header("Authorization", "Bearer " + token)
                        .header("Content-Type", "application/json")
                        .method(
                                method,
                                method.equals("GET") || method.equals("DELETE")
                                        ? BodyPublishers.noBody()
                                        : BodyPublishers.ofByteArray(JSON.writeValueAsBytes(body)))
                        .build(),
                BodyHandlers.ofString());
        assertThat(answer.statusCode())
                .as(method + " " + path + ": " + answer.body())
                .isBetween(200, 299);
        if (answer.statusCode() == 201) {
            String place = answer.headers().firstValue("Location").orElse("");
            return JSON.getNodeFactory().textNode(place.substring(place.lastIndexOf('/') + 1));
        }
        return JSON.readTree(answer.body().isEmpty() ? "null" : answer.body());
    }

    @Override
    public void close() throws InterruptedException {
        process.descendants().forEach(ProcessHandle::destroy);
        process.destroy();
        if (!process.waitFor(30, TimeUnit.SECONDS)) {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
        http.close();
    }
}
