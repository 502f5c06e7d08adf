package dev.croft.router;

import dev.croft.router.fleet.Fleet;
import dev.croft.router.fleet.Homes;
import dev.croft.router.fleet.Membership;
import dev.croft.router.placement.Launcher;
import dev.croft.router.placement.Placement;
import dev.croft.router.registry.Launch;
import dev.croft.router.registry.Member;
import dev.croft.router.registry.PrivateCloud;
import dev.croft.router.registry.Registry;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What this router does when its standing among the others changes. */
final class Standing implements Membership.Duties {

    private static final Logger LOG = LoggerFactory.getLogger(Standing.class);

    private final Fleet fleet;
    private final Registry registry;
    private final Leading leading;
    private final Launcher launcher;
    private final Placement placement;

    Standing(Fleet fleet, Registry registry, Leading leading, Launcher launcher, Placement placement) {
        this.fleet = fleet;
        this.registry = registry;
        this.leading = leading;
        this.launcher = launcher;
        this.placement = placement;
    }

    @Override
    public void lead() {
        leading.open();
    }

    @Override
    public void follow() {
        leading.close();
    }

    @Override
    public void letGo() {
        try {
            placement.letGo();
        } finally {
            launcher.letGo();
        }
    }

    @Override
    public void takeUp() {
        placement.start();
        launcher.resume();
    }

    /** Gives away what its replicas bring back elsewhere, as soon as nobody uses it. */
    @Override
    public void drain() {
        List<Member> others = Homes.open(fleet.routers(), fleet.now()).stream()
                .filter(router -> !router.name().equals(fleet.self().name()) && !router.draining())
                .toList();
        if (others.isEmpty()) {
            return;
        }
        Map<String, Long> load = new HashMap<>(registry.clouds().countByHome());
        // A service at work has a door at the host here, which goes on under the grants known here.
        Set<String> working =
                registry.launches().open().stream().map(Launch::cloudId).collect(Collectors.toSet());
        for (PrivateCloud cloud : registry.clouds().here()) {
            boolean movable = (cloud.replicas() != null || cloud.state() == PrivateCloud.State.CREATING)
                    && !working.contains(cloud.id());
            Optional<Member> to = Homes.choose(cloud.id(), others, load);
            if (movable && to.isPresent() && cloud.state() != PrivateCloud.State.DELETING) {
                try {
                    if (placement.give(cloud, to.get().name())) {
                        load.merge(to.get().name(), 1L, Long::sum);
                        LOG.info(
                                "private cloud {} is given to router {}",
                                cloud.id(),
                                to.get().name());
                    }
                } catch (RouterException e) {
                    LOG.warn("private cloud {} stays for now: {}", cloud.id(), e.toString());
                }
            }
        }
    }
}
