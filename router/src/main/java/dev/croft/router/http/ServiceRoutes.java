package dev.croft.router.http;

import static dev.croft.router.http.Route.Method.DELETE;
import static dev.croft.router.http.Route.Method.GET;
import static dev.croft.router.http.Route.Method.POST;

import com.fasterxml.jackson.databind.JsonNode;
import dev.croft.router.Json;
import dev.croft.router.Role;
import dev.croft.router.RouterException;
import dev.croft.router.Scope;
import dev.croft.router.placement.Launcher;
import dev.croft.router.placement.Outputs;
import dev.croft.router.placement.ServiceDefinition;
import dev.croft.router.registry.Launch;
import dev.croft.router.registry.PrivateCloud;
import dev.croft.router.registry.Registry;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The catalogue, and launches of services: launch, status, logs, pause, resume, stop. */
public final class ServiceRoutes {

    private static final Set<Role> OWNERS_AND_OPERATORS = EnumSet.of(Role.OWNER, Role.OPERATOR);
    private static final long DEFINITION = 256 * 1024;
    private static final long INPUT = 1024 * 1024;
    private static final Pattern REST = Pattern.compile("bytes=([0-9]{1,18})-");

    private final Registry registry;
    private final Launcher launcher;

    public ServiceRoutes(Registry registry, Launcher launcher) {
        this.registry = registry;
        this.launcher = launcher;
    }

    /** @param program digest of the files or the image, without the command */
    public record NewService(String name, String version, String program, ServiceDefinition definition) {}

    /**
     * @param version the newest when {@code null}
     * @param grantId a grant for this service's digest
     * @param input JSON for the service, {@code {}} when {@code null}
     */
    public record NewLaunch(
            String service,
            @Nullable String version,
            String grantId,
            @Nullable JsonNode input) {}

    public List<Route> routes() {
        return List.of(
                Route.any(
                        GET,
                        "/services",
                        Scope.CATALOGUE,
                        exchange -> exchange.answer(registry.catalogue().list())),
                Route.forRole(POST, "/services", Role.OPERATOR, Scope.CATALOGUE, this::publish)
                        .withMaxBody(DEFINITION),
                Route.any(
                        GET,
                        "/services/{service}/{version}",
                        Scope.CATALOGUE,
                        exchange -> exchange.answer(registry.catalogue()
                                .find(exchange.parameter("service"), exchange.parameter("version"))
                                .orElseThrow(() -> new RouterException.NotFound("service")))),
                Route.forRole(DELETE, "/services/{service}/{version}", Role.OPERATOR, Scope.CATALOGUE, exchange -> {
                    registry.catalogue().withdraw(exchange.parameter("service"), exchange.parameter("version"));
                    exchange.done();
                }),
                Route.forRoles(
                        GET,
                        "/clouds/{cloud}/launches",
                        OWNERS_AND_OPERATORS,
                        Scope.SERVICES,
                        exchange -> exchange.answer(registry.launches()
                                .ofCloud(CloudRoutes.visible(registry, exchange).id()))),
                Route.forRole(POST, "/clouds/{cloud}/launches", Role.OWNER, Scope.SERVICES, this::launch)
                        .withMaxBody(INPUT)
                        .atHome(),
                Route.forRoles(
                        GET,
                        "/clouds/{cloud}/launches/{launch}",
                        OWNERS_AND_OPERATORS,
                        Scope.SERVICES,
                        exchange -> exchange.answer(visible(exchange))),
                Route.forRole(GET, "/clouds/{cloud}/launches/{launch}/logs", Role.OWNER, Scope.SERVICES, this::logs)
                        .atHome(),
                Route.forRole(GET, "/clouds/{cloud}/launches/{launch}/output", Role.OWNER, Scope.SERVICES, exchange -> {
                            CloudRoutes.own(registry, exchange);
                            exchange.answer(launcher.remains().outputs(visible(exchange)));
                        })
                        .atHome(),
                Route.forRole(
                                GET,
                                "/clouds/{cloud}/launches/{launch}/output/{file}",
                                Role.OWNER,
                                Scope.SERVICES,
                                this::output)
                        .atHome(),
                change("/clouds/{cloud}/launches/{launch}/pause", launcher::pause),
                change("/clouds/{cloud}/launches/{launch}/resume", launcher::resume),
                change("/clouds/{cloud}/launches/{launch}/stop", launcher::stop));
    }

