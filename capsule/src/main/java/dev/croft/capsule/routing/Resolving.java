package dev.croft.capsule.routing;

import dev.croft.capsule.crypto.VerifyingKey;
import dev.croft.capsule.replication.ReplicationException;
import java.util.List;

/** A resolver as another one, a server or a reader talks to it. */
public interface Resolving {
    /** The resolver's key, by which owners name it. */
    VerifyingKey key();

    /**
     * Takes an advertisement.
     *
     * @param distance how many resolvers it has come through
     * @throws ReplicationException.NotAllowed when it does not verify, or the owner does not let this resolver know of the capsule
     */
    void advertise(Advertisement advertisement, int distance);

    /**
     * Who serves a capsule, the nearest first. The asker checks each answer itself.
     *
     * @throws ReplicationException.NotAllowed when the owner does not let this resolver hear of the capsule
     */
    List<Found> resolve(Query query);

    /**
     * One answer.
     *
     * @param advertisement the server's word, which {@link Advertisement#require} checks
     * @param distance through how many resolvers it lies
     */
    record Found(Advertisement advertisement, int distance) {}
}
