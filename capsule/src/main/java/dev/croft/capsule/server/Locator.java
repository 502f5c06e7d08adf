package dev.croft.capsule.server;

import dev.croft.capsule.CapsuleMetadata;
import dev.croft.capsule.crypto.VerifyingKey;
import dev.croft.capsule.delegation.Delegation;
import dev.croft.capsule.delegation.Revocations;
import dev.croft.capsule.replication.ReplicationException;
import dev.croft.capsule.routing.Advertisement;
import dev.croft.capsule.routing.Query;
import dev.croft.capsule.routing.Resolving;
import java.time.InstantSource;
import java.util.List;

/** Finds a capsule's servers by its name, at the resolver of a domain, and believes only advertisements that verify. Thread-safe. */
public final class Locator implements Locating {
    private final Resolving resolver;
    private final CapsuleMetadata metadata;
    private final List<Delegation> routes;
    private final InstantSource clock;

    /** {@code routes} are the owner's delegations to the resolvers that may hear the question. */
    public Locator(Resolving resolver, CapsuleMetadata metadata, List<Delegation> routes, InstantSource clock) {
        this.resolver = resolver;
        this.metadata = metadata;
        this.routes = List.copyOf(routes);
        this.clock = clock;
    }

    @Override
    public List<ServerAddress> find(List<VerifyingKey> except) {
        return resolver.resolve(new Query(metadata, routes, Query.MOST_HOPS, except)).stream()
                .map(Resolving.Found::advertisement)
                .filter(this::holds)
                .map(one -> new ServerAddress(one.server(), one.host(), one.port()))
                .toList();
    }

    private boolean holds(Advertisement one) {
        try {
            one.require(clock.instant(), Revocations.none(metadata.name()));
            return one.name().equals(metadata.name());
        } catch (ReplicationException.NotAllowed e) {
            return false;
        }
    }
}
