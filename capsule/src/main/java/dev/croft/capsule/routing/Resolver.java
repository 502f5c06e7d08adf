package dev.croft.capsule.routing;

import dev.croft.capsule.CapsuleMetadata;
import dev.croft.capsule.CapsuleName;
import dev.croft.capsule.crypto.VerifyingKey;
import dev.croft.capsule.delegation.Delegation;
import dev.croft.capsule.delegation.Revocations;
import dev.croft.capsule.replication.ReplicationException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The resolver of one trust domain: knows what servers in its domain and in those below it advertise, answers for them, and asks its parent for the
 * rest. Both go up only when the owner delegated routing to the parent, so a name is not even heard of where its owner does not want it. Holds everything
 * in memory, as what it knows expires and is advertised again. Thread-safe.
 */
public final class Resolver implements Resolving {
    private static final int MOST_NAMES = 1_000_000;
    private static final int MOST_SERVERS = 64;
    private static final int MOST_REVOKED = 100_000;

    private final VerifyingKey key;
    private final @Nullable Resolving parent;
    private final InstantSource clock;
    private final Map<CapsuleName, Map<VerifyingKey, Found>> table = new HashMap<>();
    private final Map<CapsuleName, Revocations> revoked = new HashMap<>();

    /** A resolver with this key, below a parent or at the root of its tree. */
    public Resolver(VerifyingKey key, @Nullable Resolving parent, InstantSource clock) {
        this.key = key;
        this.parent = parent;
        this.clock = clock;
    }

    @Override
    public VerifyingKey key() {
        return key;
    }

    @Override
    public void advertise(Advertisement advertisement, int distance) {
        Instant now = clock.instant();
        Revocations revocations = revocations(advertisement.name());
        if (!Query.allows(advertisement.metadata(), advertisement.routes(), key, now, revocations)) {
            throw new ReplicationException.NotAllowed("the owner does not let this domain know of the capsule");
        }
        advertisement.require(now, revocations);
        if (distance < 0 || distance > Query.MOST_HOPS || !put(new Found(advertisement, distance), now)) {
            return;
        }
        Resolving up = parent;
        if (up != null && Query.allows(advertisement.metadata(), advertisement.routes(), up.key(), now, revocations)) {
            up.advertise(advertisement, distance + 1);
        }
    }

    /**
     * Takes an owner's list of what is revoked: servers whose delegation is in it are forgotten, and not taken again.
     *
     * @throws Delegation.Refused when it is not the owner's
     */
    public synchronized void revoke(CapsuleMetadata metadata, Revocations list) {
        Revocations newer = revocations(metadata.name()).newer(list, metadata);
        if (!revoked.containsKey(metadata.name()) && revoked.size() >= MOST_REVOKED) {
            throw new ReplicationException.NoRoom("this resolver keeps no more revocations");
        }
        revoked.put(metadata.name(), newer);
        Instant now = clock.instant();
        table.getOrDefault(metadata.name(), new HashMap<>()).values().removeIf(found -> {
            try {
                found.advertisement().require(now, newer);
                return false;
            } catch (ReplicationException.NotAllowed e) {
                return true;
            }
        });
    }

    private synchronized Revocations revocations(CapsuleName name) {
        return revoked.getOrDefault(name, Revocations.none(name));
    }

    private synchronized boolean put(Found found, Instant now) {
        CapsuleName name = found.advertisement().name();
        Map<VerifyingKey, Found> servers = table.computeIfAbsent(name, none -> new HashMap<>());
        servers.values().removeIf(known -> expired(known, now));
        VerifyingKey server = found.advertisement().server();
        Found before = servers.get(server);
        boolean newer = before == null
                || before.advertisement()
                        .issued()
                        .isBefore(found.advertisement().issued())
                // Of two of one second a withdrawal counts, else the one that came the shorter way.
                || before.advertisement().issued().equals(found.advertisement().issued())
                        && !before.advertisement().isWithdrawal()
                        && (found.distance() <= before.distance()
                                || found.advertisement().isWithdrawal());
        boolean room = before != null || servers.size() < MOST_SERVERS && table.size() <= MOST_NAMES;
        if (newer && room) {
            servers.put(server, found);
        }
        return newer && room;
    }

    /** A withdrawal is kept for as long as what it withdraws could be sent again. */
    private static boolean expired(Found found, Instant now) {
        Advertisement advertisement = found.advertisement();
        return !now.isBefore(
                advertisement.isWithdrawal()
                        ? advertisement.issued().plus(Advertisement.LONGEST)
                        : advertisement.expires());
    }

    @Override
    public List<Found> resolve(Query query) {
        Instant now = clock.instant();
        Revocations revocations = revocations(query.metadata().name());
        if (!query.allows(key, now, revocations)) {
            throw new ReplicationException.NotAllowed("the owner does not let this domain hear of the capsule");
        }
        List<Found> found = known(query.metadata().name(), now).stream()
                .filter(one -> !query.except().contains(one.advertisement().server()))
                .toList();
        Resolving up = parent;
        if (found.isEmpty() && up != null && query.hops() > 0 && query.allows(up.key(), now, revocations)) {
            return up.resolve(query.onward()).stream()
                    .map(one -> new Found(one.advertisement(), one.distance() + 1))
                    .toList();
        }
        return found;
    }

    private synchronized List<Found> known(CapsuleName name, Instant now) {
        List<Found> found = new ArrayList<>(table.getOrDefault(name, Map.of()).values());
        found.removeIf(one -> one.advertisement().isWithdrawal() || expired(one, now));
        found.sort(Comparator.comparingInt(Found::distance));
        return found;
    }
}
