package dev.croft.router.placement;

import dev.croft.router.Json;
import dev.croft.router.registry.CatalogueEntry;
import dev.croft.router.registry.Launch;
import dev.croft.router.registry.Launches;
import dev.croft.router.registry.PrivateCloud;
import dev.croft.router.registry.Registry;
import dev.croft.runtime.Runtime;
import dev.croft.runtime.WorkloadException;
import dev.croft.runtime.WorkloadStatus;
import dev.croft.vault.api.ProblemCode;
import dev.croft.vault.api.TraceSpan;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows services that run to their ends, and records these: where the registry does not answer, as soon as it does again. Thread-safe.
 */
final class Follower implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Follower.class);
    private static final Duration LOOK = Duration.ofMinutes(1);

    private final Registry registry;
    private final Launches launches;
    private final Runtime runtime;
    private final Placement placement;
    private final Clock clock;
    private final Map<String, TraceSpan> spans = new ConcurrentHashMap<>();
    private final Asking asking = new Asking();
    private volatile boolean closing;

    Follower(Registry registry, Runtime runtime, Placement placement, Clock clock) {
        this.registry = registry;
        this.launches = registry.launches();
        this.runtime = runtime;
        this.placement = placement;
        this.clock = clock;
    }

    /** From now on what a launch does is a part of this span. */
    void trace(Launch launch, TraceSpan span) {
        spans.put(launch.id(), span);
    }

    /** The span of a launch, if it is traced. */
    Optional<TraceSpan> span(Launch launch) {
        return Optional.ofNullable(spans.get(launch.id()));
    }

    /** As {@link Asking#asked}, until this closes. */
    <T> @Nullable T asked(Supplier<T> registryAsked, T otherwise) {
        return asking.asked(registryAsked, otherwise);
    }

    /** How much of what was to be recorded the registry refused for good. */
    long refused() {
        return asking.refused();
    }

    /**
     * Waits for a service's end, pausing it on the way where its definition says so, and records how it ended.
     *
     * @return whether it did: not, when this closes first
     */
    boolean follow(Launch launch) {
        Optional<Instant> pause = asked(() -> pauseAt(launch), Optional.empty());
        Instant pauseAt = pause == null ? null : pause.orElse(null);
        while (!closing) {
            Duration wait = LOOK;
            if (pauseAt != null) {
                Duration left = Duration.between(clock.instant(), pauseAt);
                if (left.isNegative() || left.isZero()) {
                    asked(() -> pauseIfItRuns(launch), false);
                    pauseAt = null;
                } else if (left.compareTo(wait) < 0) {
                    wait = left;
                }
            }
            try {
                return ended(launch, runtime.awaitEnd(Launcher.workload(launch.id()), wait));
            } catch (WorkloadException.TimedOut e) {
                // it runs on
            } catch (WorkloadException e) {
                return !closing && ended(launch, Launch.State.LOST, "the runtime lost it", null, null);
            }
        }
        return false;
    }

    private Optional<Instant> pauseAt(Launch launch) {
        Launch now = launches.find(launch.id()).orElse(launch);
        Long seconds = registry.catalogue()
                .find(launch.service(), launch.version())
                .map(Follower::pauseAfterSeconds)
                .orElse(null);
        Instant started = now.started();
        return seconds == null || started == null || now.state() == Launch.State.PAUSED
                ? Optional.empty()
                : Optional.of(started.plusSeconds(seconds));
    }

    private static @Nullable Long pauseAfterSeconds(CatalogueEntry entry) {
        try {
            return Json.read(entry.definition().getBytes(StandardCharsets.UTF_8), ServiceDefinition.class)
                    .pauseAfterSeconds();
        } catch (RuntimeException e) {
            // However often it is asked, it does not say.
            LOG.warn("when {} is to be paused cannot be read: {}", entry.name(), e.toString());
            return null;
        }
    }

    private boolean pauseIfItRuns(Launch launch) {
        try {
            pause(launch, "past the time after which it is paused");
            return true;
        } catch (WorkloadException e) {
            // It ends just now, of which its end tells.
            return false;
        }
    }

    /** Pauses a service that runs. */
    void pause(Launch launch, String reason) {
        runtime.pause(Launcher.workload(launch.id()));
        launches.move(launch.id(), Launch.State.RUNNING, Launch.State.PAUSED, null);
        LOG.info("launch {} is paused: {}", launch.id(), reason);
    }

    private boolean ended(Launch launch, WorkloadStatus end) {
        Integer exit = end.exitCode().isPresent() ? end.exitCode().getAsInt() : null;
        boolean deviated = end.failure()
                .filter(failure -> failure.reason() == WorkloadStatus.Reason.DEVIATION)
                .isPresent();
        ProblemCode refused = deviated ? ProblemCode.SERVICE_CHANGED : null;
        if (end.state() == WorkloadStatus.State.STOPPED && exit != null && exit == 0) {
            return ended(launch, Launch.State.DONE, null, exit, refused);
        }
        if (end.state() == WorkloadStatus.State.STOPPED) {
            return ended(launch, Launch.State.STOPPED, "stopped", exit, refused);
        }
        String reason = end.failure()
                .map(failure -> failure.reason().name().toLowerCase(Locale.ROOT) + ": " + failure.detail())
                .orElse("it failed");
        return ended(launch, Launch.State.FAILED, reason, exit, refused);
    }

    /**
     * Records an end, unless it has one or the registry refuses that for good, and closes its door.
     *
     * @param refused why the service was not let run, for its owner's audit; {@code null} if that is not why it ended
     * @return whether it was recorded: not, when this closes first
     */
    boolean ended(
            Launch launch,
            Launch.State last,
            @Nullable String reason,
            @Nullable Integer exit,
            @Nullable ProblemCode refused) {
        if (asked(() -> launches.end(launch.id(), last, reason, exit), false) == null) {
            return false;
        }
        closeDoor(launch, refused);
        endSpan(launch);
        return true;
    }

    private void closeDoor(Launch launch, @Nullable ProblemCode refused) {
        try {
            Optional<PrivateCloud> cloud = registry.clouds().find(launch.cloudId());
            if (cloud.isPresent()) {
                placement.use(cloud.get(), (_, host) -> {
                    host.closeDoor(launch.cloudId(), launch.id(), refused);
                    return true;
                });
            }
        } catch (Exception e) {
            // A door dies with its host anyway.
            LOG.debug("the door of launch {} was not closed: {}", launch.id(), e.toString());
        }
    }

    /** Ends the span of a launch that is over. */
    void endSpan(Launch launch) {
        TraceSpan span = spans.remove(launch.id());
        if (span == null) {
            return;
        }
        try {
            Launch.State state = launches.find(launch.id()).orElse(launch).state();
            span.put("croft.launch.state", state.name().toLowerCase(Locale.ROOT));
            if (state == Launch.State.FAILED || state == Launch.State.LOST) {
                span.fail();
            }
        } catch (RuntimeException e) {
            LOG.debug("how launch {} ended is not in its span: {}", launch.id(), e.toString());
        }
        span.end();
    }

    /** Follows nothing any more; what runs goes on. */
    @Override
    public void close() {
        closing = true;
        asking.close();
    }
}
