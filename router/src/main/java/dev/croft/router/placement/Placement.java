package dev.croft.router.placement;

import dev.croft.router.RouterException;
import dev.croft.router.fleet.Fleet;
import dev.croft.router.registry.PrivateCloud;
import dev.croft.router.registry.Registry;
import dev.croft.router.tls.CertificateAuthority;
import dev.croft.runtime.Runtime;
import dev.croft.vault.api.CloudState;
import dev.croft.vault.api.CloudStatus;
import dev.croft.vault.api.PmClient;
import dev.croft.vault.api.ProblemCode;
import dev.croft.vault.api.ProblemException;
import dev.croft.vault.api.TraceSpan;
import dev.croft.vault.api.VaultException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.BiConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which host each private cloud is on, and its sleep. A private cloud of the shared host hibernates and wakes inside it. One with a
 * process of its own hibernates by handing its key, sealed, to the shared host and ending its process, and wakes the other way round;
 * the router only carries the seal. Thread-safe.
 */
public final class Placement implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Placement.class);
    private static final Duration TOUCH = Duration.ofSeconds(5);

    private final Registry registry;
    private final HostProcesses hosts;
    private final Residents residents;
    private final Handing handing;
    private final Settling settling;
    private final Path volumes;
    private final Clock clock;
    private final PmHost shared;
    private final Map<String, ReentrantReadWriteLock> locks = new ConcurrentHashMap<>();
    private final Map<String, Instant> touched = new ConcurrentHashMap<>();
    /** Where those are that this router moved: whoever read the registry before may still be on the way to the former host. */
    private final Map<String, PrivateCloud.Hosting> moved = new ConcurrentHashMap<>();

    private volatile BiConsumer<PrivateCloud, CloudStatus> awake = (_, _) -> {};

    public Placement(
            Registry registry,
            Runtime runtime,
            HostProcesses.Directories directories,
            HostProgram.Source programs,
            CertificateAuthority authority,
            Fleet fleet,
            Clock clock) {
        this.registry = registry;
        this.hosts = new HostProcesses(registry, runtime, directories, programs, authority, fleet::mayServe);
        this.residents = new Residents(registry, fleet);
        this.volumes = directories.clouds();
        this.clock = clock;
        this.shared = hosts.shared();
        this.handing = new Handing(shared);
        this.settling = new Settling(registry, hosts, residents, handing, this::lock, this::hosting);
    }

    /** Takes over hosts that outlived a former router, and what that was about to do with keys when it ended. */
    public void start() {
        hosts.start();
        settling.find();
    }

    /** Decides where keys are of which an answer was lost, and has hosts forget what they are not to take back. Does nothing where nothing is open. */
    public void settle() {
        settling.all();
    }

    /** The hosts that private clouds are on. */
    public HostProcesses hosts() {
        return hosts;
    }

    /** Changes when everything is let go of: what was begun before must not go on. */
    long term() {
        return residents.term();
    }

    /** Has {@code told} know of each private cloud that was woken or unlocked, and what it is doing then. */
    void afterWaking(BiConsumer<PrivateCloud, CloudStatus> told) {
        this.awake = told;
    }

    /** Tells who wants to know what a private cloud is doing now. What goes wrong is logged: it is made good after the next waking. */
    public void tell(PrivateCloud cloud) {
        try {
            tell(cloud, use(cloud, (_, host) -> host.cloud(cloud.id())));
        } catch (Exception e) {
            LOG.warn("what waits in private cloud {} is not known: {}", cloud.id(), e.toString());
        }
    }

    private void tell(PrivateCloud cloud, CloudStatus status) {
        try {
            awake.accept(cloud, status);
        } catch (RuntimeException e) {
            LOG.warn("what waits in private cloud {} goes on waiting: {}", cloud.id(), e.toString());
        }
    }

    /** The directory of a private cloud's doors, whichever host opened them: no other is believed to be one. */
    Path doors(PrivateCloud cloud) {
        return hostOf(cloud).doors();
    }

    private ReentrantReadWriteLock lock(String cloudId) {
        return locks.computeIfAbsent(cloudId, _ -> new ReentrantReadWriteLock());
    }

    /** Something done with a private cloud's host. */
    @FunctionalInterface
    public interface Use<T> {
        T with(URI base, PmClient client) throws Exception;
    }

    /**
     * Does something with the host that a private cloud is on, which is started or woken first; it stays there meanwhile. Counts as use.
     *
     * @throws RouterException.Unavailable when the host does not start
     */
    public <T> T use(PrivateCloud cloud, Use<T> use) throws Exception {
        ReentrantReadWriteLock.ReadLock reading = lock(cloud.id()).readLock();
        reading.lock();
        try {
            residents.require(cloud.id());
            while (handing.isUndecided(cloud.id()) || mustWake(cloud)) {
                // A reader cannot become a writer; it may be hibernated again before the next turn, hence the loop.
                reading.unlock();
                try {
                    if (handing.isUndecided(cloud.id())) {
                        settling.one(cloud);
                    } else {
                        wake(cloud);
                    }
                } finally {
                    reading.lock();
                }
            }
            PmHost.Running host = hostOf(cloud).ready();
            touch(cloud);
            return use.with(host.base(), host.client());
        } finally {
            reading.unlock();
        }
    }

    private boolean mustWake(PrivateCloud cloud) {
        return hosting(cloud) == PrivateCloud.Hosting.OWN_PROCESS
                && cloud.state() != PrivateCloud.State.CREATING
                && !isVolumeGone(cloud.id())
                && !hosts.own(cloud.id()).isRunning();
    }

    /** Whether there is nothing here to give to a process of its own; the shared host fills it from its replicas, as it makes new ones. */
    private boolean isVolumeGone(String cloudId) {
        return !Files.exists(volumes.resolve(cloudId)) && !hosts.own(cloudId).isRunning();
    }

    private PrivateCloud.Hosting hosting(PrivateCloud cloud) {
        return moved.getOrDefault(cloud.id(), cloud.hosting());
    }

    /** A private cloud is made by the shared host, whatever its hosting is to be. */
    private PmHost hostOf(PrivateCloud cloud) {
        return hosting(cloud) == PrivateCloud.Hosting.SHARED
                        || cloud.state() == PrivateCloud.State.CREATING
                        || isVolumeGone(cloud.id())
                ? shared
                : hosts.own(cloud.id());
    }

    /**
     * After a private cloud's key was brought to the host that it is on. One of its own process was made by the shared host, which
     * closes it now: it moves when it is next used.
     */
    public void keyed(PrivateCloud cloud) {
        ReentrantReadWriteLock.ReadLock reading = lock(cloud.id()).readLock();
        reading.lock();
        try {
            residents.require(cloud.id());
            handing.brought(cloud.id());
            if (hostOf(cloud) == shared && hosting(cloud) == PrivateCloud.Hosting.OWN_PROCESS) {
                shared.ready().client().hibernate(cloud.id());
                registry.clouds().setState(cloud.id(), PrivateCloud.State.HIBERNATED);
            } else {
                registry.clouds().place(cloud.id(), hostOf(cloud).id());
            }
        } catch (VaultException e) {
            throw new RouterException.Unavailable("the private cloud does not move to its own process", e);
        } finally {
            reading.unlock();
        }
    }

    /** Does something with the shared host, which takes a private cloud of its own process back first. */
    public <T> T useShared(PrivateCloud cloud, Use<T> use) throws Exception {
        if (hosting(cloud) == PrivateCloud.Hosting.OWN_PROCESS && !hibernate(cloud)) {
            throw new RouterException.Conflict("the private cloud is in use");
        }
        ReentrantReadWriteLock.WriteLock changing = lock(cloud.id()).writeLock();
        changing.lock();
        try {
            residents.require(cloud.id());
            settling.one(cloud);
            PmHost.Running host = shared.ready();
            return use.with(host.base(), host.client());
        } finally {
            changing.unlock();
        }
    }

    private void touch(PrivateCloud cloud) {
        Instant now = clock.instant();
        Instant last = touched.get(cloud.id());
        if (last != null && Duration.between(last, now).compareTo(TOUCH) < 0) {
            return;
        }
        touched.put(cloud.id(), now);
        registry.clouds().used(cloud.id(), now);
        if (cloud.state() == PrivateCloud.State.HIBERNATED) {
            registry.clouds().place(cloud.id(), hostOf(cloud).id());
        }
    }

    /**
     * Wakes a private cloud. Waking one that is awake does nothing; one whose owner's key no host has stays locked.
     *
     * @return what it is doing now
     * @throws RouterException.Unavailable when its host does not start or answer
     */
    public CloudStatus wake(PrivateCloud cloud) {
        CloudStatus status = wakeUp(cloud);
        tell(cloud, status);
        return status;
    }

    private CloudStatus wakeUp(PrivateCloud cloud) {
        return TraceSpan.within("wake private cloud", () -> wakeLocked(cloud));
    }

    private CloudStatus wakeLocked(PrivateCloud cloud) {
        ReentrantReadWriteLock.WriteLock changing = lock(cloud.id()).writeLock();
        changing.lock();
        try {
            residents.require(cloud.id());
            handing.settle(cloud.id());
            PmClient host = hostOf(cloud).ready().client();
            registry.clouds().place(cloud.id(), hostOf(cloud).id());
            touched.remove(cloud.id());
            touch(cloud);
            CloudStatus status = status(host, cloud.id());
            if (status.state() == CloudState.LOCKED && hosting(cloud) == PrivateCloud.Hosting.OWN_PROCESS) {
                return takeOver(cloud.id(), status);
            }
            return status.state() == CloudState.ASLEEP ? host.wake(cloud.id()) : status;
        } catch (VaultException e) {
            throw new RouterException.Unavailable("the private cloud does not wake", e);
        } finally {
            changing.unlock();
        }
    }

    /** Lets the shared host seal the key to the private cloud's own process, if it has the key. */
    private CloudStatus takeOver(String cloudId, CloudStatus locked) {
        PmClient keeper = shared.ready().client();
        CloudStatus kept;
        try {
            kept = status(keeper, cloudId);
        } catch (VaultException e) {
            return locked;
        }
        if (kept.state() == CloudState.LOCKED) {
            return locked;
        }
        try {
            return handing.over(cloudId, shared, hosts.own(cloudId), locked);
        } catch (ProblemException e) {
            // Its owner did not allow the key to move to this process: it must be brought here.
            if (e.code() == ProblemCode.HOST_NOT_TRUSTED) {
                return locked;
            }
            throw e;
        }
    }

    private static CloudStatus status(PmClient host, String cloudId) {
        return host.cloud(cloudId);
    }

    /** Hibernates a private cloud that nobody uses at this moment; says whether it did. */
    public boolean hibernate(PrivateCloud cloud) {
        ReentrantReadWriteLock.WriteLock changing = lock(cloud.id()).writeLock();
        if (!changing.tryLock()) {
            return false;
        }
        try {
            residents.require(cloud.id());
            handing.settle(cloud.id());
            PmHost host = hostOf(cloud);
            if (host.isRunning()) {
                PmClient client = host.ready().client();
                if (hosting(cloud) == PrivateCloud.Hosting.SHARED) {
                    if (status(client, cloud.id()).state() == CloudState.AWAKE) {
                        client.hibernate(cloud.id());
                    }
                } else {
                    if (status(client, cloud.id()).state() != CloudState.LOCKED) {
                        handBack(cloud.id(), host);
                    }
                    host.stop();
                }
            }
            touched.remove(cloud.id());
            registry.clouds().setState(cloud.id(), PrivateCloud.State.HIBERNATED);
            return true;
        } catch (VaultException e) {
            throw new RouterException.Unavailable("the private cloud does not hibernate", e);
        } finally {
            changing.unlock();
        }
    }

    private void handBack(String cloudId, PmHost own) {
        PmClient keeper = shared.ready().client();
        handing.over(cloudId, own, shared, status(keeper, cloudId));
        keeper.hibernate(cloudId);
    }

    /**
     * Records another kind of host for a private cloud that nobody uses at this moment. Without its owner it only comes to more isolation,
     * and only while no host has its key: whoever brings that next names the new host.
     *
     * @return whether it was moved, or is there already
     * @throws RouterException.Conflict if that takes its owner
     * @throws RouterException.Unavailable when a host does not answer
     */
    public boolean move(PrivateCloud cloud, PrivateCloud.Hosting to) {
        ReentrantReadWriteLock.WriteLock changing = lock(cloud.id()).writeLock();
        if (!changing.tryLock()) {
            return false;
        }
        try {
            if (hosting(cloud) == to) {
                return true;
            }
            residents.require(cloud.id());
            settling.one(cloud);
            boolean making = cloud.state() == PrivateCloud.State.CREATING;
            if (to == PrivateCloud.Hosting.SHARED || !making && !look(cloud).equals(Optional.of(CloudState.LOCKED))) {
                throw new RouterException.Conflict("only its owner lets a private cloud move there");
            }
            if (!making && !hibernate(cloud)) {
                return false;
            }
            registry.clouds().setHosting(cloud.id(), to);
            moved.put(cloud.id(), to);
            return true;
        } finally {
            changing.unlock();
        }
    }

    /**
     * What a private cloud is doing, as the host says that has its key if any has; nothing where it does not answer. It is not woken.
     */
    public Optional<CloudState> look(PrivateCloud cloud) {
        PmHost host = hostOf(cloud);
        PmHost.Running running = host.running().or(shared::running).orElse(null);
        if (running == null) {
            return Optional.of(CloudState.LOCKED); // keys are in the memory of hosts alone
        }
        try {
            return Optional.of(running.client().cloud(cloud.id()).state());
        } catch (VaultException e) {
            return Optional.empty();
        }
    }

    /** Whether something is under way in a private cloud at this moment. */
    public boolean isInUse(String cloudId) {
        ReentrantReadWriteLock lock = locks.get(cloudId);
        return lock != null && (lock.getReadLockCount() > 0 || lock.isWriteLocked());
    }

    /** Forgets a private cloud that its permission manager has deleted, and ends its process if it has one. */
    public void forget(PrivateCloud cloud) {
        if (hosting(cloud) == PrivateCloud.Hosting.OWN_PROCESS) {
            hosts.retire(cloud.id());
        }
        registry.clouds().delete(cloud.id());
        touched.remove(cloud.id());
        residents.forget(cloud.id());
        handing.forget(cloud.id());
        moved.remove(cloud.id());
        locks.remove(cloud.id());
    }

    /** The public keys of the hosts that a private cloud may live on: the owner names them when sealing the key. */
    public List<String> hostKeys(PrivateCloud cloud) {
        try {
            List<String> keys = new ArrayList<>();
            keys.add(shared.ready().client().status().hostKey());
            if (hostOf(cloud) != shared) {
                keys.add(hosts.own(cloud.id()).ready().client().status().hostKey());
            }
            return keys;
        } catch (VaultException e) {
            throw new RouterException.Unavailable("a host does not answer", e);
        }
    }

    /**
     * Gives a private cloud to another router: it sleeps here first, with its key put aside, which is forgotten once the other has it and taken back if
     * that fails; it is locked there until its owner's key comes.
     *
     * @return whether it was given: not while somebody uses it
     */
    public boolean give(PrivateCloud cloud, String router) {
        ReentrantReadWriteLock.WriteLock changing = lock(cloud.id()).writeLock();
        if (!changing.tryLock()) {
            return false;
        }
        try {
            if (cloud.state() != PrivateCloud.State.CREATING && !hibernate(cloud)) {
                return false;
            }
            boolean aside = handing.aside(cloud.id());
            residents.forget(cloud.id());
            // Where the registry's answer is lost, it is asked again before the private cloud is next used here.
            if (!registry.clouds().give(cloud.id(), router)) {
                settling.decide(cloud.id());
                return false;
            }
            moved.remove(cloud.id());
            residents.forget(cloud.id());
            handing.given(cloud.id(), aside);
            hosts.end(cloud.id());
            return true;
        } catch (VaultException e) {
            throw new RouterException.Unavailable("the private cloud's host does not let go of it", e);
        } finally {
            changing.unlock();
        }
    }

    /**
     * Ends every host at once, whatever is under way.
     *
     * @throws RouterException.Unavailable while one may run still
     */
    public void letGo() {
        residents.letGo();
        hosts.kill();
    }

    /** Ends every host. */
    @Override
    public void close() {
        hosts.close();
    }
}