    private Route change(String path, Consumer<Launch> change) {
        return Route.forRoles(POST, path, OWNERS_AND_OPERATORS, Scope.SERVICES, exchange -> {
                    Launch launch = visible(exchange);
                    change.accept(launch);
                    exchange.answer(registry.launches().find(launch.id()).orElse(launch));
                })
                .atHome();
    }

    private Launch visible(Exchange exchange) {
        PrivateCloud cloud = CloudRoutes.visible(registry, exchange);
        return registry.launches()
                .find(exchange.parameter("launch"))
                .filter(launch -> launch.cloudId().equals(cloud.id()))
                .orElseThrow(() -> new RouterException.NotFound("launch"));
    }

    private void publish(Exchange exchange) throws IOException, TimeoutException {
        NewService wanted = exchange.body(NewService.class);
        if (wanted.name() == null
                || wanted.version() == null
                || wanted.program() == null
                || wanted.definition() == null) {
            throw new RouterException.Invalid("a service has a name, a version, its program's digest and a definition");
        }
        exchange.subject(wanted.name() + " " + wanted.version());
        exchange.answer(
                201,
                launcher.publish(
                        wanted.name(),
                        wanted.version(),
                        wanted.program(),
                        wanted.definition(),
                        exchange.account().name()));
    }

    private void launch(Exchange exchange) throws IOException, TimeoutException {
        PrivateCloud cloud = CloudRoutes.keyed(CloudRoutes.own(registry, exchange));
        NewLaunch wanted = exchange.body(NewLaunch.class);
        if (wanted.service() == null
                || wanted.grantId() == null
                || !wanted.grantId().matches("[A-Za-z0-9_-]{8,64}")) {
            throw new RouterException.Invalid("a launch names a service and a grant");
        }
        JsonNode given = wanted.input();
        // A client that writes absent fields as null means the same.
        String input = given == null || given.isNull() ? "{}" : new String(Json.write(given), StandardCharsets.UTF_8);
        exchange.answer(
                202,
                launcher.submit(
                        cloud, exchange.account().id(), wanted.service(), wanted.version(), wanted.grantId(), input));
    }

    private void output(Exchange exchange) throws IOException {
        CloudRoutes.own(registry, exchange);
        try (Outputs.Content output = launcher.remains().output(visible(exchange), exchange.parameter("file"))) {
            String tag = "\"" + output.file().tag() + "\"";
            long size = output.file().size();
            long from = rest(exchange, tag, size);
            // It is whatever the service wrote: nothing that a browser should make something of.
            exchange.context()
                    .contentType("application/octet-stream")
                    .header("Content-Disposition", "attachment")
                    .header("X-Content-Type-Options", "nosniff")
                    .header("Accept-Ranges", "bytes")
                    .header("ETag", tag)
                    .header("Content-Length", Long.toString(size - from));
            if (from > 0) {
                exchange.context().status(206).header("Content-Range", "bytes " + from + "-" + (size - 1) + "/" + size);
            }
            output.from(from).transferTo(exchange.context().res().getOutputStream());
        }
    }

    /**
     * From which byte on the file is wanted (RFC 9110, section 14): the rest of one that broke off, if it is still the same. Other ranges may be
     * answered with the whole, and are.
     */
    private static long rest(Exchange exchange, String tag, long size) {
        Matcher range = REST.matcher(String.valueOf(exchange.context().header("Range")));
        String same = exchange.context().header("If-Range");
        if (!range.matches() || same != null && !same.equals(tag)) {
            return 0;
        }
        long from = Long.parseLong(range.group(1));
        return from < size ? from : 0;
    }

    private void logs(Exchange exchange) throws IOException, TimeoutException {
        CloudRoutes.own(registry, exchange);
        try (InputStream in = launcher.remains().logs(visible(exchange), exchange.flag("follow"))) {
            exchange.context().contentType("text/plain; charset=utf-8");
            in.transferTo(exchange.context().res().getOutputStream());
        }
    }
}
