package dev.croft.router.fleet;

import dev.croft.router.RouterException;
import dev.croft.router.http.ApiServer;
import dev.croft.router.placement.Placement;
import dev.croft.router.registry.Member;
import dev.croft.router.registry.PrivateCloud;
import dev.croft.vault.api.PmClient;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** Permission managers wherever they are: at this router by its {@link Placement}, at another through that. Thread-safe. */
public final class Reach {

    private static final Duration CALL = Duration.ofMinutes(2);

    private final Placement placement;
    private final Fleet fleet;
    private final Optional<Forwarder> forwarder;

    /** @param forwarder empty where there can be no other router */
    public Reach(Placement placement, Fleet fleet, Optional<Forwarder> forwarder) {
        this.placement = placement;
        this.fleet = fleet;
        this.forwarder = forwarder;
    }

    /**
     * Asks the permission manager of a private cloud, which is woken first.
     *
     * @throws RouterException.Unavailable when its host, or the router that has it, does not answer
     */
    public <T> T use(PrivateCloud cloud, Function<PmClient, T> what) throws Exception {
        if (cloud.home().equals(fleet.self().name()) || forwarder.isEmpty()) {
            return placement.use(cloud, (_, host) -> what.apply(host));
        }
        Member home = fleet.find(cloud.home())
                .filter(router -> Homes.isHeld(router, fleet.now()))
                .orElseThrow(() -> new RouterException.Unavailable("router " + cloud.home() + " is not there"));
        URI base = URI.create(home.url() + ApiServer.PREFIX + "/routers/clouds/" + cloud.id() + "/pm");
        return what.apply(new PmClient(forwarder.get().http(home), base, Map.of(), CALL));
    }
}
