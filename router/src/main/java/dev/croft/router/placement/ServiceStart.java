package dev.croft.router.placement;

import dev.croft.router.Json;
import dev.croft.router.RouterException;
import dev.croft.router.registry.CatalogueEntry;
import dev.croft.router.registry.Launch;
import dev.croft.router.registry.PrivateCloud;
import dev.croft.router.registry.Registry;
import dev.croft.router.tls.PrivateFiles;
import dev.croft.runtime.Placing;
import dev.croft.runtime.Runtime;
import dev.croft.runtime.WorkloadId;
import dev.croft.runtime.WorkloadSpec;
import dev.croft.vault.api.Door;
import dev.croft.vault.api.DoorRequest;
import dev.croft.vault.api.TraceSpan;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;

/** Puts a service behind a door that its private cloud's host opens for it. Thread-safe. */
final class ServiceStart {

    private final Registry registry;
    private final Runtime runtime;
    private final Placement placement;
    private final Path services;
    private final Publishers publishers;

    ServiceStart(Registry registry, Runtime runtime, Placement placement, Path services, Publishers publishers) {
        this.registry = registry;
        this.runtime = runtime;
        this.placement = placement;
        this.services = services;
        this.publishers = publishers;
    }

    /**
     * Has its turn.
     *
     * @return whether it runs: not, when its owner stopped it meanwhile
     */
    boolean start(Launch launch) throws Exception {
        WorkloadId workload = Launcher.workload(launch.id());
        if (!registry.launches().move(launch.id(), Launch.State.QUEUED, Launch.State.STARTING, workload.value())) {
            return false;
        }
        PrivateCloud cloud = registry.clouds()
                .find(launch.cloudId())
                .orElseThrow(() -> new RouterException.NotFound("private cloud"));
        CatalogueEntry entry = registry.catalogue()
                .find(launch.service(), launch.version())
                .orElseThrow(() -> new RouterException.NotFound("service"));
        ServiceDefinition definition =
                Json.read(entry.definition().getBytes(StandardCharsets.UTF_8), ServiceDefinition.class);
        try {
            publishers.check(entry.name(), entry.version(), entry.program(), definition);
        } catch (RouterException.Forbidden e) {
            registry.audit()
                    .append(
                            "router",
                            "launch /services",
                            entry.name() + " " + entry.version() + " " + cloud.id(),
                            e.code());
            throw e;
        }
        long term = placement.term();
        Door door = placement.use(
                cloud,
                (_, host) -> host.openDoor(
                        cloud.id(),
                        new DoorRequest(
                                launch.grantId(),
                                launch.service(),
                                entry.program(),
                                definition.command(),
                                launch.id(),
                                definition.entry(entry.version()))));
        Path directory = Path.of(door.directory());
        if (!placement.doors(cloud).equals(directory.getParent())) {
            throw new RouterException.Unavailable("the permission manager's door is not where doors are");
        }
        try {
            PrivateFiles.write(directory.resolve("input.json"), launch.input().getBytes(StandardCharsets.UTF_8));
            runtime.launch(WorkloadSpec.of(workload, definition.program(services, entry.program()))
                    .withLabels(Map.of(
                            "croft/launch", launch.id(), "croft/cloud", cloud.id(), Remains.DOOR, directory.toString()))
                    .withLimits(definition.limits())
                    .withPlacing(Objects.requireNonNullElse(definition.placing(), Placing.ANYHOW))
                    .withDoor(directory)
                    .withEnvironment(environment(cloud)));
        } catch (IOException | RuntimeException e) {
            Outputs.delete(directory);
            throw e;
        }
        if (placement.term() != term) {
            // All that ran was ended meanwhile, as others may have this private cloud; this one was not there yet.
            new Endings(runtime).stop(workload, Duration.ZERO);
            throw new RouterException.Unavailable("this router has lost touch with the others");
        }
        return true;
    }

    private static Map<String, String> environment(PrivateCloud cloud) {
        Map<String, String> environment = new HashMap<>();
        environment.put("CROFT_DOOR", "/croft/door.sock");
        environment.put("CROFT_CLOUD", cloud.id());
        TraceSpan.current()
                .ifPresent(span ->
                        environment.put("CROFT_TRACEPARENT", span.context().header()));
        return environment;
    }
}
