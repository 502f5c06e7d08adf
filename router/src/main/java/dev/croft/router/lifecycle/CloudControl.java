package dev.croft.router.lifecycle;

import dev.croft.router.RouterException;
import dev.croft.router.placement.Placement;
import dev.croft.router.registry.Host;
import dev.croft.router.registry.Launch;
import dev.croft.router.registry.PrivateCloud;
import dev.croft.router.registry.Registry;
import dev.croft.vault.api.CloudState;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * All private clouds as whoever operates the cluster may see and place them: nothing of what is in them, and no way to make, delete or open
 * one. Thread-safe.
 */
public final class CloudControl {
    private static final int PAGE = 1000;
    /** Hosts are asked anew after this time, or when the registry has something new. */
    private static final Duration LOOK = Duration.ofSeconds(15);

    private static final Duration LOOK_AT_SLEEPING = Duration.ofMinutes(2);

    private final Registry registry;
    private final Placement placement;
    private final Lifecycle lifecycle;
    private final String home;
    private final Clock clock;
    private final MadeRoom rests = new MadeRoom();
    private final Map<String, Looked> looked = new ConcurrentHashMap<>();

    /** @param home this router's name */
    public CloudControl(Registry registry, Placement placement, Lifecycle lifecycle, String home, Clock clock) {
        this.registry = registry;
        this.placement = placement;
        this.lifecycle = lifecycle;
        this.home = home;
        this.clock = clock;
    }

    /**
     * One private cloud.
     *
     * @param doing what its host says; empty where none runs that could
     * @param inUse whether a request or a service's run is under way
     * @param host its host, while that runs and it does not sleep
     * @param madeRoom why it is not to be woken because of a wish now; empty if nothing stands against that
     * @param here whether it is on this router's machine; of others it knows only what is in the registry
     */
    public record View(
            PrivateCloud cloud,
            Optional<CloudState> doing,
            boolean inUse,
            Optional<Host> host,
            Optional<String> madeRoom,
            boolean here) {}

    private record Looked(
            PrivateCloud.State state, @Nullable String workload, Instant at, Optional<CloudState> doing) {}

    /** All of them. */
    public List<View> all() {
        Map<String, Host> hosts = registry.hosts().list().stream().collect(Collectors.toMap(Host::id, host -> host));
        Set<String> working =
                registry.launches().open().stream().map(Launch::cloudId).collect(Collectors.toSet());
        Map<String, Explanation.Done> last = registry.policies().lastOfSleeping();
        boolean isShort = lifecycle.isShort();
        Instant now = clock.instant();
        List<View> all = new ArrayList<>();
        String after = "";
        List<PrivateCloud> page;
        do {
            page = registry.clouds().listAfter(after, PAGE);
            for (PrivateCloud cloud : page) {
                after = cloud.id();
                boolean here = cloud.home().equals(home);
                // Another router's hosts are that one's to tell of.
                Optional<Host> host = here && cloud.state() == PrivateCloud.State.AWAKE
                        ? registry.clouds()
                                .hostOf(cloud.id())
                                .map(hosts::get)
                                .filter(it -> it.state() == Host.State.READY)
                        : Optional.empty();
                all.add(new View(
                        cloud,
                        here ? doing(cloud, host.map(Host::workloadId).orElse(null)) : Optional.empty(),
                        placement.isInUse(cloud.id()) || working.contains(cloud.id()),
                        host,
                        here ? madeRoom(cloud, last.get(cloud.id()), isShort, now) : Optional.empty(),
                        here));
            }
        } while (page.size() == PAGE);
        Set<String> ids = all.stream().map(view -> view.cloud().id()).collect(Collectors.toSet());
        looked.keySet().retainAll(ids);
        rests.retain(ids);
        return all;
    }

    private Optional<String> madeRoom(
            PrivateCloud cloud, Explanation.@Nullable Done last, boolean isShort, Instant now) {
        if (cloud.state() != PrivateCloud.State.HIBERNATED) {
            return Optional.empty();
        }
        if (last != null && MadeRoom.is(last.reason())) {
            Instant until = rests.until(cloud.id(), last.at());
            if (now.isBefore(until)) {
                return Optional.of("it sleeps since " + last.at().truncatedTo(ChronoUnit.SECONDS) + " ("
                        + last.reason().name().toLowerCase(Locale.ROOT) + ": " + last.detail() + "), and until "
                        + until.truncatedTo(ChronoUnit.SECONDS) + " only its use wakes it");
            }
        }
        return isShort ? Optional.of("memory is short, so only its use wakes it") : Optional.empty();
    }

    private Optional<CloudState> doing(PrivateCloud cloud, @Nullable String workload) {
        if (cloud.state() == PrivateCloud.State.CREATING || cloud.state() == PrivateCloud.State.DELETING) {
            return Optional.empty();
        }
        Instant now = clock.instant();
        Looked last = looked.get(cloud.id());
        boolean asleep = cloud.state() == PrivateCloud.State.HIBERNATED;
        if (last != null
                && last.doing().isPresent()
                && last.state() == cloud.state()
                && Objects.equals(last.workload(), workload)
                && Duration.between(last.at(), now).compareTo(asleep ? LOOK_AT_SLEEPING : LOOK) < 0) {
            return last.doing();
        }
        Optional<CloudState> doing = placement.look(cloud);
        looked.put(cloud.id(), new Looked(cloud.state(), workload, now, doing));
        return doing;
    }

    private PrivateCloud find(String id) {
        return registry.clouds().find(id).orElseThrow(() -> new RouterException.NotFound("private cloud"));
    }

    /** Wakes one; one whose owner's key no host has stays locked. */
    public void wake(String id) {
        placement.wake(find(id));
        done(id, "cloud.wake");
    }

    /** Puts one to sleep unless it is in use; says whether it did. */
    public boolean sleep(String id, String why) {
        PrivateCloud cloud = find(id);
        if (!placement.hibernate(cloud)) {
            return false;
        }
        registry.policies()
                .done(
                        new Decision(
                                id,
                                cloud.hosting() == PrivateCloud.Hosting.OWN_PROCESS
                                        ? Decision.Action.STOP
                                        : Decision.Action.HIBERNATE,
                                Decision.Reason.ASKED,
                                why),
                        clock.instant());
        done(id, "cloud.hibernate");
        return true;
    }

    /**
     * Moves one that is locked to a host of its own unless it is in use; says whether it did.
     *
     * @throws RouterException.Conflict where that takes its owner: it has its own host, or a host has its key
     */
    public boolean move(String id, PrivateCloud.Hosting to) {
        boolean moved = placement.move(find(id), to);
        if (moved) {
            done(id, "cloud.move");
        }
        return moved;
    }

    /** These, and no others from before, do not sleep from idleness. */
    public void hold(Set<String> ids) {
        lifecycle.hold(ids);
    }

    private void done(String id, String act) {
        looked.remove(id);
        registry.audit().append("kubernetes", act, id, "ok");
    }
}
