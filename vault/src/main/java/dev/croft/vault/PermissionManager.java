package dev.croft.vault;

import dev.croft.capsule.CapsuleVerifier;
import dev.croft.vault.api.BudgetPolicy;
import dev.croft.vault.api.CapsulePart;
import dev.croft.vault.api.CloudStatus;
import dev.croft.vault.api.Documents;
import dev.croft.vault.api.GrantStatus;
import dev.croft.vault.api.Holder;
import dev.croft.vault.api.Operations;
import dev.croft.vault.api.OwnerKey;
import dev.croft.vault.api.ReplicaStatus;
import dev.croft.vault.api.Replicas;
import dev.croft.vault.api.VerifyReport;
import dev.croft.vault.audit.AuditTrail;
import dev.croft.vault.documents.CapsuleLog;
import dev.croft.vault.documents.DocumentStore;
import dev.croft.vault.grants.GrantBook;
import dev.croft.vault.ledger.BudgetBook;
import dev.croft.vault.queries.QueryDesk;
import dev.croft.vault.store.CapsuleParts;
import dev.croft.vault.store.Capsules;
import dev.croft.vault.store.OwnerCapsule;
import dev.croft.vault.store.Replication;
import dev.croft.vault.upload.Forgetting;
import dev.croft.vault.upload.Shredding;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * One owner's private cloud, open: documents, grants, budget, queries and audit over the four capsules in its directory. Whoever calls it has
 * been let in already; who may do what is decided at the edge. Thread-safe; close it when no call is under way.
 */
public final class PermissionManager implements AutoCloseable {
    private static final String VIEW = "view.db";
    private static final int MOST_DERIVERS = 100;

    private final Path directory;
    private final VaultSettings settings;
    private final Capsules capsules;
    private final DocumentStore documents;
    private final GrantBook grants;
    private final BudgetBook budget;
    private final AuditTrail audit;
    private final QueryDesk queries;
    private final ReentrantLock shredding = new ReentrantLock();

    private PermissionManager(
            Path directory, VaultSettings settings, OwnerKey key, BudgetPolicy policy, Capsules capsules) {
        this.directory = directory;
        this.settings = settings;
        this.capsules = capsules;
        this.audit = new AuditTrail(capsules.get(OwnerCapsule.AUDIT));
        this.grants =
                new GrantBook(capsules.get(OwnerCapsule.GRANTS), key.publicKey(), key.cloudId(), settings.clock());
        this.budget = new BudgetBook(capsules.get(OwnerCapsule.BUDGET), policy, settings.clock());
        byte[] viewKey = key.viewKey();
        try {
            this.documents = DocumentStore.open(
                    new CapsuleLog(capsules.get(OwnerCapsule.DATA)),
                    directory.resolve(VIEW),
                    viewKey,
                    settings.schema(),
                    settings.limits(),
                    settings.clock());
        } finally {
            Arrays.fill(viewKey, (byte) 0);
        }
        try {
            Shredding.finish(documents, capsules.get(OwnerCapsule.DATA));
        } catch (RuntimeException e) {
            documents.close();
            throw e;
        }
        this.queries = new QueryDesk(settings.computations(), documents, budget, settings.clock());
    }

    /** Makes the capsules of a new private cloud in {@code directory}, or those that it lacks, and closes them again. */
    public static void create(Path directory, OwnerKey key, BudgetPolicy policy) {
        try (Capsules capsules = Capsules.complete(directory, key)) {
            Founding.record(capsules.get(OwnerCapsule.AUDIT), policy);
        }
    }

    /** Opens the private cloud in {@code directory}. */
    public static PermissionManager open(Path directory, OwnerKey key, BudgetPolicy policy, VaultSettings settings) {
        return over(Capsules.open(directory, key), directory, key, policy, settings);
    }

    /**
     * Opens the private cloud in {@code directory}, whatever is left there, as its replicas have it.
     *
     * @throws dev.croft.vault.api.ProblemException {@code REPLICAS_UNAVAILABLE} or {@code SUPERSEDED}
     */
    static PermissionManager open(
            Path directory,
            OwnerKey key,
            BudgetPolicy policy,
            VaultSettings settings,
            Replicas replicas,
            Replication replication) {
        return over(Capsules.open(directory, key, replicas, replication), directory, key, policy, settings);
    }

