package dev.croft.router.http;

import dev.croft.router.RouterException;
import dev.croft.router.fleet.Fleet;
import dev.croft.router.fleet.Forwarder;
import dev.croft.router.fleet.Homes;
import dev.croft.router.registry.Member;
import dev.croft.router.registry.PrivateCloud;
import dev.croft.router.registry.Registry;
import dev.croft.router.tls.JoinedAuthority;
import io.javalin.http.Context;
import java.io.IOException;
import java.security.cert.X509Certificate;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** Which of several routers a request comes from and which is to answer it. Thread-safe. */
final class Passing {

    static final String CERTIFICATES = "jakarta.servlet.request.X509Certificate";

    private final Registry registry;
    private final Fleet fleet;
    private final Forwarder forwarder;
    private final Predicate<X509Certificate> revoked;

    Passing(Registry registry, Fleet fleet, Forwarder forwarder, Predicate<X509Certificate> revoked) {
        this.registry = registry;
        this.fleet = fleet;
        this.forwarder = forwarder;
        this.revoked = revoked;
    }

    /** Whether who asks showed a certificate that was revoked, be it after the handshake. */
    boolean isRevoked(Context context) {
        return context.req().getAttribute(CERTIFICATES) instanceof X509Certificate[] chain
                && Stream.of(chain).anyMatch(revoked);
    }

    /** The router that passed a request on: by the authority that signed its certificate, which is a router's of this registry. */
    Optional<Member> from(Context context) {
        if (!(context.req().getAttribute(CERTIFICATES) instanceof X509Certificate[] chain)) {
            return Optional.empty();
        }
        return JoinedAuthority.signer(chain)
                .flatMap(authority -> fleet.routers().stream()
                        .filter(router -> router.authority().equals(authority))
                        .findFirst());
    }

    /**
     * The router that is to answer; nobody if this one is.
     *
     * @param passedOn whether another router believes that it is this one
     * @throws RouterException.Unavailable when nobody can
     */
    Optional<Member> to(Route route, Context context, boolean passedOn) {
        Optional<Member> to = switch (route.place()) {
            case HERE -> Optional.empty();
            case HOME -> home(context.pathParam("cloud"));
            case LEADER -> leader();
        };
        if (to.isPresent() && passedOn) {
            throw new RouterException.Unavailable("this is just moving to another router");
        }
        return to;
    }

    private Optional<Member> leader() {
        if (fleet.leads()) {
            return Optional.empty();
        }
        return Optional.of(fleet.leader()
                .filter(leader -> !leader.name().equals(fleet.self().name()))
                .orElseThrow(() -> new RouterException.Unavailable("no router leads at this moment")));
    }

    private Optional<Member> home(String id) {
        if (fleet.isAlone()) {
            return Optional.empty();
        }
        // One that is not there is refused by the route.
        PrivateCloud cloud = registry.clouds().find(id).orElse(null);
        if (cloud == null || cloud.home().equals(fleet.self().name())) {
            return Optional.empty();
        }
        return Optional.of(fleet.find(cloud.home())
                .filter(this::answers)
                .or(() -> registry.members().list().stream()
                        .filter(router -> router.name().equals(cloud.home()) && answers(router))
                        .findFirst())
                .orElseThrow(() -> new RouterException.Unavailable("router " + cloud.home()
                        + ", which has this private cloud, is not there; "
                        + (cloud.replicas() == null
                                ? "it has no replicas and waits for that router"
                                : "it comes back from its replicas at another"))));
    }

    /** Not one that has only begun to start: as of the last renewal it may be so still. */
    private boolean answers(Member router) {
        return !router.url().isEmpty() && Homes.isHeld(router, fleet.now());
    }

    void pass(Route route, Context context, Member to) throws IOException {
        forwarder.forward(context, to, route.maxBody());
    }
}
