package dev.croft.capsule.sim;

import dev.croft.capsule.replication.Fragment;
import dev.croft.capsule.replication.Peer;
import dev.croft.capsule.replication.Replica;
import dev.croft.capsule.replication.ReplicationException;
import dev.croft.capsule.replication.Summary;
import dev.croft.capsule.replication.Want;
import java.util.Optional;

/** Another server's replica over a link that may fail after some calls. */
record Link(Replica other, int[] calls) implements Peer {
    private void call() {
        if (calls[0]-- == 0) {
            throw new ReplicationException.Unreachable("the other");
        }
    }

    @Override
    public Summary summary() {
        call();
        return other.summary();
    }

    @Override
    public Optional<Fragment> fetch(Want want) {
        call();
        return other.fetch(Want.decode(want.encoded()));
    }
}
