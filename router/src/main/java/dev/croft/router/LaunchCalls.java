package dev.croft.router;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import dev.croft.router.http.ServiceRoutes;
import dev.croft.router.placement.Outputs;
import dev.croft.router.placement.ServiceDefinition;
import dev.croft.router.registry.CatalogueEntry;
import dev.croft.router.registry.Launch;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a client of a router asks about the catalogue of services and their launches. Thread-safe. */
abstract sealed class LaunchCalls extends AccountCalls permits RouterClient {

    LaunchCalls(HttpClient http, URI base, String token) {
        super(http, base, token);
    }

    public List<CatalogueEntry> services() {
        return get("/services", new TypeReference<>() {});
    }

    public CatalogueEntry service(String name, String version) {
        return get("/services/" + name + "/" + version, new TypeReference<>() {});
    }

    /** @param program digest of the service's files or image, without its command */
    public CatalogueEntry publish(String name, String version, String program, ServiceDefinition definition) {
        return post(
                "/services",
                new ServiceRoutes.NewService(name, version, program, definition),
                new TypeReference<>() {});
    }

    public void withdrawService(String name, String version) {
        call("DELETE", "/services/" + name + "/" + version, null);
    }

    /**
     * Queues a launch.
     *
     * @param version the newest when {@code null}
     * @param input JSON for the service; {@code {}} when {@code null}
     */
    public Launch launch(
            String cloudId, String service, @Nullable String version, String grantId, @Nullable JsonNode input) {
        return post(
                "/clouds/" + cloudId + "/launches",
                new ServiceRoutes.NewLaunch(service, version, grantId, input),
                new TypeReference<>() {});
    }

    public List<Launch> launches(String cloudId) {
        return get("/clouds/" + cloudId + "/launches", new TypeReference<>() {});
    }

    public Launch launch(String cloudId, String launchId) {
        return get("/clouds/" + cloudId + "/launches/" + launchId, new TypeReference<>() {});
    }

    public Launch pause(String cloudId, String launchId) {
        return post("/clouds/" + cloudId + "/launches/" + launchId + "/pause", null, new TypeReference<>() {});
    }

    public Launch resume(String cloudId, String launchId) {
        return post("/clouds/" + cloudId + "/launches/" + launchId + "/resume", null, new TypeReference<>() {});
    }

    public Launch stop(String cloudId, String launchId) {
        return post("/clouds/" + cloudId + "/launches/" + launchId + "/stop", null, new TypeReference<>() {});
    }

    /** What a launch printed; {@code follow} goes on until it ends. The caller closes it. */
    public InputStream logs(String cloudId, String launchId, boolean follow) {
        HttpRequest.Builder request =
                authorized("/clouds/" + cloudId + "/launches/" + launchId + "/logs?follow=" + follow);
        HttpResponse<InputStream> answer = send(request.GET().build());
        if (answer.statusCode() / 100 != 2) {
            read(answer);
        }
        return answer.body();
    }

    /** What a launch that has ended left in its output; kept for an hour. */
    public List<Outputs.OutputFile> outputs(String cloudId, String launchId) {
        return get("/clouds/" + cloudId + "/launches/" + launchId + "/output", new TypeReference<>() {});
    }

    /** One file of what a launch left. The caller closes it. */
    public InputStream output(String cloudId, String launchId, String name) {
        return output(cloudId, launchId, name, 0, "").content();
    }

    /**
     * The rest of one file of what a launch left.
     *
     * @param from how many bytes are there already
     * @param tag {@link Outputs.OutputFile#tag} of the file that they are of
     */
    public RouterClient.Rest output(String cloudId, String launchId, String name, long from, String tag) {
        String path = "/clouds/" + cloudId + "/launches/" + launchId + "/output/" + segment(name);
        HttpRequest.Builder request = authorized(path).GET();
        if (from > 0) {
            request.header("Range", "bytes=" + from + "-").header("If-Range", "\"" + tag + "\"");
        }
        HttpResponse<InputStream> answer = send(request.build());
        if (answer.statusCode() / 100 != 2) {
            read(answer);
        }
        return new RouterClient.Rest(answer.statusCode() == 206 ? from : 0, answer.body());
    }
}
