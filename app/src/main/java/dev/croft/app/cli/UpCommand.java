package dev.croft.app.cli;

import dev.croft.app.Logging;
import dev.croft.app.server.Home;
import dev.croft.app.server.LocalServer;
import dev.croft.budget.scheduling.Dpf;
import dev.croft.router.Json;
import dev.croft.router.RouterConfig;
import dev.croft.router.RouterException;
import dev.croft.router.fleet.Invitation;
import dev.croft.router.fleet.Join;
import dev.croft.router.fleet.RouterIdentity;
import dev.croft.router.oidc.OidcConfig;
import dev.croft.router.trace.SpanExport;
import dev.croft.runtime.Quarters;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code croft up}: serves until it is stopped. */
@Command(
        name = "up",
        description = {
            "Serve private clouds on this machine until stopped: router, hosts and services.",
            "A PostgreSQL registry: --database, with its user and password in CROFT_DATABASE_USER and CROFT_DATABASE_PASSWORD_FILE."
        })
final class UpCommand extends Subcommand {
    @Option(
            names = "--home",
            paramLabel = "DIR",
            description = "The installation's folder (default: CROFT_HOME, else ~/.croft).")
    @Nullable
    Path homeOption;

    @Option(
            names = "--listen",
            defaultValue = "127.0.0.1",
            description = "Address to listen on (default: ${DEFAULT-VALUE}).")
    String listen = "127.0.0.1";

    @Option(names = "--port", defaultValue = "8443", description = "Port; 0 picks one (default: ${DEFAULT-VALUE}).")
    int port;

    @Option(
            names = "--name",
            paramLabel = "NAME",
            description = "Names and addresses in its certificate (default: localhost).")
    String @Nullable [] names;

    @Option(names = "--certificate", paramLabel = "PEM", description = "The operator's certificate chain.")
    @Nullable
    Path certificate;

    @Option(names = "--certificate-key", paramLabel = "PEM", description = "Its private key, PKCS #8.")
    @Nullable
    Path certificateKey;

    @Option(
            names = "--database",
            paramLabel = "URL",
            description = "jdbc:postgresql: URL of the registry (default: embedded).")
    @Nullable
    String database;

    @Option(
            names = "--join",
            paramLabel = "FILE",
            description =
                    "Be one more router over that database, by an invitation of 'croft router invite'. Counts at the first start, and when this router is not believed any more.")
    @Nullable
    Path join;

    @Option(
            names = "--router-port",
            defaultValue = "0",
            description =
                    "Where other routers reach it, under the first --name; 0 picks one (default: ${DEFAULT-VALUE}).")
    int routerPort;

    @Option(
            names = "--lease-seconds",
            defaultValue = "15",
            description =
                    "With several routers: how long it is believed to run after it was last heard of (default: ${DEFAULT-VALUE}).")
    int leaseSeconds = 15;

    @Option(
            names = "--oidc",
            paramLabel = "FILE",
            description = "JSON description of the OpenID Connect provider whose people may log in: issuer, clientId,"
                    + " audience, groupsClaim, roles by group, trust.")
    @Nullable
    Path oidc;

    @Option(
            names = "--idle-seconds",
            defaultValue = "300",
            description = "Idle time before a private cloud hibernates (default: ${DEFAULT-VALUE}).")
    long idleSeconds;

    @Option(
            names = "--budget-n",
            paramLabel = "N",
            defaultValue = "1",
            description =
                    "Budget blocks unlock an N-th with each of the first N claims on them; fixed at first start (default: ${DEFAULT-VALUE}).")
    double budgetN = 1;

    @Option(
            names = "--otlp-endpoint",
            paramLabel = "URL",
            description = "Send traces to this collector by OTLP over HTTP (default: OTEL_EXPORTER_OTLP_ENDPOINT, else"
                    + " nowhere; headers in OTEL_EXPORTER_OTLP_HEADERS).")
    @Nullable
    String collector;

    @Option(
            names = "--log-format",
            defaultValue = "text",
            description = "How logs are written to standard error: text or json (default: ${DEFAULT-VALUE}).")
    String logFormat = "text";

    @Mixin
    ReplicaOptions replicas = new ReplicaOptions();

    @Mixin
    IsolationOptions isolation = new IsolationOptions();

    @Mixin
    QuartersOptions placing = new QuartersOptions();

