package dev.croft.app.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** Chromium without a screen, driven by W3C WebDriver: what a test needs of it. For one thread. */
final class Browser implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String ELEMENT = "element-6066-11e4-a52e-4f735466cecf";

    private final Process driver;
    private final HttpClient http = HttpClient.newHttpClient();
    private final String session;

    private Browser(Process driver, int port, Path folder) throws IOException, InterruptedException {
        this.driver = driver;
        Map<String, Object> chrome = Map.of(
                "args",
                List.of(
                        "--headless=new",
                        // Its own sandbox needs privileges that a container's root has not.
                        "--no-sandbox",
                        "--disable-gpu",
                        "--disable-dev-shm-usage",
                        "--user-data-dir=" + folder));
        String sessions = "http://127.0.0.1:" + port + "/session";
        JsonNode made =
                post(sessions, Map.of("capabilities", Map.of("alwaysMatch", Map.of("goog:chromeOptions", chrome))));
        this.session = sessions + "/" + made.path("sessionId").asText();
    }

    /** Where the driver is, if this machine has one. */
    static Optional<Path> driver() {
        return Stream.of(System.getenv().getOrDefault("PATH", "").split(":"))
                .map(folder -> Path.of(folder, "chromedriver"))
                .filter(Files::isExecutable)
                .findFirst();
    }

    static Browser start(Path driver, Path folder) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(driver.toString(), "--port=0")
                .redirectErrorStream(true)
                .start();
        BufferedReader said = process.inputReader();
        for (String line = said.readLine(); line != null; line = said.readLine()) {
            if (line.matches("ChromeDriver was started successfully on port [0-9]+\\.")) {
                Thread.ofVirtual().start(() -> said.lines().forEach(_ -> {}));
                return new Browser(process, Integer.parseInt(line.replaceAll("[^0-9]", "")), folder);
            }
        }
        throw new IOException("chromedriver does not start");
    }

    void open(String url) throws InterruptedException {
        post(session + "/url", Map.of("url", url));
    }

    /** Whether the page has such an element. */
    boolean has(String css) throws InterruptedException {
        JsonNode found = post(session + "/elements", Map.of("using", "css selector", "value", css));
        return !found.isEmpty();
    }

    void type(String css, String text) throws InterruptedException {
        post(element(css) + "/value", Map.of("text", text));
    }

    void click(String css) throws InterruptedException {
        post(element(css) + "/click", Map.of());
    }

    /** What a person reads on the page. */
    String text() throws InterruptedException {
        return send(HttpRequest.newBuilder(URI.create(element("body") + "/text"))
                        .build())
                .asText();
    }

    /** Forgets who is logged in. */
    void forget() throws InterruptedException {
        send(HttpRequest.newBuilder(URI.create(session + "/cookie")).DELETE().build());
    }

    private String element(String css) throws InterruptedException {
        JsonNode found = post(session + "/element", Map.of("using", "css selector", "value", css));
        return session + "/element/" + found.path(ELEMENT).asText();
    }

    private JsonNode post(String url, Map<String, ?> body) throws InterruptedException {
        try {
            return send(HttpRequest.newBuilder(URI.create(url))
                    .header("Content-Type", "application/json")
                    .POST(BodyPublishers.ofByteArray(JSON.writeValueAsBytes(body)))
                    .build());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private JsonNode send(HttpRequest request) throws InterruptedException {
        try {
            var answer = http.send(request, BodyHandlers.ofString());
            if (answer.statusCode() != 200) {
                throw new IOException(answer.body());
            }
            return JSON.readTree(answer.body()).path("value");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        try {
            send(HttpRequest.newBuilder(URI.create(session)).DELETE().build());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            driver.destroy();
            http.close();
        }
    }
}
