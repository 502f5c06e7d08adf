package dev.croft.router.placement;

import dev.croft.router.Json;
import dev.croft.router.RouterException;
import dev.croft.router.registry.CatalogueEntry;
import dev.croft.router.registry.Launch;
import dev.croft.router.registry.Launches;
import dev.croft.router.registry.PrivateCloud;
import dev.croft.router.registry.Registry;
import dev.croft.router.tls.PrivateFiles;
import dev.croft.runtime.Placing;
import dev.croft.runtime.Runtime;
import dev.croft.runtime.WorkloadException;
import dev.croft.runtime.WorkloadId;
import dev.croft.runtime.WorkloadSpec;
import dev.croft.runtime.WorkloadStatus;
import dev.croft.vault.api.CloudStatus;
import dev.croft.vault.api.Door;
import dev.croft.vault.api.DoorRequest;
import dev.croft.vault.api.ProblemCode;
import dev.croft.vault.api.ProblemException;
import dev.croft.vault.api.TraceSpan;
import dev.croft.vault.api.VaultException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Launches services for private clouds: in fair order, each behind a door of its own, within its limits, and followed to its end. What
 * happens is in the registry before it happens here, so that the next router goes on where this one stopped. Thread-safe.
 */
public final class Launcher implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Launcher.class);
    private static final Duration GRACE = Duration.ofSeconds(10);
    private static final String PREFIX = "svc-";
    private static final String DOOR = "croft/door";
    private static final Duration KEPT = Duration.ofHours(1);

    private final Registry registry;
    private final Launches launches;
    private final Runtime runtime;
    private final Endings endings;
    private final Placement placement;
    private final Path services;
    private final Publishers publishers;
    private final Clock clock;
    private final FairQueue<String> queue;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final Map<String, TraceSpan> spans = new ConcurrentHashMap<>();
    private volatile boolean closing;

    /**
     * @param services holds the bundles of the catalogue, one directory each
     * @param publishers whose services run here
     * @param slots how many services run at once
     */
    public Launcher(
            Registry registry,
            Runtime runtime,
            Placement placement,
            Path services,
            Publishers publishers,
            int slots,
            Clock clock) {
        this.registry = registry;
        this.launches = registry.launches();
        this.runtime = runtime;
        this.endings = new Endings(runtime);
        this.placement = placement;
        this.services = services;
        this.publishers = publishers;
        this.clock = clock;
        this.queue = new FairQueue<>(slots);
        placement.afterWaking(this::deriveAnew);
    }

    /** The name of a launch's workload. */
    public static WorkloadId workload(String launchId) {
        return new WorkloadId(PREFIX + launchId);
    }

    /** Adds an entry to the catalogue, if the bundle that it names has this digest and its publisher is one who may. */
    public CatalogueEntry publish(
            String name, String version, String program, ServiceDefinition definition, String addedBy) {
        publishers.check(name, version, program, definition);
        definition.check(services, program);
        return registry.catalogue()
                .add(name, version, program, new String(Json.write(definition), StandardCharsets.UTF_8), addedBy);
    }

    /**
     * Queues a launch.
     *
     * @param version {@code null} for the newest
     * @param input JSON for the service
     */
    public Launch submit(
            PrivateCloud cloud,
            String accountId,
            String service,
            @Nullable String version,
            String grantId,
            String input) {
        CatalogueEntry entry = (version == null
                        ? registry.catalogue().newest(service)
                        : registry.catalogue().find(service, version))
                .orElseThrow(() -> new RouterException.NotFound("service"));
        if (entry.withdrawn() != null) {
            throw new RouterException.Conflict("this version was withdrawn");
        }
        Launch launch = launches.queue(cloud.id(), accountId, entry, grantId, input);
        TraceSpan.current().filter(TraceSpan::isKept).ifPresent(asked -> spans.put(launch.id(), asked.child("launch")));
        queue.offer(accountId, launch.id());
        serveNext();
        return launch;
    }

    /**
     * Where an owner forgot entries from which something had been derived, queues a launch of the service that derives it anew, under the
     * grant that the owner gave for that. Asked after each change that may need it, and when a private cloud wakes, which makes good what a
     * crash cut short.
     */
    public void deriveAnew(PrivateCloud cloud, CloudStatus status) {
        if (status.derive() == null) {
            return;
        }
        List<Launch> before = launches.ofCloud(cloud.id());
        Set<String> done = new HashSet<>();
        for (CloudStatus.Deriver deriver : status.derive()) {
            Optional<CatalogueEntry> entry = registry.catalogue().list().stream()
                    .filter(known -> known.withdrawn() == null
                            && known.name().equals(deriver.service())
                            && known.digest().equals(deriver.digest()))
                    .findFirst();
            if (entry.isEmpty() || !done.add(deriver.service())) {
                continue;
            }
            // What runs already may have read what is forgotten; what waits reads only what is left.
            boolean waits = before.stream()
                    .anyMatch(launch -> launch.state() == Launch.State.QUEUED
                            && launch.service().equals(deriver.service()));
            if (!waits) {
                String input = before.stream()
                        .filter(launch -> launch.service().equals(deriver.service()))
                        .map(Launch::input)
                        .findFirst()
                        .orElse("{}");
                submit(cloud, cloud.accountId(), deriver.service(), entry.get().version(), deriver.grant(), input);
            }
        }
    }

    /** After a restart: follows what runs, ends what was lost, and queues what waited. */
    public void resume() {
        for (Launch launch : launches.open()) {
            if (launch.state() == Launch.State.QUEUED) {
                queue.offer(launch.accountId(), launch.id());
                continue;
            }
            Optional<WorkloadStatus> found = inspect(workload(launch.id()));
            if (found.isEmpty()) {
                launches.end(launch.id(), Launch.State.LOST, "its process was gone after the router restarted", null);
                closeDoor(launch);
            } else {
                launches.move(launch.id(), Launch.State.STARTING, Launch.State.RUNNING, null);
                queue.occupy(launch.accountId());
                threads.submit(() -> follow(launch));
            }
        }
        sweepDoors();
        serveNext();
    }

    private Optional<WorkloadStatus> inspect(WorkloadId id) {
        try {
            return Optional.of(runtime.inspect(id));
        } catch (WorkloadException.Unknown e) {
            return Optional.empty();
        }
    }

    private void serveNext() {
        while (!closing) {
            Optional<FairQueue.Turn<String>> turn = queue.next();
            if (turn.isEmpty()) {
                return;
            }
            try {
                threads.submit(() -> serve(turn.get()));
            } catch (RejectedExecutionException e) {
                return;
            }
        }
    }

    private void serve(FairQueue.Turn<String> turn) {
        Launch launch = launches.find(turn.item()).orElseThrow();
        boolean started = false;
        TraceSpan span = spans.get(launch.id());
        try {
            started = span == null ? start(launch) : span.run(() -> start(launch));
        } catch (RouterException | WorkloadException | VaultException e) {
            launches.end(launch.id(), Launch.State.FAILED, reason(e), null);
            closeDoor(launch, changed(e) ? ProblemCode.SERVICE_CHANGED : null);
        } catch (Exception e) {
            LOG.error("launch {} failed", launch.id(), e);
            launches.end(launch.id(), Launch.State.FAILED, "it could not be started", null);
            closeDoor(launch);
        }
        if (started) {
            follow(launch);
        } else {
            endSpan(launch);
            queue.release(turn.owner());
            serveNext();
        }
    }

    /** Whether what would have run, or ran for a moment, is not what was granted. */
    private static boolean changed(RuntimeException e) {
        return e instanceof WorkloadException.DigestMismatch || e instanceof WorkloadException.Deviates;
    }

    private static String reason(RuntimeException e) {
        return switch (e) {
            case ProblemException problem -> problem.code().code() + ": " + problem.detail();
            case VaultException _ -> "the permission manager did not answer";
            default -> String.valueOf(e.getMessage());
        };
    }

    private boolean start(Launch launch) throws Exception {
        WorkloadId workload = workload(launch.id());
        if (!launches.move(launch.id(), Launch.State.QUEUED, Launch.State.STARTING, workload.value())) {
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
                    .withLabels(
                            Map.of("croft/launch", launch.id(), "croft/cloud", cloud.id(), DOOR, directory.toString()))
                    .withLimits(definition.limits())
                    .withPlacing(Objects.requireNonNullElse(definition.placing(), Placing.ANYHOW))
                    .withDoor(directory)
                    .withEnvironment(environment(cloud)));
        } catch (IOException | RuntimeException e) {
            Outputs.delete(directory);
            throw e;
        }
        if (!launches.move(launch.id(), Launch.State.STARTING, Launch.State.RUNNING, null)) {
            // Stopped by its owner in the meantime.
            runtime.stop(workload, Duration.ZERO);
            closeDoor(launch);
            return false;
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

    /** Waits for the end, pausing it on the way where its definition says so. */
    private void follow(Launch launch) {
        WorkloadId workload = workload(launch.id());
        boolean ended = false;
        ProblemCode refused = null;
        try {
            Instant pauseAt = pauseAt(launch);
            while (!ended && !closing) {
                Duration wait = Duration.ofMinutes(1);
                if (pauseAt != null) {
                    Duration left = Duration.between(clock.instant(), pauseAt);
                    if (left.isNegative() || left.isZero()) {
                        pauseFor(launch, "past the time after which it is paused");
                        pauseAt = null;
                    } else if (left.compareTo(wait) < 0) {
                        wait = left;
                    }
                }
                try {
                    WorkloadStatus end = runtime.awaitEnd(workload, wait);
                    finish(launch, end);
                    boolean deviated = end.failure()
                            .filter(failure -> failure.reason() == WorkloadStatus.Reason.DEVIATION)
                            .isPresent();
                    refused = deviated ? ProblemCode.SERVICE_CHANGED : null;
                    ended = true;
                } catch (WorkloadException.TimedOut e) {
                    // it runs on
                }
            }
        } catch (WorkloadException e) {
            if (!closing) {
                launches.end(launch.id(), Launch.State.LOST, "the runtime lost it", null);
                ended = true;
            }
        } finally {
            if (ended) {
                closeDoor(launch, refused);
                endSpan(launch);
                queue.release(launch.accountId());
                serveNext();
            }
        }
    }

    private void endSpan(Launch launch) {
        TraceSpan span = spans.remove(launch.id());
        if (span != null) {
            Launch.State state = launches.find(launch.id()).orElse(launch).state();
            span.put("croft.launch.state", state.name().toLowerCase(Locale.ROOT));
            if (state == Launch.State.FAILED || state == Launch.State.LOST) {
                span.fail();
            }
            span.end();
        }
    }

    private @Nullable Instant pauseAt(Launch launch) {
        Launch now = launches.find(launch.id()).orElse(launch);
        Long seconds = registry.catalogue()
                .find(launch.service(), launch.version())
                .map(entry -> Json.read(entry.definition().getBytes(StandardCharsets.UTF_8), ServiceDefinition.class)
                        .pauseAfterSeconds())
                .orElse(null);
        Instant started = now.started();
        return seconds == null || started == null || now.state() == Launch.State.PAUSED
                ? null
                : started.plusSeconds(seconds);
    }

    private void finish(Launch launch, WorkloadStatus end) {
        Integer exit = end.exitCode().isPresent() ? end.exitCode().getAsInt() : null;
        if (end.state() == WorkloadStatus.State.STOPPED && exit != null && exit == 0) {
            launches.end(launch.id(), Launch.State.DONE, null, exit);
        } else if (end.state() == WorkloadStatus.State.STOPPED) {
            launches.end(launch.id(), Launch.State.STOPPED, "stopped", exit);
        } else {
            String reason = end.failure()
                    .map(failure -> failure.reason().name().toLowerCase(Locale.ROOT) + ": " + failure.detail())
                    .orElse("it failed");
            launches.end(launch.id(), Launch.State.FAILED, reason, exit);
        }
    }

    private void closeDoor(Launch launch) {
        closeDoor(launch, null);
    }

    /** @param refused why the service was not let run, for its owner's audit; {@code null} if that is not why the door closes */
    private void closeDoor(Launch launch, @Nullable ProblemCode refused) {
        registry.clouds().find(launch.cloudId()).ifPresent(cloud -> {
            try {
                placement.use(cloud, (_, host) -> {
                    host.closeDoor(cloud.id(), launch.id(), refused);
                    return true;
                });
            } catch (Exception e) {
                // A door dies with its host anyway.
                LOG.debug("the door of launch {} was not closed: {}", launch.id(), e.toString());
            }
        });
    }

    /** Pauses a running launch. */
    public void pause(Launch launch) {
        if (launch.state() == Launch.State.PAUSED) {
            return;
        }
        running(launch);
        pauseFor(launch, "paused");
    }

    private void pauseFor(Launch launch, String reason) {
        runtime.pause(workload(launch.id()));
        launches.move(launch.id(), Launch.State.RUNNING, Launch.State.PAUSED, null);
        LOG.info("launch {} is paused: {}", launch.id(), reason);
    }

    /** Lets a paused launch go on. */
    public void resume(Launch launch) {
        running(launch);
        runtime.resume(workload(launch.id()));
        launches.move(launch.id(), Launch.State.PAUSED, Launch.State.RUNNING, null);
    }

    private static void running(Launch launch) {
        if (launch.state() != Launch.State.RUNNING && launch.state() != Launch.State.PAUSED) {
            throw new RouterException.Conflict(
                    "the launch is " + launch.state().name().toLowerCase(Locale.ROOT));
        }
    }

    /** Stops a launch, or takes it out of the queue. Stopping one that has ended does nothing. */
    public void stop(Launch launch) {
        if (queue.withdraw(launch.accountId(), launch.id()) || launch.state() == Launch.State.QUEUED) {
            launches.end(launch.id(), Launch.State.STOPPED, "stopped before its turn", null);
            endSpan(launch);
            return;
        }
        // Recorded first, so that what it exits with on the way is not taken for its own end.
        if (launches.end(launch.id(), Launch.State.STOPPED, "stopped", null)) {
            try {
                runtime.stop(workload(launch.id()), GRACE);
            } catch (WorkloadException.Unknown e) {
                LOG.debug("launch {} had no process", launch.id());
            }
        }
    }

    /** What a launch printed, as far as it is kept. */
    public InputStream logs(Launch launch, boolean follow) {
        try {
            return runtime.logs(workload(launch.id()), follow);
        } catch (WorkloadException.Unknown e) {
            return InputStream.nullInputStream();
        }
    }

    /** What a launch that has ended left in its output, as long as that is kept. */
    public List<Outputs.OutputFile> outputs(Launch launch) {
        return Outputs.list(doorOf(launch));
    }

    /** One file of what a launch left. */
    public Outputs.Content output(Launch launch, String name) {
        return Outputs.read(doorOf(launch), name);
    }

    private Path doorOf(Launch launch) {
        if (!launch.state().isFinal()) {
            throw new RouterException.Conflict("the launch has not ended");
        }
        return inspect(workload(launch.id()))
                .filter(status -> status.state().ended())
                .flatMap(Launcher::door)
                .orElseThrow(() -> new RouterException.NotFound("output: it is kept for an hour after the end"));
    }

    private static Optional<Path> door(WorkloadStatus status) {
        return Optional.ofNullable(status.labels().get(DOOR)).map(Path::of);
    }

    /** Ends and forgets every launch of a private cloud that is being deleted, with its log and output. */
    public void stopAll(String cloudId) {
        for (Launch launch : launches.ofCloud(cloudId)) {
            if (!launch.state().isFinal()) {
                queue.withdraw(launch.accountId(), launch.id());
                launches.end(launch.id(), Launch.State.STOPPED, "its private cloud was deleted", null);
            }
            inspect(workload(launch.id())).ifPresent(this::delete);
        }
    }

    /** Has it gone, whatever it does; nobody waits for that. */
    private void delete(WorkloadStatus status) {
        try {
            runtime.delete(status.id()).thenRun(() -> door(status).ifPresent(Outputs::delete));
        } catch (WorkloadException.Unknown e) {
            LOG.debug("workload {} is gone already", status.id());
        }
    }

    private void forget(WorkloadStatus status) {
        try {
            runtime.remove(status.id());
            door(status).ifPresent(Outputs::delete);
        } catch (WorkloadException e) {
            LOG.debug("workload {} cannot be forgotten yet", status.id());
        }
    }

    /** Deletes what is left of doors that no workload needs any more, such as after a crash. */
    private void sweepDoors() {
        Set<Path> needed = new HashSet<>();
        runtime.list().forEach(status -> door(status).ifPresent(needed::add));
        Instant before = clock.instant().minus(KEPT);
        placement.doors().forEach(doors -> Outputs.sweep(doors, needed, before));
    }

    /** Whether a workload belongs to a launch that goes on, or has ended recently, so that its log can still be read. */
    public boolean owns(WorkloadStatus status) {
        String launchId = status.labels().get("croft/launch");
        return launchId != null
                && launches.find(launchId)
                        .filter(launch ->
                                !launch.state().isFinal() || status.state().ended() && recent(launch))
                        .isPresent();
    }

    private boolean recent(Launch launch) {
        Instant ended = launch.ended();
        return ended != null && ended.isAfter(clock.instant().minus(KEPT));
    }

    /** Forgets the logs and outputs of launches that ended an hour ago. */
    public void forgetOldLogs() {
        for (WorkloadStatus status : runtime.list()) {
            if (status.labels().containsKey("croft/launch") && status.state().ended() && !owns(status)) {
                forget(status);
            }
        }
        sweepDoors();
    }

    /** Stops every service that runs, and takes no more. */
    public void stopServices() {
        closing = true;
        List<Launch> open = new ArrayList<>(launches.open());
        open.removeIf(launch -> launch.state() == Launch.State.QUEUED);
        // Not in the common pool: on few processors that has one thread, and a runtime's client waits for it too.
        try (ExecutorService each = Executors.newVirtualThreadPerTaskExecutor()) {
            open.forEach(launch -> each.execute(() -> {
                try {
                    runtime.stop(workload(launch.id()), GRACE);
                    launches.end(launch.id(), Launch.State.STOPPED, "the router stopped", null);
                } catch (WorkloadException e) {
                    launches.end(launch.id(), Launch.State.LOST, "its process was gone when the router stopped", null);
                }
            }));
        }
    }

    /** Ends every service at once and records nothing: what became of them is recorded when the registry can be reached. */
    public void letGo() {
        try (ExecutorService each = Executors.newVirtualThreadPerTaskExecutor()) {
            runtime.list().stream()
                    .filter(status -> status.labels().containsKey("croft/launch")
                            && !status.state().ended())
                    .forEach(status -> each.execute(() -> endings.stop(status.id(), Duration.ZERO)));
        }
    }

    /** Takes no more; what runs goes on and is followed by the next router. */
    @Override
    public void close() {
        closing = true;
        threads.shutdown();
    }
}
