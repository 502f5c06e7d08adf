package dev.croft.app.server;

import dev.croft.budget.Epsilon;
import dev.croft.vault.api.Base64Url;
import dev.croft.vault.api.Grant;
import dev.croft.vault.api.Holder;
import dev.croft.vault.api.Operations;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The grants that an owner commonly gives, each for no more than its holder needs. */
public final class Grants {
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final String ENTRIES = "entries";
    private static final String ANALYSIS = "analysis";
    private static final String STATE = "pipeline";
    private static final String FORGOTTEN = "rederive";

    private Grants() {}

    /** A fresh id, which does not look like an option on a command line. */
    public static String id() {
        byte[] bytes = new byte[12];
        String id;
        do {
            RANDOM.nextBytes(bytes);
            id = Base64Url.encode(bytes);
        } while (id.startsWith("-"));
        return id;
    }

    /** For one of our services in the form of that digest; {@code null} for a name that is none of ours. */
    public static @Nullable Grant service(String cloud, String service, String digest, Duration lifetime) {
        return service(cloud, new Holder.ServiceHolder(service, digest), lifetime);
    }

    /** The same for a service as this holder names it. */
    public static @Nullable Grant service(String cloud, Holder.ServiceHolder holder, Duration lifetime) {
        return switch (holder.service()) {
            case "pipeline" ->
                grant(
                        cloud,
                        holder,
                        Set.of(ENTRIES, ANALYSIS, STATE, FORGOTTEN),
                        Set.of(
                                "find@" + ENTRIES,
                                "count@" + ENTRIES,
                                "find@" + ANALYSIS,
                                "upsert@" + ANALYSIS,
                                "delete@" + ANALYSIS,
                                "find@" + STATE,
                                "upsert@" + STATE,
                                "find@" + FORGOTTEN,
                                "delete@" + FORGOTTEN,
                                Operations.REDERIVE),
                        Epsilon.ZERO,
                        lifetime,
                        "the pipeline");
            case "metrics" ->
                grant(cloud, holder, Set.of(ANALYSIS), Set.of(Operations.FIND), Epsilon.ZERO, lifetime, "metrics");
            case "count" ->
                grant(cloud, holder, Set.of(ENTRIES), Set.of(Operations.FIND), Epsilon.ZERO, lifetime, "count");
            default -> null;
        };
    }

    /** For queries across people: one computation, up to a ceiling, for the coordinator's key. */
    public static Grant query(
            String cloud, String coordinatorKey, String computation, Epsilon ceiling, Duration lifetime) {
        return grant(
                cloud,
                new Holder.KeyHolder(coordinatorKey),
                Set.of(ENTRIES, ANALYSIS),
                Set.of(Operations.query(computation)),
                ceiling,
                lifetime,
                "queries across people: " + computation);
    }

    private static Grant grant(
            String cloud,
            Holder holder,
            Set<String> collections,
            Set<String> operations,
            Epsilon ceiling,
            Duration lifetime,
            String note) {
        Instant now = Instant.now();
        return new Grant(
                id(),
                cloud,
                holder,
                collections,
                null,
                null,
                operations,
                ceiling,
                now.minusSeconds(60),
                now.plus(lifetime),
                note);
    }
}