    @Override
    ExitStatus run(Output output) throws Exception {
        switch (logFormat) {
            case "text" -> {}
            case "json" -> Logging.json();
            default -> throw new CommandException(ExitStatus.USAGE, "--log-format is text or json");
        }
        ServerOptions options = new ServerOptions();
        options.homeOption = homeOption;
        Home home = options.home();
        RouterConfig config = config(home);
        Quarters quarters = placing.quarters();
        home.create();
        if (join != null) {
            join(join, home, config, quarters, output);
        }
        CountDownLatch ended = new CountDownLatch(1);
        String address = collector == null ? System.getenv("OTEL_EXPORTER_OTLP_ENDPOINT") : collector;
        SpanExport.Endpoint traces = address == null || address.isBlank()
                ? null
                : SpanExport.Endpoint.of(address, System.getenv().getOrDefault("OTEL_EXPORTER_OTLP_HEADERS", ""));
        LocalServer server = isolation.start(home, config, quarters, output);
        if (traces != null) {
            server.traceTo(traces);
        }
        if (!"no".equals(System.getenv("CROFT_AOT"))) {
            server.cacheStarts();
        }
        Runtime.getRuntime()
                .addShutdownHook(new Thread(
                        () -> {
                            server.close();
                            ended.countDown();
                        },
                        "stop"));
        IsolationOptions.tell(server.enforcement(), output);
        output.line("Serving %s from %s; stop with Ctrl-C", server.url(), home.root());
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("url", server.url().toString());
        result.put("home", home.root().toString());
        result.put("trust", config.trustFile().toString());
        output.result(result);
        output.out().flush();
        ended.await();
        return ExitStatus.OK;
    }

    private void join(Path file, Home home, RouterConfig config, Quarters quarters, Output output) throws IOException {
        if (config.database().isEmpty()) {
            throw new CommandException(ExitStatus.USAGE, "--join needs the --database of the others");
        }
        if (RouterIdentity.isKeptIn(config.stateDirectory()) && !Files.exists(file)) {
            return;
        }
        if (Files.size(file) > 256 * 1024) {
            throw new CommandException(ExitStatus.INPUT, file + " is no invitation");
        }
        Invitation invitation = Json.read(Files.readAllBytes(file), Invitation.class);
        try {
            if (Join.with(invitation, config.stateDirectory())) {
                output.line("Joined as router %s", invitation.name());
            }
        } catch (RouterException.Conflict e) {
            if (RouterIdentity.open(config.stateDirectory()).name().equals(invitation.name())) {
                // It is believed no more, such as when it was removed: nobody else would end what a kill left of it
                // here.
                try {
                    isolation.end(home, quarters, output);
                } catch (RuntimeException left) {
                    // Why it does not start is the news.
                    e.addSuppressed(left);
                }
            }
            throw e;
        }
    }

    private RouterConfig config(Home home) throws IOException {
        if (port < 0 || port > 65_535 || idleSeconds < 1) {
            throw new CommandException(
                    ExitStatus.USAGE, "--port lies between 0 and 65535 and --idle-seconds is 1 or more");
        }
        if ((certificate == null) != (certificateKey == null)) {
            throw new CommandException(ExitStatus.USAGE, "--certificate and --certificate-key go together");
        }
        RouterConfig config = RouterConfig.embedded(home.router())
                .withServicesDirectory(home.services())
                .withListen(listen, port)
                .withIdle(Duration.ofSeconds(idleSeconds))
                .withUnlocking(new Dpf.Unlocking.PerArrival(budgetN))
                .withPeers(new RouterConfig.Peers(routerPort, Duration.ofSeconds(leaseSeconds)));
        if (oidc != null) {
            config = config.withOidc(OidcConfig.read(oidc));
        }
        if (replicas.replicas().isPresent()) {
            config = config.withReplicas(replicas.required());
        }
        if (names != null) {
            config = config.withNames(Arrays.asList(names));
        }
        if (certificate != null && certificateKey != null) {
            config = config.withCertificate(new RouterConfig.Certificate(certificate, certificateKey));
        }
        if (database != null) {
            String file = System.getenv("CROFT_DATABASE_PASSWORD_FILE");
            String password =
                    file == null ? "" : Files.readString(Path.of(file)).strip();
            config = config.withDatabase(new RouterConfig.Database(
                    database, System.getenv().getOrDefault("CROFT_DATABASE_USER", "croft"), password));
        }
        return config;
    }
}
