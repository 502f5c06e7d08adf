package dev.croft.router.placement;

import dev.croft.router.RouterException;
import dev.croft.router.registry.Launch;
import dev.croft.router.registry.Launches;
import dev.croft.runtime.Runtime;
import dev.croft.runtime.WorkloadException;
import dev.croft.runtime.WorkloadStatus;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What launches leave, for an hour after their ends: what they printed, their output, and the directories of their doors. Thread-safe. */
public final class Remains {

    /** The label of a service's workload that names the directory of its door. */
    static final String DOOR = "croft/door";

    private static final Logger LOG = LoggerFactory.getLogger(Remains.class);
    private static final Duration KEPT = Duration.ofHours(1);

    private final Launches launches;
    private final Runtime runtime;
    private final Placement placement;
    private final Clock clock;

    Remains(Launches launches, Runtime runtime, Placement placement, Clock clock) {
        this.launches = launches;
        this.runtime = runtime;
        this.placement = placement;
        this.clock = clock;
    }

    private Optional<WorkloadStatus> inspect(Launch launch) {
        try {
            return Optional.of(runtime.inspect(Launcher.workload(launch.id())));
        } catch (WorkloadException.Unknown e) {
            return Optional.empty();
        }
    }

    /** What a launch printed, as far as it is kept. */
    public InputStream logs(Launch launch, boolean follow) {
        try {
            return runtime.logs(Launcher.workload(launch.id()), follow);
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
        return inspect(launch)
                .filter(status -> status.state().ended())
                .flatMap(Remains::door)
                .orElseThrow(() -> new RouterException.NotFound("output: it is kept for an hour after the end"));
    }

    private static Optional<Path> door(WorkloadStatus status) {
        return Optional.ofNullable(status.labels().get(DOOR)).map(Path::of);
    }

    /** Deletes what there is of a launch that goes with its private cloud. */
    void delete(Launch launch) {
        inspect(launch).ifPresent(this::delete);
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
    void sweepDoors() {
        Set<Path> needed = new HashSet<>();
        runtime.list().forEach(status -> door(status).ifPresent(needed::add));
        Instant before = clock.instant().minus(KEPT);
        placement.hosts().doors().forEach(doors -> Outputs.sweep(doors, needed, before));
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
}