    private static PermissionManager over(
            Capsules capsules, Path directory, OwnerKey key, BudgetPolicy policy, VaultSettings settings) {
        try {
            return new PermissionManager(directory, settings, key, policy, capsules);
        } catch (RuntimeException e) {
            capsules.close();
            throw e;
        }
    }

    /** Whether it takes nothing more until it is opened anew, as too few replicas answered. */
    boolean isLost() {
        return capsules.isLost();
    }

    /** How far its capsules' replicas are. */
    List<ReplicaStatus.Capsule> replicated() {
        return Arrays.stream(OwnerCapsule.values())
                .map(capsule -> new ReplicaStatus.Capsule(
                        capsule.id(),
                        capsules.get(capsule).size(),
                        capsules.get(capsule).settled()))
                .toList();
    }

    /** What it was made with. */
    public VaultSettings settings() {
        return settings;
    }

    /** The documents. */
    public DocumentStore documents() {
        return documents;
    }

    /** The grants. */
    public GrantBook grants() {
        return grants;
    }

    /** The budget. */
    public BudgetBook budget() {
        return budget;
    }

    /** The audit. */
    public AuditTrail audit() {
        return audit;
    }

    /** Queries across people. */
    public QueryDesk queries() {
        return queries;
    }

    /** Deletes raw entries and sees to what was derived from them; shreds the old bytes if that is asked for. */
    Documents.Forgotten forget(Documents.Forget what) {
        Documents.Forgotten forgotten = Forgetting.forget(documents, what, settings.clock());
        if (Boolean.TRUE.equals(what.shred())) {
            shredding.lock();
            try {
                Shredding.shred(documents, capsules.get(OwnerCapsule.DATA));
            } finally {
                shredding.unlock();
            }
        }
        return forgotten;
    }

    /** Who may derive anew what forgetting made stale, the latest grant first; {@code null} if nothing waits for that. */
    @Nullable
    List<CloudStatus.Deriver> derivers() {
        if (!Forgetting.isDerivingDue(documents)) {
            return null;
        }
        Instant now = settings.clock().instant();
        List<CloudStatus.Deriver> derivers = new ArrayList<>();
        for (GrantBook.Stored stored : grants.list().reversed()) {
            if (stored.revoked() == null
                    && stored.grant().isInForce(now)
                    && stored.grant().allows(Operations.REDERIVE)
                    && stored.grant().holder() instanceof Holder.ServiceHolder service
                    && service.digest() != null) {
                derivers.add(new CloudStatus.Deriver(stored.grant().id(), service.service(), service.digest()));
            }
        }
        return List.copyOf(derivers.subList(0, Math.min(MOST_DERIVERS, derivers.size())));
    }

    /** Where large uploads wait until their digest is known. */
    Path spool() {
        return directory;
    }

    /** A grant as the owner's list shows it. */
    GrantStatus status(GrantBook.Stored stored) {
        boolean inForce = stored.revoked() == null
                && stored.grant().isInForce(settings.clock().instant());
        return new GrantStatus(
                stored.grant(),
                stored.stored(),
                stored.revoked(),
                inForce,
                budget.spentBy(stored.grant().id()));
    }

    /** The next piece of a capsule, for its owner's backup. */
    CapsulePart capsulePart(String capsule, CapsulePart.After asked) {
        return CapsuleParts.read(directory, capsule, asked);
    }

    /** Verifies every capsule as it is on disk. */
    public VerifyReport verify() {
        return verify(directory);
    }

    /** Verifies every capsule of the private cloud in {@code directory}; needs no key. */
    public static VerifyReport verify(Path directory) {
        return new VerifyReport(Arrays.stream(OwnerCapsule.values())
                .map(capsule -> {
                    var report = CapsuleVerifier.verify(directory.resolve(capsule.id()));
                    // While it is being written to, a capsule may end in what is not acknowledged yet.
                    boolean whole = report.intact() || report.onlyTorn();
                    String problem = whole ? null : report.flaw() + " at " + report.position() + ": " + report.detail();
                    return new VerifyReport.Capsule(capsule.id(), report.records(), problem);
                })
                .toList());
    }

    @Override
    public void close() {
        try {
            documents.close();
        } finally {
            capsules.close();
        }
    }
}
