package dev.croft.capsule.replication;

import java.util.Optional;

/** Another copy of the same capsule, as a replica or a reader asks it. Its answers are believed only as far as they verify. */
public interface Peer {
    /**
     * What it holds.
     *
     * @throws ReplicationException.Unreachable when it does not answer
     */
    Summary summary();

    /**
     * Frames that lead to what is wanted, from the last of the places named that it knows on that history; none when it does not have
     * them.
     *
     * @throws ReplicationException.Unreachable when it does not answer
     */
    Optional<Fragment> fetch(Want want);
}
