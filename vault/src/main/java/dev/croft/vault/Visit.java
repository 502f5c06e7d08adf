package dev.croft.vault;

import dev.croft.vault.api.PmRoute;
import dev.croft.vault.api.ServiceStatement;
import dev.croft.vault.api.TraceContext;
import dev.croft.vault.http.Request;
import dev.croft.vault.http.RouteTable;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** One request on its way through, and as whom it has proven itself so far: what the audit says if it is refused. */
final class Visit {
    private static final String SELF = "/clouds/self/";

    final Request request;
    final @Nullable AtDoor door;
    String who;

    @Nullable
    PmRoute route;

    Visit(Request request, @Nullable AtDoor door) {
        this.request = request;
        this.door = door;
        this.who = door == null ? "unknown" : door.who();
    }

    /** A service may name the span of its own launch's trace that asks; what it says of any other trace is not believed. */
    @Nullable
    TraceContext trace() {
        TraceContext said = request.trace();
        if (door == null) {
            return said;
        }
        TraceContext launch = door.trace();
        return launch != null && said != null && said.trace().equals(launch.trace()) && launch.sampled()
                ? said
                : launch;
    }

    /** Services may leave out the private cloud or call it {@code self}: the door knows which it is. */
    String path() {
        String path = request.path();
        if (door == null) {
            return path;
        }
        String cloud = "/clouds/" + door.slot().id();
        if (path.startsWith(SELF)) {
            return cloud + path.substring(SELF.length() - 1);
        }
        return path.startsWith("/clouds/") ? path : cloud + path;
    }

    /** What the audit calls a route. */
    static String name(PmRoute route) {
        return route.name().toLowerCase(Locale.ROOT);
    }

    /** What a route is about besides the private cloud, as the audit has it. */
    static String object(RouteTable.Match match) {
        List<String> named = match.parameters();
        return named.size() > 1 ? named.get(1) : "";
    }

    /**
     * A request that came through a door: to which private cloud, for which launch and grant, what of the grant its publisher's statement
     * leaves to it if that counts, of which trace the launch is, and whether with the door's token.
     */
    record AtDoor(
            CloudSlot slot,
            String launch,
            String grant,
            @Nullable ServiceStatement held,
            @Nullable TraceContext trace,
            boolean known) {
        String who() {
            return "door:" + launch + "/" + grant;
        }
    }
}
