package dev.croft.capsule.server;

import dev.croft.capsule.CapsuleReader;
import dev.croft.capsule.CapsuleWriter;
import dev.croft.capsule.Heartbeat;
import dev.croft.capsule.delegation.Delegation;
import dev.croft.capsule.replication.Acknowledgements;
import dev.croft.capsule.replication.Durability;
import dev.croft.capsule.replication.ReplicationException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A capsule's writer that keeps it on several servers. A record is first durable on the writer's own disk, so that a strict writer never signs
 * two histories, then on as many servers as was asked for; only then its append returns. To servers that were away it goes on sending. Thread-safe;
 * appends of many threads share signatures and requests.
 */
public final class ReplicatedWriter implements AutoCloseable {
    private final CapsuleWriter writer;
    private final CapsuleReader reader;
    private final Outbox outbox;
    private final Acknowledgements acknowledgements;
    private final Duration patience;
    private final List<Sender> senders = new ArrayList<>();
    private final ServerConnections connections;
    private final boolean connectionsAreMine;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition acknowledged = lock.newCondition();
    private final Condition appended = lock.newCondition();
    private @Nullable ReplicationException fatal;
    private volatile boolean closed;
    private volatile int keyChanges;

    /**
     * A server to write to.
     *
     * @param address which
     * @param delegation the owner's word that it may serve this capsule
     */
    public record Target(ServerAddress address, Delegation delegation) {}

    /**
     * Goes on with a local capsule that {@code writer} has open, and begins to bring the servers up to it.
     *
     * @param directory where the writer's own copy is
     * @param reading by what right it reads what the servers have: the writer's key is enough
     * @param patience how long an append waits for servers
     */
    public ReplicatedWriter(
            CapsuleWriter writer,
            Path directory,
            List<Target> servers,
            Reading reading,
            Durability durability,
            Duration patience) {
        this(
                writer,
                directory,
                servers,
                reading,
                durability,
                patience,
                new ServerConnections(),
                true,
                Outbox.MOST_BYTES);
    }

    /**
     * As the other, one of many in this process.
     *
     * @param connections shared with others; they stay open
     * @param memory how many bytes of what was appended lately are kept for servers that are behind; older ones are read from the files
     */
    public ReplicatedWriter(
            CapsuleWriter writer,
            Path directory,
            List<Target> servers,
            Reading reading,
            Durability durability,
            Duration patience,
            ServerConnections connections,
            long memory) {
        this(writer, directory, servers, reading, durability, patience, connections, false, memory);
    }

    private ReplicatedWriter(
            CapsuleWriter writer,
            Path directory,
            List<Target> servers,
            Reading reading,
            Durability durability,
            Duration patience,
            ServerConnections connections,
            boolean connectionsAreMine,
            long memory) {
        this.writer = writer;
        this.connections = connections;
        this.connectionsAreMine = connectionsAreMine;
        this.reader = CapsuleReader.open(directory, null);
        this.outbox = new Outbox(reader, memory);
        this.patience = patience;
        this.acknowledgements = new Acknowledgements(durability.of(servers.size()));
        for (Target target : servers) {
            var client = new ServerClient(target.address(), writer.metadata(), reading, connections);
            senders.add(new Sender(senders.size(), client, target.delegation(), outbox, this));
        }
        senders.forEach(Sender::start);
    }

    /** The local writer, for reading back, rotating and shredding; what is appended there directly is sent too, with the next append. */
    public CapsuleWriter local() {
        return writer;
    }

    /**
     * Appends records one after the other.
     *
     * @return the sequence of the first, once all are durable on enough servers
     * @throws ReplicationException.NotEnough when too few servers answered in time; the records are in the capsule all the same, and are
     *     sent until they are everywhere
     * @throws ReplicationException.Forked when a server shows that this capsule's writer signed another history
     */
    public long append(List<byte[]> bodies) {
        long first = writer.append(bodies);
        send();
        await(first + bodies.size() - 1);
        return first;
    }

    /** Sends a fresh heartbeat although nothing was appended, so that readers see the capsule is current. */
    public Heartbeat pulse() {
        Heartbeat head = writer.pulse();
        send();
        return head;
    }

    private void send() {
        lock.lock();
        try {
            outbox.poll(acknowledgements::signed);
            appended.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void await(long sequence) {
        lock.lock();
        try {
            long left = patience.toNanos();
            while (!acknowledgements.isAcknowledged(sequence)) {
                if (fatal != null) {
                    throw fatal;
                }
                if (left <= 0 || closed) {
                    throw new ReplicationException.NotEnough(
                            acknowledgements.servers(sequence), acknowledgements.needed());
                }
                left = acknowledged.awaitNanos(left);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ReplicationException.NotEnough(0, acknowledgements.needed());
        } finally {
            lock.unlock();
        }
    }

    /** Whether all servers have everything that was appended, waiting for it at most this long. */
    public boolean settle(Duration most) throws InterruptedException {
        return settle(senders.size(), most);
    }

    /**
     * Whether as many servers as make a record durable have everything that is in the local capsule, what was appended before this writer began
     * and the data keys as they are now included. Waits for it at most this long.
     *
     * @throws ReplicationException.Forked when a server shows that this capsule's writer signed another history
     */
    public boolean settleDurably(Duration most) throws InterruptedException {
        boolean settled = settle(acknowledgements.needed(), most);
        if (fatal != null) {
            throw fatal;
        }
        return settled;
    }

    /** How many servers have everything, as far as is known. */
    public int settled() {
        return (int) senders.stream().filter(Sender::isSettled).count();
    }

    /** The local capsule's key files have changed without a new epoch, as by shredding: servers are sent them again. */
    public void keysChanged() {
        lock.lock();
        try {
            keyChanges++;
            appended.signalAll();
        } finally {
            lock.unlock();
        }
    }

    int keyChanges() {
        return keyChanges;
    }

    private boolean settle(int servers, Duration most) throws InterruptedException {
        long deadline = System.nanoTime() + most.toNanos();
        lock.lock();
        try {
            while (settled() < servers) {
                if (System.nanoTime() >= deadline || fatal != null) {
                    return false;
                }
                acknowledged.await(20, TimeUnit.MILLISECONDS);
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    void durable(int server, long from, long size) {
        lock.lock();
        try {
            acknowledgements.durable(server, from, size);
            acknowledged.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** No more can be appended: a server has evidence against this writer. */
    void failed(ReplicationException.Forked e) {
        lock.lock();
        try {
            fatal = e;
            acknowledged.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Waits until something was appended behind {@code sent} or keys changed, or for a while. */
    void awaitMore(Heartbeat sent, int keysSent, long millis) throws InterruptedException {
        lock.lock();
        try {
            if (outbox.end().heartbeat().orElseThrow().equals(sent) && keyChanges == keysSent && !closed) {
                appended.await(millis, TimeUnit.MILLISECONDS);
            }
        } finally {
            lock.unlock();
        }
    }

    CapsuleReader reader() {
        return reader;
    }

    boolean isClosed() {
        return closed;
    }

    /** Stops sending. The local writer stays open. */
    @Override
    public void close() {
        closed = true;
        lock.lock();
        try {
            appended.signalAll();
            acknowledged.signalAll();
        } finally {
            lock.unlock();
        }
        senders.forEach(Sender::close);
        if (connectionsAreMine) {
            connections.close();
        }
        reader.close();
    }
}
