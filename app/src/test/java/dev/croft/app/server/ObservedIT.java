package dev.croft.app.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.AppenderBase;
import dev.croft.app.Logging;
import dev.croft.app.demo.Resident;
import dev.croft.router.Role;
import dev.croft.router.RouterClient;
import dev.croft.router.RouterConfig;
import dev.croft.router.registry.CatalogueEntry;
import dev.croft.router.registry.Launch;
import dev.croft.router.registry.PrivateCloud;
import dev.croft.router.trace.SpanExport;
import dev.croft.vault.api.Documents;
import dev.croft.vault.api.ProblemException;
import dev.croft.vault.api.TraceContext;
import dev.croft.vault.api.TraceSpan;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Stream;
import org.bson.BsonDocument;
import org.bson.BsonString;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** What those who watch an installation see of a session: one trace through all of it, and nothing of what it was about. */
class ObservedIT {
    private static final String PERSON = "markperson7f3a";
    private static final String DOCUMENT = "markdocument9c2e";

    /** Every log line of this process, at every level, whatever is printed of it. */
    private static final class Everything extends AppenderBase<ILoggingEvent> {
        final Queue<String> lines = new ConcurrentLinkedQueue<>();

        @Override
        protected void append(ILoggingEvent event) {
            lines.add(event.getLoggerName() + " " + event.getFormattedMessage() + " " + event.getMDCPropertyMap()
                    + (event.getThrowableProxy() == null
                            ? ""
                            : ThrowableProxyUtil.asString(event.getThrowableProxy())));
        }
    }

    @Test
    void oneTraceGoesFromClientToServiceAndNothingThatIsWatchedTellsWhatItWasAbout(@TempDir Path directory)
            throws Exception {
        Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        Logger ours = (Logger) LoggerFactory.getLogger("dev.croft");
        Level before = ours.getLevel();
        Everything logs = new Everything();
        logs.setContext(root.getLoggerContext());
        logs.start();
        root.addAppender(logs);
        ours.setLevel(Level.TRACE);
        String level = System.setProperty(Logging.LEVEL, "TRACE");
        try (OtlpReceiver collector = new OtlpReceiver()) {
            session(new Home(directory.resolve("h")), collector, logs);
        } finally {
            root.detachAppender(logs);
            ours.setLevel(before);
            if (level == null) {
                System.clearProperty(Logging.LEVEL);
            } else {
                System.setProperty(Logging.LEVEL, level);
            }
        }
    }

    private static void session(Home home, OtlpReceiver collector, Everything logs) throws Exception {
        RouterConfig config = RouterConfig.embedded(home.router())
                .withServicesDirectory(home.services())
                .withListen("127.0.0.1", 0);
        List<String> secrets = new ArrayList<>(List.of(PERSON, DOCUMENT));
        TraceContext mine = TraceContext.begin(true);
        String cloud;
        String metrics;
        String hostLogs;
        try (LocalServer server = LocalServer.start(home, config, Backend.PROCESS, false, _ -> {});
                RouterClient operator = server.operator()) {
            server.traceTo(new SpanExport.Endpoint(collector.base(), Map.of("Collector-Key", "key-of-the-collector")));
            operator.createAccount(PERSON, Role.OWNER, null);
            String token = operator.issueTokenFor(PERSON, "test", Role.OWNER.scopes(), Duration.ofHours(1))
                    .secret();
            secrets.add(token);
            RouterClient account = operator.as(token);
            Resident resident = Resident.settle(account, home, PERSON, PrivateCloud.Hosting.SHARED);
            cloud = resident.cloud().cloud();
            Stream.of(Files.readString(home.keys().resolve(PERSON + ".key")).split("\\s+"))
                    .filter(word -> word.length() > 40)
                    .forEach(secrets::add);

            write(resident);
            Launch launch = TraceSpan.of(mine).run(() -> {
                account.hibernate(cloud);
                account.wake(cloud);
                return launch(account, resident);
            });
            assertThat(resident.await(launch, Duration.ofMinutes(2)).state()).isEqualTo(Launch.State.DONE);
            refusals(resident);

            await().atMost(Duration.ofSeconds(60))
                    .untilAsserted(() -> assertThat(collector.ofTrace(mine.trace()))
                            .extracting(OtlpReceiver.Received::name)
                            .contains("launch", "POST /clouds/{cloud}/doors"));
            metrics = UpProcess.metrics(server.url(), config);
            hostLogs = logFiles(home);
            resident.close();
        }
        oneTrace(collector.ofTrace(mine.trace()), mine);
        assertThat(collector.keys).containsOnly("key-of-the-collector");

        assertThat(logs.lines).isNotEmpty();
        assertThat(hostLogs)
                .as("logs of the host and the service")
                .contains("POST /clouds/{cloud}/doors 200", "/find 200 at a door", "\"trips\"");
        assertThat(metrics).contains("croft_router_requests_total", "croft_pm_requests_total");
        String watched = metrics + String.join("", collector.bodies);
        assertThat(watched.contains(cloud))
                .as("a private cloud's id in metrics or traces")
                .isFalse();
        String all = watched + String.join("\n", logs.lines) + hostLogs;
        for (String secret : secrets) {
            int at = all.indexOf(secret);
            assertThat(at < 0 ? "" : all.substring(Math.max(0, at - 200), at))
                    .as("what stands before a secret that was found")
                    .isEmpty();
        }
    }

