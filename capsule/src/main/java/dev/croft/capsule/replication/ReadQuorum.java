package dev.croft.capsule.replication;

import dev.croft.capsule.CapsuleMetadata;
import dev.croft.capsule.Heartbeat;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a reader concludes from the summaries of several servers. It believes the writer's signatures only, so a server can hide what it has
 * but not invent. If W servers make a record durable and the reader asks R of N with W + R > N, it sees every acknowledged record. Not
 * thread-safe.
 */
public final class ReadQuorum {
    private final CapsuleMetadata metadata;
    private final int needed;
    private final Map<Integer, List<Heartbeat>> answers = new LinkedHashMap<>();
    private final List<Fork> evidence = new ArrayList<>();

    public ReadQuorum(CapsuleMetadata metadata, int needed) {
        this.metadata = metadata;
        this.needed = needed;
    }

    /** Takes a server's answer; heads in it that the writer did not sign are left out. */
    public void answer(int server, Summary summary) {
        List<Heartbeat> heads = summary.parts().stream()
                .map(Summary.Part::tip)
                .filter(head -> head.name().equals(metadata.name()) && head.verify(metadata.writerKey()))
                .toList();
        answers.put(server, heads);
        summary.evidence().stream()
                .filter(fork -> !evidence.contains(fork) && fork.holds(metadata))
                .forEach(evidence::add);
    }

    /** How many servers answered. */
    public int answered() {
        return answers.size();
    }

    public boolean isComplete() {
        return answers.size() >= needed;
    }

    /** Forks of the writer that some server has evidence of. */
    public List<Fork> evidence() {
        return List.copyOf(evidence);
    }

    /** All heads seen, the newest first: the first is the one to read, others of a quasi-single-writer's capsule may be branches. */
    public List<Heartbeat> heads() {
        return answers.values().stream()
                .flatMap(List::stream)
                .distinct()
                .sorted(Summary.NEWEST_LAST.reversed())
                .toList();
    }

    /** Servers that named this head. */
    public List<Integer> servers(Heartbeat head) {
        return answers.entrySet().stream()
                .filter(answer -> answer.getValue().contains(head))
                .map(Map.Entry::getKey)
                .toList();
    }

    /**
     * The newest head that the servers have; none when they hold nothing yet.
     *
     * @param notOlderThan by the writer's clock; the distant past when it does not matter
     * @throws ReplicationException.NotEnough when too few servers answered
     * @throws ReplicationException.Stale when the newest head is older than that
     */
    public Optional<Heartbeat> newest(Instant notOlderThan) {
        if (!isComplete()) {
            throw new ReplicationException.NotEnough(answers.size(), needed);
        }
        Optional<Heartbeat> newest = heads().stream().findFirst();
        Instant freshest = heads().stream()
                .map(Heartbeat::timestamp)
                .max(Comparator.naturalOrder())
                .orElse(Instant.EPOCH);
        if (freshest.isBefore(notOlderThan)) {
            throw new ReplicationException.Stale(freshest, notOlderThan);
        }
        return newest;
    }
}
