package dev.croft.router.fleet;

import dev.croft.router.registry.Leadership;
import dev.croft.router.registry.Member;
import dev.croft.router.registry.Members;
import dev.croft.router.registry.Members.Beat;
import dev.croft.router.registry.Members.Leader;
import dev.croft.router.registry.Registry;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One router among those of a registry: it renews its lease, leads when nobody does, and lets go of its private clouds when its lease ends
 * here, which is before it ends for others. A router that nobody ever joined lets go of nothing. Thread-safe.
 */
public final class Membership implements Fleet, AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Membership.class);

    private final Registry registry;
    private final Members members;
    private final Leadership leadership;
    private final Lease lease;
    private final Orphans orphans;
    private volatile boolean fenced;
    /** Whether something may run still that is to be let go of. */
    private volatile boolean holding;

    private final ScheduledExecutorService beats = thread("lease");
    private final ScheduledExecutorService guard = thread("lease-guard");
    private final ScheduledExecutorService work = thread("standing");
    private volatile Member self;
    private volatile @Nullable Duties duties;
    private volatile boolean alone = true;
    private volatile Beat last;
    private volatile long lastSeen;
    private volatile long epoch;
    /** Under which the registry says that this router leads; {@link #leads} is the same when it is ready to. */
    private volatile long claimed;

    private volatile long leads;
    private volatile boolean closed;

    /** What a router does when its standing changes. Calls come one after the other, but {@link #letGo}. */
    public interface Duties {
        /** It leads: opens what only the leader has. When this throws, it does not lead after all. */
        void lead();

        /** It leads no more. */
        void follow();

        /**
         * It may not run its private clouds any more: ends hosts and services at once. Throws while a host may run still, and is then asked again: until it
         * returns, nothing is taken up.
         */
        void letGo();

        /** It may again, with none of its hosts left. When this throws, it is asked again. */
        void takeUp();

        /** It is to give away what it can; called with each renewal. */
        void drain();
    }

    /**
     * Takes up this router's name. Nothing is renewed before {@link #stand}.
     *
     * @param self its epoch and lease do not matter
     * @throws dev.croft.router.RouterException.Conflict when another installation serves under that name
     */
    public Membership(Registry registry, Member self, Duration length) {
        this.registry = registry;
        this.members = registry.members();
        this.leadership = registry.leadership();
        this.self = self;
        this.lease = new Lease(length, System::nanoTime);
        this.orphans = new Orphans(registry);
        long sent = lease.now();
        this.epoch = members.register(self, length);
        this.last = members.beat(self.name(), epoch, length);
        see(last, sent);
    }

    /** Begins to renew, and leads if nobody else does, which its duties are asked for at once. */
    public void stand(Duties itsDuties) {
        duties = itsDuties;
        long millis = lease.length().toMillis();
        guard.scheduleWithFixedDelay(this::check, millis / 20, millis / 20, TimeUnit.MILLISECONDS);
        claimed = members.lead(self.name(), 0, true, lease.length());
        if (claimed > 0) {
            Future<?> leading = work.submit(() -> beginLeading(claimed));
            beats.scheduleWithFixedDelay(this::beat, millis / 5, millis / 5, TimeUnit.MILLISECONDS);
            await(leading);
        } else {
            beats.scheduleWithFixedDelay(this::beat, millis / 5, millis / 5, TimeUnit.MILLISECONDS);
        }
    }

    private static void await(Future<?> leading) {
        try {
            leading.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof RuntimeException cause ? cause : new IllegalStateException(e.getCause());
        }
    }

    private Duties duties() {
        return Objects.requireNonNull(duties, "before it stands");
    }

    private static ScheduledExecutorService thread(String name) {
        return Executors.newSingleThreadScheduledExecutor(
                Thread.ofPlatform().name(name).daemon().factory());
    }

    /**
     * From now on takes requests.
     *
     * @param url where other routers reach it
     */
    public void start(String url) {
        serve(url, self.authority());
        beats.execute(this::beat);
    }

    /** From now on its certificates are signed by that authority. */
    public void issuedBy(String authority) {
        if (!authority.equals(self.authority())) {
            serve(self.url(), authority);
        }
    }

    private void serve(String url, String authority) {
        Member known = self;
        self = new Member(
                known.name(),
                known.installation(),
                url,
                authority,
                known.backend(),
                known.weight(),
                false,
                0,
                Instant.EPOCH);
        members.serve(known.name(), epoch, url, authority);
    }

    private void see(Beat beat, long sent) {
        last = beat;
        lastSeen = lease.now();
        lease.renewed(sent);
        if (beat.members().size() > 1) {
            alone = false;
        }
    }

    private void beat() {
        try {
            long sent = lease.now();
            Beat beat = members.beat(self.name(), epoch, lease.length());
            if (!beat.renewed()) {
                LOG.warn("this router was taken for lost");
                lease.lost();
                alone = false;
            }
            if (fenced || !beat.renewed()) {
                comeBack();
                return;
            }
            see(beat, sent);
            campaign();
            if (leads > 0) {
                orphans.look(beat, self.name());
            }
            if (self().draining()) {
                work.execute(duties()::drain);
            }
        } catch (RuntimeException e) {
            LOG.warn("the lease is not renewed: {}", e.toString());
        }
    }

    /** After everything was let go of: as a router that has just started. */
    private void comeBack() {
        check();
        if (holding) {
            return;
        }
        stopLeading();
        long sent = lease.now();
        epoch = members.register(self, lease.length());
        see(members.beat(self.name(), epoch, lease.length()), sent);
        fenced = false;
        LOG.info("this router serves again");
        work.execute(this::takeUp);
    }

    private void takeUp() {
        if (closed || fenced) {
            return;
        }
        try {
            duties().takeUp();
        } catch (RuntimeException e) {
            LOG.warn("its private clouds are taken up again in a moment: {}", e.toString());
            work.schedule(this::takeUp, lease.length().toMillis() / 20, TimeUnit.MILLISECONDS);
        }
    }

    private void campaign() {
        Optional<Leader> leader = last.leader();
        boolean free = leader.isEmpty()
                || leader.get().leaseUntil().isBefore(last.now())
                || leader.get().router().equals(self.name());
        if (!free) {
            stopLeading();
            return;
        }
        long now = members.lead(self.name(), claimed, false, lease.length());
        if (now == claimed) {
            return;
        }
        stopLeading();
        claimed = now;
        if (now > 0) {
            work.execute(() -> {
                try {
                    beginLeading(now);
                } catch (RuntimeException e) {
                    LOG.error("this router cannot lead", e);
                }
            });
        }
    }

    private void beginLeading(long now) {
        if (claimed != now) {
            return;
        }
        leadership.set(now);
        try {
            duties().lead();
            leads = now;
            LOG.info("this router leads");
        } catch (RuntimeException e) {
            leadership.set(0);
            claimed = 0;
            members.resign(self.name(), now);
            throw e;
        }
    }

    private void stopLeading() {
        if (claimed == 0) {
            return;
        }
        claimed = 0;
        leads = 0;
        leadership.set(0);
        LOG.warn("this router leads no more");
        work.execute(() -> {
            // Again, as it may just have been getting ready; if it leads anew by now, that comes after this.
            leads = 0;
            leadership.set(0);
            duties().follow();
        });
    }

    /** The guard's: whatever the database does, what is not held any more is let go of in time. */
    private synchronized void check() {
        if (closed || mayServe()) {
            return;
        }
        if (!fenced) {
            holding = true;
            fenced = true;
            LOG.error("the lease has ended here: its private clouds are let go of");
        }
        if (!holding) {
            return;
        }
        try {
            duties().letGo();
            holding = false;
        } catch (RuntimeException e) {
            LOG.error("not everything was let go of; it is tried again", e);
        }
    }

    @Override
    public Member self() {
        return last.members().stream()
                .filter(member -> member.name().equals(self.name()))
                .findFirst()
                .orElse(self);
    }

    @Override
    public List<Member> routers() {
        return last.members();
    }

    @Override
    public Optional<Member> leader() {
        Beat seen = last;
        if (leads > 0) {
            return Optional.of(self());
        }
        return seen.leader()
                .filter(leader -> !leader.leaseUntil().isBefore(now()))
                .flatMap(leader -> seen.members().stream()
                        .filter(member -> member.name().equals(leader.router()))
                        .findFirst());
    }

    @Override
    public boolean leads() {
        return leads > 0 && (alone || lease.holds());
    }

    @Override
    public boolean mayServe() {
        return alone || lease.holds() && !fenced;
    }

    @Override
    public Instant now() {
        return last.now().plusNanos(lease.now() - lastSeen);
    }

    @Override
    public void joined() {
        alone = false;
    }

    @Override
    public boolean isAlone() {
        return alone;
    }

    /** Renews no more. The lease ends by itself: who only restarts keeps its private clouds. */
    @Override
    public void close() {
        closed = true;
        guard.shutdownNow();
        beats.shutdown();
        work.shutdown();
        try {
            beats.awaitTermination(5, TimeUnit.SECONDS);
            work.awaitTermination(5, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Lets another lead at once; to be called when nothing is written any more that only the leader writes. */
    public void resign() {
        if (claimed > 0) {
            try {
                members.resign(self.name(), claimed);
            } catch (RuntimeException e) {
                LOG.debug("the leader's lease ends by itself: {}", e.toString());
            }
        }
    }
}
