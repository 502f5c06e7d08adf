package dev.croft.capsule.server;

import dev.croft.capsule.CapsuleException;
import dev.croft.capsule.Heartbeat;
import dev.croft.capsule.Standing;
import dev.croft.capsule.codec.Malformed;
import dev.croft.capsule.delegation.Delegation;
import dev.croft.capsule.replication.Fragment;
import dev.croft.capsule.replication.ReplicationException;
import dev.croft.capsule.replication.Summary;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Brings one server up to a writer, on a thread of its own. What was appended lately goes first, behind a hole if the server lacks what comes
 * before; the hole is filled when nothing newer waits.
 */
final class Sender implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(Sender.class.getName());
    private static final int NEAR_BYTES = 2 << 20;
    private static final long FIRST_PAUSE_MILLIS = 50;
    private static final long LONGEST_PAUSE_MILLIS = 2_000;
    private static final long LOOK_AGAIN_MILLIS = 1_000;

    private final int number;
    private final ServerClient client;
    private final Delegation delegation;
    private final Outbox outbox;
    private final ReplicatedWriter owner;
    private @Nullable Thread thread;
    private volatile @Nullable Standing live;
    private @Nullable Standing old;
    private Standing holeEnd;
    private int keysSent = -1;
    private volatile int keyChangesSent = -1;
    private volatile boolean settled;

    Sender(int number, ServerClient client, Delegation delegation, Outbox outbox, ReplicatedWriter owner) {
        this.number = number;
        this.client = client;
        this.delegation = delegation;
        this.outbox = outbox;
        this.owner = owner;
        this.holeEnd = outbox.end();
    }

    void start() {
        thread = Thread.ofVirtual().name("send-" + number).start(this::run);
    }

    /** Whether the server had everything when it was last looked at. */
    boolean isSettled() {
        Standing at = live;
        return settled && at != null && at.equals(outbox.end()) && keyChangesSent == owner.keyChanges();
    }

    private void run() {
        long pause = FIRST_PAUSE_MILLIS;
        while (!owner.isClosed()) {
            try {
                step();
                pause = FIRST_PAUSE_MILLIS;
            } catch (ReplicationException.Forked e) {
                owner.failed(e);
                return;
            } catch (ReplicationException | CapsuleException | Malformed e) {
                live = null;
                settled = false;
                LOG.log(System.Logger.Level.DEBUG, "{0}: {1}", client.address(), e.getMessage());
                try {
                    Thread.sleep(pause);
                } catch (InterruptedException stop) {
                    return;
                }
                pause = Math.min(2 * pause, LONGEST_PAUSE_MILLIS);
            } catch (InterruptedException stop) {
                return;
            }
        }
    }

    private void step() throws InterruptedException {
        Standing at = live;
        if (at == null) {
            connect();
            return;
        }
        if (keyChangesSent != owner.keyChanges()) {
            keys();
        }
        if (!at.equals(outbox.end())) {
            keys();
            Optional<Fragment> next = outbox.recent(at.id());
            if (next.isEmpty()) {
                // The server is behind what is in memory.
                next = outbox.older(at);
            }
            live = send(next.orElseThrow(() -> new ReplicationException.Refused("the server has another history")));
        } else if (old != null) {
            fill(old);
        } else {
            settled = true;
            owner.durable(number, 0, at.size());
            owner.awaitMore(at.heartbeat().orElseThrow(), keyChangesSent, LOOK_AGAIN_MILLIS);
        }
    }

    /** Learns what the server has, and has it take the capsule if it has nothing of it. */
    private void connect() {
        Summary summary;
        try {
            summary = client.summary();
        } catch (ReplicationException.Unknown | ReplicationException.NotAllowed e) {
            // It has nothing of it, or the delegation that it has ended.
            client.create(delegation);
            summary = client.summary();
        }
        keysSent = -1;
        keys();
        Standing whole = Standing.beginning(owner.local().metadata());
        List<Summary.Part> parts = summary.parts().stream()
                .filter(part -> part.base().id().equals(whole.id()))
                .sorted(Comparator.comparing(Summary.Part::tip, Summary.NEWEST_LAST))
                .toList();
        Standing reached = whole;
        for (Summary.Part part : parts) {
            Optional<Standing> known = outbox.standing(part.tip());
            if (known.isPresent()) {
                reached = known.get();
                owner.durable(number, 0, reached.size());
            }
        }
        // Behind a hole only when it would take long to send what comes before.
        boolean near = outbox.recent(reached.id()).isPresent()
                || outbox.older(reached).stream().allMatch(next -> next.frames().length < NEAR_BYTES);
        live = near || outbox.begin().equals(reached) ? reached : outbox.begin();
        old = near ? null : reached;
        holeEnd = live;
    }

    private Standing send(Fragment fragment) {
        settled = false;
        Receipt receipt = client.append(fragment);
        Standing after = fragment.base().follow(fragment.frames()).getLast().after();
        owner.durable(number, Math.min(receipt.from(), fragment.base().size()), after.size());
        return after;
    }

    private void fill(Standing from) {
        Optional<Fragment> next = outbox.older(from);
        if (next.isEmpty()) {
            old = null;
            return;
        }
        boolean meets = from.follow(next.get().frames()).stream()
                .anyMatch(run -> run.after().equals(holeEnd));
        Standing after = send(next.get());
        old = meets ? null : after;
    }

    private void keys() {
        Heartbeat head = owner.local().head();
        int changes = owner.keyChanges();
        if (head.epoch() > keysSent || changes != keyChangesSent) {
            client.sendKeys(owner.reader().keyFiles());
            keysSent = head.epoch();
            keyChangesSent = changes;
        }
    }

    @Override
    public void close() {
        Thread running = thread;
        if (running != null) {
            running.interrupt();
        }
        client.close();
    }
}
