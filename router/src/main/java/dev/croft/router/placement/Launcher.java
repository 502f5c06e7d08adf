package dev.croft.router.placement;

import dev.croft.router.Json;
import dev.croft.router.RouterException;
import dev.croft.router.registry.CatalogueEntry;
import dev.croft.router.registry.Launch;
import dev.croft.router.registry.Launches;
import dev.croft.router.registry.PrivateCloud;
import dev.croft.router.registry.Registry;
import dev.croft.runtime.Runtime;
import dev.croft.runtime.WorkloadException;
import dev.croft.runtime.WorkloadId;
import dev.croft.runtime.WorkloadStatus;
import dev.croft.vault.api.CloudStatus;
import dev.croft.vault.api.ProblemCode;
import dev.croft.vault.api.ProblemException;
import dev.croft.vault.api.TraceSpan;
import dev.croft.vault.api.VaultException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
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

    private final Registry registry;
    private final Launches launches;
    private final Runtime runtime;
    private final Endings endings;
    private final Path services;
    private final Publishers publishers;
    private final ServiceStart start;
    private final Follower follower;
    private final Remains remains;
    private final FairQueue<String> queue;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    /** Ids of launches that wait here or are followed. */
    private final Set<String> taken = ConcurrentHashMap.newKeySet();

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
        this.services = services;
        this.publishers = publishers;
        this.start = new ServiceStart(registry, runtime, placement, services, publishers);
        this.follower = new Follower(registry, runtime, placement, clock);
        this.remains = new Remains(launches, runtime, placement, clock);
        this.queue = new FairQueue<>(slots);
        placement.afterWaking(this::deriveAnew);
    }

    /** The name of a launch's workload. */
    public static WorkloadId workload(String launchId) {
        return new WorkloadId(PREFIX + launchId);
    }

    /** How much of what became of launches the registry refused for good to record. */
    public long refused() {
        return follower.refused();
    }

    /** What launches left. */
    public Remains remains() {
        return remains;
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
        TraceSpan.current().filter(TraceSpan::isKept).ifPresent(asked -> follower.trace(launch, asked.child("launch")));
        if (taken.add(launch.id())) {
            queue.offer(accountId, launch.id());
        }
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

    /** After a restart, or when the lease is held again: follows what runs, ends what was lost, and queues what waited, each once. */
    public void resume() {
        for (Launch launch : launches.open()) {
            if (taken.add(launch.id())) {
                try {
                    takeUp(launch);
                } catch (RuntimeException e) {
                    taken.remove(launch.id());
                    throw e;
                }
            }
        }
        remains.sweepDoors();
        serveNext();
    }

    private void takeUp(Launch launch) {
        if (launch.state() == Launch.State.QUEUED) {
            queue.offer(launch.accountId(), launch.id());
            return;
        }
        Optional<WorkloadStatus> found = inspect(workload(launch.id()));
        if (found.isEmpty()) {
            // Not by whoever takes up: the registry may be slow to answer, and so may the host that has its door.
            threads.submit(() -> {
                if (follower.ended(
                        launch, Launch.State.LOST, "its process was gone after the router restarted", null, null)) {
                    taken.remove(launch.id());
                }
            });
            return;
        }
        launches.move(launch.id(), Launch.State.STARTING, Launch.State.RUNNING, null);
        queue.occupy(launch.accountId());
        threads.submit(() -> {
            if (follower.follow(launch)) {
                taken.remove(launch.id());
                queue.release(launch.accountId());
                serveNext();
            }
        });
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
        // Whatever happens meanwhile, such as that the registry does not answer, the slot is given back in the end.
        Optional<Launch> launch = follower.asked(() -> launches.find(turn.item()), Optional.empty());
        if (launch != null && (launch.isEmpty() || served(launch.get()))) {
            taken.remove(turn.item());
            queue.release(turn.owner());
            serveNext();
        }
    }

    /** @return whether it is over: not, when this closes first */
    private boolean served(Launch launch) {
        WorkloadId workload = workload(launch.id());
        try {
            Optional<TraceSpan> span = follower.span(launch);
            if (!(span.isPresent() ? span.get().run(() -> start.start(launch)) : start.start(launch))) {
                // Stopped by its owner before its turn.
                follower.endSpan(launch);
                return true;
            }
        } catch (RouterException | WorkloadException | VaultException e) {
            return follower.ended(
                    launch, Launch.State.FAILED, reason(e), null, changed(e) ? ProblemCode.SERVICE_CHANGED : null);
        } catch (Exception e) {
            LOG.error("launch {} failed", launch.id(), e);
            return follower.ended(launch, Launch.State.FAILED, "it could not be started", null, null);
        }
        Boolean runs = follower.asked(
                () -> launches.move(launch.id(), Launch.State.STARTING, Launch.State.RUNNING, null), false);
        if (runs == null) {
            return false;
        }
        if (!runs) {
            // Stopped by its owner in the meantime.
            endings.stop(workload, Duration.ZERO);
            return follower.ended(launch, Launch.State.STOPPED, "stopped", null, null);
        }
        return follower.follow(launch);
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

    /** Pauses a running launch. */
    public void pause(Launch launch) {
        if (launch.state() == Launch.State.PAUSED) {
            return;
        }
        running(launch);
        follower.pause(launch, "paused");
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
            taken.remove(launch.id());
            follower.endSpan(launch);
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

    /** Ends and forgets every launch of a private cloud that is being deleted, with its log and output. */
    public void stopAll(String cloudId) {
        for (Launch launch : launches.ofCloud(cloudId)) {
            if (!launch.state().isFinal()) {
                queue.withdraw(launch.accountId(), launch.id());
                launches.end(launch.id(), Launch.State.STOPPED, "its private cloud was deleted", null);
                taken.remove(launch.id());
            }
            remains.delete(launch);
        }
    }

    /** Stops every service that runs, and takes no more. */
    public void stopServices() {
        closing = true;
        follower.close();
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
        follower.close();
        threads.shutdown();
    }
}
