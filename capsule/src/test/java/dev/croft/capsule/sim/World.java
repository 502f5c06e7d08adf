package dev.croft.capsule.sim;

import static org.assertj.core.api.Assertions.assertThat;

import dev.croft.capsule.CapsuleMetadata;
import dev.croft.capsule.Hash;
import dev.croft.capsule.Heartbeat;
import dev.croft.capsule.Standing;
import dev.croft.capsule.TestFrames;
import dev.croft.capsule.WriterMode;
import dev.croft.capsule.crypto.SigningKey;
import dev.croft.capsule.replication.Acknowledgements;
import dev.croft.capsule.replication.Durability;
import dev.croft.capsule.replication.Fragment;
import dev.croft.capsule.replication.Piece;
import dev.croft.capsule.replication.ReadQuorum;
import dev.croft.capsule.replication.Repair;
import dev.croft.capsule.replication.Replica;
import dev.croft.capsule.replication.ReplicationException;
import dev.croft.capsule.replication.Summary;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Some servers, one writer and readers, and a network between them that loses, delays, repeats and reorders. What it does is fixed by the steps
 * it is given. After each step it checks what must always be true, and at the end what must be true once everything is healed.
 */
final class World {
    private static final SigningKey WRITER = SigningKey.ofSeed(new byte[32]);
    private static final int ENOUGH = 700;

    /** One thing that happens; what {@code a} and {@code b} mean depends on it. */
    record Step(Event event, int a, int b) {}

    /** Everything that can happen. */
    enum Event {
        APPEND,
        DELIVER,
        DROP,
        CRASH,
        RESTART,
        PARTITION,
        HEAL,
        DISK_FULL,
        ROT,
        SCRUB,
        REPAIR,
        WRITER_CRASH,
        SKEW,
        READ,
        CHEAT
    }

    private final CapsuleMetadata metadata;
    private final int servers;
    private final int quorum;
    private final List<Server> nodes = new ArrayList<>();
    private final List<Message> network = new ArrayList<>();
    private final Signed signed;
    private final Map<Long, Hash> awaiting = new HashMap<>();
    private final Set<Hash> acknowledged = new HashSet<>();
    private final Map<Integer, Standing> sentTo = new HashMap<>();
    private final Set<Hash> rotten = new HashSet<>();
    private int separated;
    private long clock = 1_000_000;
    private long skew;
    private int bodies;
    private int incarnation;
    private @Nullable Standing writer;
    private List<Hash> local = new ArrayList<>();
    private Acknowledgements acknowledgements;
    final Map<String, Integer> happened = new HashMap<>();

    World(WriterMode mode, int servers) {
        byte[] nonce = new byte[16];
        this.metadata = new CapsuleMetadata(
                WRITER.verifyingKey(), WRITER.verifyingKey(), Instant.EPOCH, "simulated", nonce, mode);
        this.signed = new Signed(metadata);
        this.servers = servers;
        this.quorum = Durability.QUORUM.of(servers);
        this.acknowledgements = new Acknowledgements(quorum);
        for (int i = 0; i < servers; i++) {
            var disk = new SimStore(metadata);
            nodes.add(new Server(disk, new Replica(metadata, disk)));
        }
        writer = Standing.beginning(metadata);
        sign(0);
    }

    private boolean strict() {
        return metadata.mode() == WriterMode.STRICT;
    }

    private void count(String what) {
        happened.merge(what, 1, Integer::sum);
    }

    /** Whether two of the servers, or with index {@code servers} the writer and the readers, can talk. */
    private boolean linked(int one, int other) {
        return (separated >> one & 1) == (separated >> other & 1);
    }

    void run(List<Step> steps) {
        for (Step step : steps) {
            clock += 1000;
            Map<Hash, Integer> before = copies();
            perform(step);
            checkNothingLost(before);
        }
        heal();
    }

