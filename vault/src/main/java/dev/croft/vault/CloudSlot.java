package dev.croft.vault;

import dev.croft.capsule.crypto.ReaderKey;
import dev.croft.capsule.crypto.VerifyingKey;
import dev.croft.vault.api.Base64Url;
import dev.croft.vault.api.CloudState;
import dev.croft.vault.api.CloudStatus;
import dev.croft.vault.api.HandoverRequest;
import dev.croft.vault.api.KeptAt;
import dev.croft.vault.api.OwnerKey;
import dev.croft.vault.api.ProblemCode;
import dev.croft.vault.api.ProblemException;
import dev.croft.vault.api.ReplicaStatus;
import dev.croft.vault.api.Replicas;
import dev.croft.vault.api.SealedKey;
import dev.croft.vault.audit.AuditTrail;
import dev.croft.vault.audit.Refusals;
import dev.croft.vault.http.SeenProofs;
import dev.croft.vault.store.CloudFile;
import dev.croft.vault.store.DurableFile;
import dev.croft.vault.store.Replication;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A private cloud in its host: locked, asleep or awake. Requests share the read lock while they use the open permission manager; opening and
 * closing take the write lock, so nothing is closed under a request and no request sees a half-open one. Thread-safe.
 */
final class CloudSlot {
    private static final Logger LOG = LoggerFactory.getLogger(CloudSlot.class);
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final long CLOSING_SECONDS = 30;

    private final String id;
    private final Path directory;
    private volatile CloudFile file;
    private final Replication replication;
    private final VerifyingKey owner;
    private final VaultSettings settings;
    private final ReaderKey hostKey;
    private final Attempts attempts;
    private final SeenProofs seen;
    private final Refusals refusals = new Refusals();
    private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();
    private final Object unlocking = new Object();
    private final AsideKey aside = new AsideKey();

    private volatile @Nullable OwnerKey key;
    private volatile @Nullable PermissionManager open;
    private volatile List<String> moveTo = List.of();
    private volatile String challenge = randomText();
    private volatile @Nullable Instant lastUsed;
    private volatile boolean deleted;

    CloudSlot(String id, Path directory, VaultSettings settings, Replication replication, ReaderKey hostKey)
            throws IOException {
        this.id = id;
        this.directory = directory;
        this.settings = settings;
        this.replication = replication;
        this.hostKey = hostKey;
        this.file = CloudFile.read(directory);
        this.owner = file.owner();
        this.attempts = new Attempts(directory);
        this.seen = new SeenProofs(settings.clock().instant());
        if (!OwnerKey.cloudId(owner).equals(id)) {
            throw new IOException(directory + " holds another private cloud than its name says");
        }
    }

    static String randomText() {
        byte[] random = new byte[16];
        RANDOM.nextBytes(random);
        return Base64Url.encode(random);
    }

    String id() {
        return id;
    }

    Path directory() {
        return directory;
    }

    VerifyingKey owner() {
        return owner;
    }

    SeenProofs seen() {
        return seen;
    }

    CloudState state() {
        return open != null ? CloudState.AWAKE : key != null ? CloudState.ASLEEP : CloudState.LOCKED;
    }

    /** When it last served, for finding who to put to sleep. */
    Instant lastUsed() {
        Instant used = lastUsed;
        return used == null ? Instant.EPOCH : used;
    }

    CloudStatus status() {
        long wait;
        synchronized (unlocking) {
            wait = attempts.waitSeconds(settings.clock().instant());
        }
        String host = Base64Url.encode(hostKey.publicKey().encoded());
        return new CloudStatus(id, state(), host, challenge, file.passphrase(), lastUsed, wait, derivers());
    }

    private @Nullable List<CloudStatus.Deriver> derivers() {
        if (!lock.readLock().tryLock()) {
            return null;
        }
        try {
            PermissionManager pm = open;
            return pm == null ? null : pm.derivers();
        } finally {
            lock.readLock().unlock();
        }
    }

    /** Runs {@code action} on the open permission manager, waking it first if need be. */
    <T> T use(Function<PermissionManager, T> action) {
        while (true) {
            lock.readLock().lock();
            PermissionManager pm = open;
            try {
                if (pm != null) {
                    lastUsed = settings.clock().instant();
                    return action.apply(pm);
                }
            } finally {
                lock.readLock().unlock();
                if (pm != null && pm.isLost()) {
                    giveUp(pm);
                }
            }
            wake();
        }
    }

