package dev.croft.capsule.server;

import dev.croft.capsule.CapsuleReader;
import dev.croft.capsule.Standing;
import dev.croft.capsule.delegation.Delegation;
import dev.croft.capsule.replication.Fragment;
import dev.croft.capsule.replication.ReplicationException;
import dev.croft.capsule.replication.Summary;
import java.util.Comparator;
import java.util.Optional;

/** Brings a server up to a capsule in a directory, once. It takes no writer's key, as everything in the directory is signed already. */
public final class Push {
    private static final int AT_ONCE = 4 << 20;

    private Push() {}

    /**
     * Sends what the server lacks.
     *
     * @return the server's word that all records are durable there; none when it had all of them
     */
    public static Optional<Receipt> to(ServerClient server, CapsuleReader capsule, Delegation delegation) {
        server.create(delegation);
        server.sendKeys(capsule.keyFiles());
        Standing at = server.summary().parts().stream()
                .filter(part -> part.base().id().equals(capsule.name().hash()))
                .sorted(Comparator.comparing(Summary.Part::tip, Summary.NEWEST_LAST.reversed()))
                .filter(part -> capsule.framesAfter(part.tip(), 1).isPresent())
                .findFirst()
                .map(part -> capsule.standing(part.tip()))
                .orElseGet(() -> Standing.beginning(capsule.metadata()));
        Optional<Receipt> receipt = Optional.empty();
        while (true) {
            byte[] frames = capsule.framesAfter(at.heartbeat().orElse(null), AT_ONCE)
                    .orElseThrow(() -> new ReplicationException.Refused("the server has another history"));
            if (frames.length == 0) {
                return receipt;
            }
            receipt = Optional.of(server.append(new Fragment(at, frames)));
            at = at.follow(frames).getLast().after();
        }
    }
}