    private void perform(Step step) {
        int a = Math.floorMod(step.a(), servers);
        switch (step.event()) {
            case APPEND -> append(1 + Math.floorMod(step.a(), 3), step.b());
            case DELIVER -> deliver(step.a(), step.b());
            case DROP -> {
                if (!network.isEmpty()) {
                    network.remove(Math.floorMod(step.a(), network.size()));
                }
            }
            case CRASH -> {
                if ((step.b() & 1) == 0) {
                    nodes.get(a).replica = null;
                } else {
                    nodes.get(a).disk.crashIn = Math.floorMod(step.b() >> 1, 3);
                    nodes.get(a).disk.crashAfterRuns = Math.floorMod(step.b() >> 3, 4);
                }
            }
            case RESTART -> restart(a);
            case PARTITION -> separated = step.a();
            case HEAL -> separated = 0;
            case DISK_FULL -> nodes.get(a).disk.full = (step.b() & 1) == 0;
            case ROT -> rot(a, step.b());
            case SCRUB -> onServer(a, Replica::scrub);
            case REPAIR -> repair(a, Math.floorMod(step.b(), servers), Math.floorMod(step.b() >> 4, 8));
            case WRITER_CRASH -> writerCrashes(step.b());
            case SKEW -> skew = step.b() % 1_000_000L;
            case READ -> read(step.a());
            case CHEAT -> cheat();
        }
    }

    private void sign(int records) {
        Standing base = Objects.requireNonNull(writer);
        List<byte[]> sealed = new ArrayList<>();
        for (int i = 0; i < records; i++) {
            sealed.add(ByteBuffer.allocate(40 + bodies % 30).putInt(bodies++).array());
        }
        byte[] frames = TestFrames.after(base, WRITER, Math.max(0, clock + skew), sealed);
        Standing after = base.follow(frames).getLast().after();
        signed.put(new Signed.Line(base.id(), frames, after));
        local.add(after.id());
        acknowledgements.signed(base.size(), after.heartbeat().orElseThrow());
        if (after.size() > base.size()) {
            awaiting.put(after.size(), after.id());
        }
        writer = after;
        for (int s = 0; s < servers; s++) {
            network.add(new Message.Frames(s, new Fragment(base, frames), incarnation));
        }
    }

    /** Appends, and to servers that {@code also} names sends again all since the last that they acknowledged. */
    private void append(int records, int also) {
        if (writer == null) {
            return;
        }
        sign(records);
        for (int s = 0; s < servers; s++) {
            Standing base = sentTo.get(s);
            if ((also >> s & 1) == 1 && base != null) {
                resend(s, base);
            }
        }
    }

    private void resend(int server, Standing base) {
        int from = local.indexOf(base.id()) + 1;
        if (from == 0) {
            return;
        }
        var frames = new ByteArrayOutputStream();
        local.subList(from, local.size())
                .forEach(id -> frames.writeBytes(signed.line(id).frames()));
        if (frames.size() > 0) {
            network.add(new Message.Frames(server, new Fragment(base, frames.toByteArray()), incarnation));
        }
    }

    private void deliver(int which, int how) {
        if (network.isEmpty()) {
            return;
        }
        int at = Math.floorMod(which, network.size());
        Message message = network.get(at);
        if (!linked(message.server(), servers)) {
            return;
        }
        if (how % 4 != 0) {
            network.remove(at);
        }
        switch (message) {
            case Message.Frames frames ->
                onServer(frames.server(), replica -> {
                    Standing reached = replica.accept(frames.fragment());
                    network.add(new Message.Durable(
                            frames.server(),
                            frames.writer(),
                            frames.fragment().base().size(),
                            reached.size()));
                });
            case Message.Durable durable -> {
                if (durable.writer() == incarnation && writer != null) {
                    acknowledgements.durable(durable.server(), durable.from(), durable.size());
                    local.stream()
                            .filter(id -> signed.line(id).after().size() == durable.size())
                            .findFirst()
                            .ifPresent(id ->
                                    sentTo.put(durable.server(), signed.line(id).after()));
                    awaiting.entrySet()
                            .removeIf(entry -> acknowledgements.isAcknowledged(entry.getKey() - 1)
                                    && acknowledged.add(entry.getValue())
                                    && counted("acknowledged"));
                }
            }
        }
    }

    private boolean counted(String what) {
        count(what);
        return true;
    }

    private interface Action {
        void on(Replica replica);
    }