    private static void write(Resident resident) {
        BsonDocument diary =
                new BsonDocument("_id", new BsonString(DOCUMENT + "-id")).append("text", new BsonString(DOCUMENT));
        resident.cloud().insert("diary", List.of(diary));
        assertThat(resident.cloud().findAll("diary", new BsonDocument("text", new BsonString(DOCUMENT))))
                .hasSize(1);
    }

    private static Launch launch(RouterClient account, Resident resident) {
        CatalogueEntry pipeline = account.services().stream()
                .filter(entry -> entry.name().equals("pipeline"))
                .findFirst()
                .orElseThrow();
        return resident.launch(pipeline);
    }

    private static void refusals(Resident resident) {
        assertThatThrownBy(() -> resident.cloud()
                        .find(
                                "diary",
                                new Documents.Find(
                                        BsonDocument.parse("{\"$" + DOCUMENT + "\": 1}"),
                                        null,
                                        null,
                                        null,
                                        null,
                                        null)))
                .isInstanceOf(ProblemException.class);
        assertThatThrownBy(() -> resident.cloud()
                        .upload(("[{\"" + DOCUMENT + "\":").getBytes(StandardCharsets.UTF_8), "emission"))
                .isInstanceOf(RuntimeException.class);
        assertThatThrownBy(() -> resident.cloud().find(DOCUMENT + "/", Documents.Find.all(new BsonDocument())))
                .isInstanceOf(RuntimeException.class);
    }

    private static String logFiles(Home home) throws IOException {
        StringBuilder text = new StringBuilder();
        try (Stream<Path> files = Files.walk(home.runtime())) {
            for (Path file : files.filter(path -> path.getFileName().toString().matches("log\\.[0-9]|.*\\.log"))
                    .toList()) {
                text.append(new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1));
            }
        }
        return text.toString();
    }

    private static OtlpReceiver.Received one(List<OtlpReceiver.Received> spans, String service, String name) {
        return spans.stream()
                .filter(span -> span.service().equals(service) && span.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no " + name + " of " + service + " in " + spans));
    }

    private static void oneTrace(List<OtlpReceiver.Received> spans, TraceContext client) {
        var asked = one(spans, "croft-router", "POST /clouds/{cloud}/launches");
        assertThat(asked.parent()).isEqualTo(client.span());
        assertThat(asked.attributes())
                .containsEntry("http.route", "/api/v1/clouds/{cloud}/launches")
                .containsEntry("http.response.status_code", "202");
        var launch = one(spans, "croft-router", "launch");
        assertThat(launch.parent()).isEqualTo(asked.span());
        assertThat(launch.attributes()).containsEntry("croft.launch.state", "done");
        var door = one(spans, "croft-pm", "POST /clouds/{cloud}/doors");
        assertThat(door.parent()).isEqualTo(launch.span());
        assertThat(spans)
                .as("what the service asked at its door")
                .filteredOn(span -> "true".equals(span.attributes().get("croft.door")))
                .isNotEmpty()
                .allSatisfy(span -> {
                    assertThat(span.service()).isEqualTo("croft-pm");
                    assertThat(span.parent()).isEqualTo(launch.span());
                    assertThat(span.nanos()).isBetween(1L, launch.nanos());
                });

        var woken = one(spans, "croft-router", "wake private cloud");
        assertThat(one(spans, "croft-router", "POST /clouds/{cloud}/wake").span())
                .isEqualTo(woken.parent());
        assertThat(one(spans, "croft-pm", "POST /clouds/{cloud}/wake").parent()).isEqualTo(woken.span());
        var granted = one(spans, "croft-pm", "POST /clouds/{cloud}/grants");
        assertThat(one(spans, "croft-router", "POST /clouds/{cloud}/pm/<path>").span())
                .as("a request that is relayed")
                .isEqualTo(granted.parent());
    }
}