    /** Opens the capsules if they are closed; whether they were. */
    boolean wake() {
        lock.writeLock().lock();
        try {
            requireThere();
            if (open != null) {
                return false;
            }
            OwnerKey mine = key;
            if (mine == null) {
                throw new ProblemException(ProblemCode.LOCKED, "the owner's key is needed");
            }
            PermissionManager pm = opened(mine, file);
            lastUsed = settings.clock().instant();
            open = pm;
            return true;
        } finally {
            lock.writeLock().unlock();
        }
    }

    private PermissionManager opened(OwnerKey mine, CloudFile as) {
        Replicas replicas = as.replicas();
        if (replicas == null) {
            return PermissionManager.open(directory, mine, as.budget(), settings);
        }
        furnish();
        return PermissionManager.open(directory, mine, as.budget(), settings, replicas, replication);
    }

    /** The directory is a cache if there are replicas: one that was deleted is begun anew. */
    private void furnish() {
        try {
            if (file.replicas() != null && !Files.exists(directory.resolve(CloudFile.NAME))) {
                DurableFile.directory(directory);
                file.write(directory);
                LOG.warn("The directory of private cloud {} was gone and is filled from its replicas", id);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Closes what can take nothing more; the next request opens it anew. */
    private void giveUp(PermissionManager lost) {
        lock.writeLock().lock();
        try {
            if (open == lost) {
                open = null;
                lost.close();
            }
        } finally {
            lock.writeLock().unlock();
        }
    }

    /** Where its capsules are to be besides this host, without waking it. */
    KeptAt keptAt() {
        CloudFile now = file;
        Long version = now.version();
        return new KeptAt(version == null ? 0 : version, now.replicas());
    }

    /** Where its capsules are besides this host. */
    ReplicaStatus replicas() {
        return use(pm -> new ReplicaStatus(file.replicas(), pm.replicated()));
    }

    /** Moves to other replicas, which have everything when this returns. If they cannot, it stays with those that it had. */
    ReplicaStatus replicate(Replicas wanted) {
        closing(() -> {
            OwnerKey mine = key;
            if (mine == null) {
                throw new ProblemException(ProblemCode.LOCKED, "the owner's key is needed");
            }
            CloudFile changed = file.with(wanted, settings.clock().instant());
            PermissionManager pm = opened(mine, changed);
            try {
                changed.write(directory);
            } catch (IOException e) {
                pm.close();
                throw new UncheckedIOException(e);
            }
            file = changed;
            lastUsed = settings.clock().instant();
            open = pm;
        });
        return replicas();
    }

    /** Takes the owner's key from its seal and opens the private cloud with it. */
    void unlock(SealedKey sealed) {
        synchronized (unlocking) {
            Instant now = settings.clock().instant();
            long wait = attempts.waitSeconds(now);
            if (wait > 0) {
                throw new ProblemException(
                        ProblemCode.ATTEMPTS_LIMITED, "too many wrong keys; wait " + wait + " s", wait);
            }
            // A seal that does not open tells nothing about the key in it, so it is no attempt.
            String asked = challenge;
            OwnerKey brought = sealed.open(hostKey, id, asked)
                    .orElseThrow(() -> new ProblemException(
                            ProblemCode.STALE_CHALLENGE, "not sealed to this host with its present challenge"));
            furnish();
            try {
                attempts.begin(now);
                file.check(brought, id);
                attempts.forget();
            } catch (IOException e) {
                brought.destroy();
                throw new UncheckedIOException(e);
            } catch (ProblemException e) {
                brought.destroy();
                refusals.add("host", "cloud_unlock", "", e.code(), now);
                throw e;
            }
            take(brought, sealed.moveTo(), asked);
        }
        wake();
        record("host", "cloud_unlock");
    }

    /** The key of a private cloud that was made just now. */
    void take(OwnerKey brought, List<String> mayMoveTo) {
        take(brought, mayMoveTo, challenge);
    }

    /** @param asked the challenge that it was sealed with: a key that was let go of meanwhile does not come in by a seal from before */
    private void take(OwnerKey brought, List<String> mayMoveTo, String asked) {
        lock.writeLock().lock();
        try {
            requireThere();
            if (!challenge.equals(asked)) {
                brought.destroy();
                throw new ProblemException(ProblemCode.STALE_CHALLENGE, "the host has another challenge by now");
            }
            aside.forget();
            if (key == null) {
                key = brought;
            } else {
                brought.destroy();
            }
            moveTo = mayMoveTo;
            challenge = randomText();
        } finally {
            lock.writeLock().unlock();
        }
    }

    /** Frees everything but the key. */
    void hibernate() {
        closing(() -> {});
    }

    /** The same, if no request is under way; whether it was done. */
    boolean hibernateIfIdle() {
        if (!lock.writeLock().tryLock()) {
            return false;
        }
        try {
            if (open == null) {
                return false;
            }
            closeOpen();
            return true;
        } finally {
            lock.writeLock().unlock();
        }
    }

    /** Frees everything, the key too. */
    void lock() {
        closing(this::forgetKey);
    }

    /** Frees everything and puts the key aside; where there is none, what lies aside stays there. */
    void putAside() {
        closing(this::setAside);
    }

    /** Has the key again that was put aside, unless its owner brought it meanwhile. */
    void takeBack() {
        lock.writeLock().lock();
        try {
            requireThere();
            AsideKey.Held held = aside.take();
            if (held != null) {
                // Forgotten already, if there is a key in use.
                key = held.key();
                moveTo = held.moveTo();
            }
        } finally {
            lock.writeLock().unlock();
        }
    }

    /** Forgets a key that was put aside by then. */
    void drop(Instant then) {
        if (!aside.isThere()) {
            return;
        }
        lock.writeLock().lock();
        try {
            aside.forget(then);
        } finally {
            lock.writeLock().unlock();
        }
    }

    boolean hasAside() {
        return aside.isThere();
    }

    /** Frees everything, seals the key to the next host, and puts it aside until that is known to have it. */
    SealedKey handOver(HandoverRequest next) {
        if (!moveTo.contains(next.hostKey())) {
            throw new ProblemException(ProblemCode.HOST_NOT_TRUSTED, "the owner did not name this host when unlocking");
        }
        SealedKey[] sealed = new SealedKey[1];
        closing(() -> {
            OwnerKey mine = key;
            if (mine == null) {
                throw new ProblemException(ProblemCode.LOCKED, "there is no key to hand over");
            }
            sealed[0] = SealedKey.seal(mine, next.hostKey(), next.challenge(), moveTo);
            setAside();
        });
        return sealed[0];
    }

    /** Frees everything for good; the directory is the caller's to delete. */
    void delete() {
        closing(() -> {
            forgetKey();
            deleted = true;
        });
    }

    private void closing(Runnable then) {
        try {
            if (!lock.writeLock().tryLock(CLOSING_SECONDS, TimeUnit.SECONDS)) {
                throw new ProblemException(ProblemCode.OVERLOADED, "requests are under way", 1);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ProblemException(ProblemCode.OVERLOADED, "the host is stopping", 1);
        }
        try {
            requireThere();
            closeOpen();
            then.run();
        } finally {
            lock.writeLock().unlock();
        }
    }

    private void closeOpen() {
        PermissionManager pm = open;
        if (pm != null) {
            open = null;
            try {
                pm.audit().record(refusals.drainAll(settings.clock().instant()));
            } finally {
                pm.close();
            }
        }
    }

    private void setAside() {
        OwnerKey mine = key;
        if (mine != null) {
            aside.put(mine, moveTo, settings.clock().instant());
            key = null;
            moveTo = List.of();
            challenge = randomText();
        }
    }

    private void forgetKey() {
        aside.forget();
        OwnerKey mine = key;
        key = null;
        moveTo = List.of();
        challenge = randomText();
        if (mine != null) {
            mine.destroy();
        }
    }

    private void requireThere() {
        if (deleted) {
            throw new ProblemException(ProblemCode.UNKNOWN_CLOUD, "there is no such private cloud here");
        }
    }

    private void record(String who, String operation) {
        record(who, operation, "", "");
    }

    /** Writes to its audit what was done with it, waking it if need be. */
    void record(String who, String operation, String object, String detail) {
        use(pm -> {
            pm.audit().record(AuditTrail.Event.ok(who, operation, object, 1, detail));
            return true;
        });
    }

    /** Takes note of a refusal for the audit, and writes it at once if the audit is open. */
    void refuse(String who, String operation, String object, ProblemCode code) {
        refusals.add(who, operation, object, code, settings.clock().instant());
        try {
            flushRefusals();
        } catch (RuntimeException e) {
            LOG.error("A refusal was not recorded: {}", e.getClass().getName());
        }
    }

    /** Writes refusals that wait to the audit, if it is open. */
    void flushRefusals() {
        if (!lock.readLock().tryLock()) {
            return;
        }
        try {
            PermissionManager pm = open;
            if (pm != null) {
                pm.audit().record(refusals.drain(settings.clock().instant()));
            }
        } catch (ProblemException e) {
            // They are in the capsule of this host, and come to its replicas when it is opened anew.
            LOG.warn("Replicas of private cloud {}: {}", id, e.code().code());
        } finally {
            lock.readLock().unlock();
        }
    }

    @Override
    public String toString() {
        return "CloudSlot[" + id + ", " + state() + "]";
    }
}