    /** Does something at a server that is up; it may refuse, find its disk full, or go down in the middle. */
    private void onServer(int server, Action action) {
        Server node = nodes.get(server);
        Replica replica = node.replica;
        if (replica == null) {
            return;
        }
        try {
            action.on(replica);
        } catch (SimStore.Crash e) {
            node.replica = null;
            count("crashed in the middle");
        } catch (ReplicationException.NoRoom e) {
            count("disk full");
        } catch (ReplicationException.Forked e) {
            count("fork");
            assertThat(e.evidence().holds(metadata)).isTrue();
        } catch (ReplicationException.Unreachable e) {
            count("cut off");
        } catch (ReplicationException.Refused e) {
            throw new AssertionError("an honest fragment was refused", e);
        }
    }

    private void restart(int server) {
        Server node = nodes.get(server);
        node.disk.crashIn = -1;
        if (node.replica == null) {
            node.replica = new Replica(metadata, node.disk);
        }
    }

    private void rot(int server, int bit) {
        Set<Hash> elsewhere = new HashSet<>();
        for (int s = 0; s < servers; s++) {
            if (s != server) {
                elsewhere.addAll(nodes.get(s).disk.sound());
            }
        }
        // The same place rots at one server only.
        elsewhere.removeAll(rotten);
        Set<Hash> hit = nodes.get(server).disk.rot(bit >> 3, bit, elsewhere);
        if (!hit.isEmpty()) {
            rotten.addAll(hit);
            count("rot");
        }
    }

    private void repair(int server, int from, int calls) {
        Replica other = nodes.get(from).replica;
        if (server != from && other != null && linked(server, from)) {
            onServer(server, replica -> Repair.pull(replica, new Link(other, new int[] {calls}), ENOUGH));
        }
    }

    /** A strict writer keeps its own log over a crash; a quasi-single writer goes on from the newest whole history it finds. */
    private void writerCrashes(int how) {
        incarnation++;
        awaiting.clear();
        acknowledgements = new Acknowledgements(quorum);
        sentTo.clear();
        if (strict()) {
            return;
        }
        Replica found = reader();
        Standing newest = Signed.whole(found).stream()
                .map(Piece::tip)
                .filter(tip -> tip.heartbeat().isPresent())
                .max((x, y) -> Summary.NEWEST_LAST.compare(
                        x.heartbeat().orElseThrow(), y.heartbeat().orElseThrow()))
                .orElse(null);
        writer = newest;
        local = new ArrayList<>();
        if (newest != null) {
            for (Hash id = newest.id();
                    signed.contains(id);
                    id = signed.line(id).before()) {
                local.addFirst(id);
            }
            count("writer restarted");
            if ((how & 1) == 0) {
                sign(1);
            }
        }
    }

    /** A reader's copy of what can be had now. */
    private Replica reader() {
        var replica = new Replica(metadata, new SimStore(metadata));
        for (int s = 0; s < servers; s++) {
            Replica other = nodes.get(s).replica;
            if (other != null && linked(s, servers)) {
                Repair.pull(replica, other, ENOUGH);
            }
        }
        return replica;
    }

    private void read(int which) {
        var heads = new ReadQuorum(metadata, quorum);
        List<Integer> asked = new ArrayList<>();
        for (int i = 0; i < servers && asked.size() < quorum; i++) {
            int s = Math.floorMod(which + i, servers);
            Replica replica = nodes.get(s).replica;
            if (replica != null && linked(s, servers)) {
                asked.add(s);
                heads.answer(s, Summary.decode(metadata, replica.summary().encoded()));
            }
        }
        if (asked.size() < quorum) {
            return;
        }
        count("read");
        Optional<Heartbeat> newest = heads.newest(Instant.EPOCH);
        newest.ifPresent(head -> assertThat(signed.contains(head.hash())).isTrue());
        for (Hash id : acknowledged) {
            if (copies().getOrDefault(id, 0) + quorum > servers) {
                boolean visible = heads.heads().stream().anyMatch(head -> signed.reaches(head.hash(), id));
                assertThat(visible)
                        .as("a read quorum sees what was acknowledged")
                        .isTrue();
                if (strict()) {
                    assertThat(newest.orElseThrow().size())
                            .isGreaterThanOrEqualTo(signed.line(id).after().size());
                }
            }
        }
        signed.checkLegal(reader());
    }

