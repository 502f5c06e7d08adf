package dev.croft.router.lifecycle;

import dev.croft.router.RouterException;
import dev.croft.router.lifecycle.Decision.Action;
import dev.croft.router.placement.Placement;
import dev.croft.router.registry.Launch;
import dev.croft.router.registry.PrivateCloud;
import dev.croft.router.registry.Registry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Asks {@link LifecyclePolicy} what is to sleep, has it done, and records why. Thread-safe. */
public final class Lifecycle {
    private static final Logger LOG = LoggerFactory.getLogger(Lifecycle.class);
    /** Of the machine's memory, below which what is awake is asked to make room. */
    private static final double SHORT = 0.08;

    private final Registry registry;
    private final Placement placement;
    private final Duration idle;
    private final Path memory;
    private final Clock clock;
    private volatile Set<String> held = Set.of();

    /** @param memory says in the form of {@code /proc/meminfo} what memory there is */
    public Lifecycle(Registry registry, Placement placement, Duration idle, Path memory, Clock clock) {
        this.registry = registry;
        this.placement = placement;
        this.idle = idle;
        this.memory = memory;
        this.clock = clock;
    }

    /** Two at a time sleep while the machine's memory is short, and what is short then is looked at again. */
    private LifecyclePolicy.Room room() {
        try {
            Map<String, Long> lines = Files.readAllLines(memory).stream()
                    .map(line -> line.split("[: ]+"))
                    .filter(parts -> parts.length > 1)
                    .collect(Collectors.toMap(parts -> parts[0], parts -> Long.parseLong(parts[1])));
            long all = lines.getOrDefault("MemTotal", 0L);
            long available = lines.getOrDefault("MemAvailable", all);
            return available < SHORT * all
                    ? new LifecyclePolicy.Room(Integer.MAX_VALUE, 2)
                    : LifecyclePolicy.Room.AMPLE;
        } catch (IOException | NumberFormatException e) {
            return LifecyclePolicy.Room.AMPLE;
        }
    }

    private LifecyclePolicy policy() {
        return new LifecyclePolicy(idle, registry.policies().lifecycles());
    }

    private List<Demand> demands() {
        Map<String, Instant> since = registry.clouds().awakeSince();
        // A service at work uses its private cloud even while it asks nothing of it.
        Set<String> working =
                registry.launches().open().stream().map(Launch::cloudId).collect(Collectors.toCollection(HashSet::new));
        Instant now = clock.instant();
        return registry.clouds().unusedSince(PrivateCloud.State.AWAKE, now.plusSeconds(1)).stream()
                .map(cloud -> new Demand(
                        cloud.id(),
                        cloud.accountId(),
                        cloud.hosting() == PrivateCloud.Hosting.OWN_PROCESS,
                        cloud.lastUsed(),
                        since.getOrDefault(cloud.id(), cloud.lastUsed()),
                        placement.isInUse(cloud.id()) || working.contains(cloud.id()),
                        held.contains(cloud.id())))
                .toList();
    }

    /** These, and no others from before, do not sleep from being idle; they make room like others. */
    void hold(Set<String> clouds) {
        held = Set.copyOf(clouds);
    }

    /** Whether what is awake is asked to make room at this moment. */
    boolean isShort() {
        return room().toFree() > 0;
    }

    /** Puts to sleep what is to sleep now. */
    public void sweep() {
        Instant now = clock.instant();
        for (Decision decision : policy().decide(now, room(), demands())) {
            if (decision.action() == Action.KEEP) {
                continue;
            }
            registry.clouds().find(decision.cloud()).ifPresent(cloud -> {
                try {
                    if (placement.hibernate(cloud)) {
                        registry.policies().done(decision, now);
                        LOG.info("private cloud {} sleeps: {}", cloud.id(), decision.reason());
                    }
                } catch (RouterException.Unavailable e) {
                    LOG.warn("private cloud {} does not hibernate: {}", cloud.id(), e.toString());
                }
            });
        }
    }

    /** Why a private cloud is as it is. */
    public Explanation explain(PrivateCloud cloud) {
        LifecyclePolicy policy = policy();
        AccountPolicy its = policy.of(cloud.accountId());
        Decision decision = policy.decide(clock.instant(), room(), demands()).stream()
                .filter(one -> one.cloud().equals(cloud.id()))
                .findFirst()
                .orElse(null);
        return new Explanation(
                cloud.id(),
                cloud.state().name(),
                cloud.lastUsed(),
                its,
                its.idle(idle).toSeconds(),
                decision,
                registry.policies().last(cloud.id()).orElse(null));
    }
}