    /** The writer of a strict capsule signs a second history. */
    private void cheat() {
        if (!strict() || local.size() < 2) {
            return;
        }
        int back = local.size() - 2;
        writer = signed.line(local.get(back)).after();
        local = new ArrayList<>(local.subList(0, back + 1));
        incarnation++;
        awaiting.clear();
        acknowledgements = new Acknowledgements(quorum);
        sign(1);
        count("cheated");
    }

    private Map<Hash, Integer> copies() {
        Map<Hash, Integer> copies = new HashMap<>();
        for (Server node : nodes) {
            node.disk.sound().forEach(id -> copies.merge(id, 1, Integer::sum));
        }
        return copies;
    }

    private void checkNothingLost(Map<Hash, Integer> before) {
        Map<Hash, Integer> now = copies();
        for (Hash id : acknowledged) {
            int copies = now.getOrDefault(id, 0);
            assertThat(copies).as("copies of what was acknowledged").isPositive();
            if (!rotten.contains(id) && !rotten.contains(signed.line(id).before())) {
                assertThat(copies)
                        .as("no copy goes away but by rot")
                        .isGreaterThanOrEqualTo(before.getOrDefault(id, 0));
                assertThat(copies).as("acknowledged means durable on a quorum").isGreaterThanOrEqualTo(quorum);
            }
        }
    }

    private void heal() {
        separated = 0;
        for (int s = 0; s < servers; s++) {
            nodes.get(s).disk.full = false;
            restart(s);
            onServer(s, Replica::scrub);
        }
        if (writer != null && !local.isEmpty()) {
            // The writer sends what it has, as it would go on doing.
            var own = new Replica(metadata, new SimStore(metadata));
            local.forEach(id -> own.accept(new Fragment(
                    Objects.requireNonNull(own.pieces().getFirst()).tip(),
                    signed.line(id).frames())));
            for (int s = 0; s < servers; s++) {
                onServer(s, replica -> Repair.pull(replica, own, ENOUGH));
            }
        }
        for (int round = 0; round < servers + 2; round++) {
            for (int to = 0; to < servers; to++) {
                for (int from = 0; from < servers; from++) {
                    repair(to, from, -1);
                }
            }
        }
        Set<Hash> first = nodes.getFirst().disk.sound();
        if (strict()) {
            assertThat(first)
                    .as("what the writer has is everywhere")
                    .containsAll(happened.containsKey("cheated") ? Set.of() : Set.copyOf(local));
        }
        boolean cheated = happened.containsKey("cheated");
        for (Server node : nodes) {
            assertThat(node.disk.ids()).as("nothing damaged is left").isEqualTo(node.disk.sound());
            if (!cheated) {
                assertThat(node.disk.sound()).as("replicas converge").isEqualTo(first);
                assertThat(node.disk.sound()).as("nothing acknowledged is lost").containsAll(acknowledged);
            } else {
                assertThat(node.disk.evidence())
                        .as("evidence spreads")
                        .hasSameSizeAs(nodes.getFirst().disk.evidence());
            }
            signed.checkLegal(Objects.requireNonNull(node.replica));
        }
        if (!cheated) {
            checkShape();
        }
    }

    /** Pieces are no more than the history demands: one, and one for each further branch or hole. */
    private void checkShape() {
        Set<Hash> held = nodes.getFirst().disk.sound();
        Set<Hash> followed = new HashSet<>();
        held.forEach(id -> followed.add(signed.line(id).before()));
        long leaves = held.stream().filter(id -> !followed.contains(id)).count();
        long holes = held.stream()
                .map(id -> signed.line(id).before())
                .filter(id -> !held.contains(id) && !id.equals(metadata.name().hash()))
                .distinct()
                .count();
        if (leaves > 1) {
            count("branched");
        }
        if (holes > 0) {
            count("hole stayed");
        }
        for (Server node : nodes) {
            long pieces = node.disk.pieces().stream()
                    .filter(piece -> !piece.base().equals(piece.tip()))
                    .count();
            assertThat(pieces).as("one piece for each leaf").isEqualTo(leaves);
            if (strict()) {
                assertThat(pieces).as("a strict capsule is one chain").isLessThanOrEqualTo(1);
            }
        }
    }
}
