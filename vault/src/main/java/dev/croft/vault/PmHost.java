package dev.croft.vault;

import dev.croft.capsule.crypto.VerifyingKey;
import dev.croft.vault.api.CloudState;
import dev.croft.vault.api.Grant;
import dev.croft.vault.api.HostStatus;
import dev.croft.vault.api.Json;
import dev.croft.vault.api.PmRoute;
import dev.croft.vault.api.ProblemCode;
import dev.croft.vault.api.ProblemException;
import dev.croft.vault.api.ReplicaStatus;
import dev.croft.vault.api.Replicas;
import dev.croft.vault.api.RequestProof;
import dev.croft.vault.api.TraceContext;
import dev.croft.vault.api.TraceSpan;
import dev.croft.vault.audit.AuditTrail;
import dev.croft.vault.grants.Caller;
import dev.croft.vault.grants.HolderCheck;
import dev.croft.vault.grants.Statements;
import dev.croft.vault.http.Request;
import dev.croft.vault.http.Response;
import dev.croft.vault.http.RouteTable;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A host of private clouds: takes requests, lets in who proves who they are, and answers. How requests come in is the matter of
 * {@link HttpsFront} and of doors. Thread-safe; {@link #close} waits for requests under way and closes every private cloud.
 */
public final class PmHost implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(PmHost.class);
    private static final int MOST_BODY = 256 * 1024;
    private static final int RETRY_SECONDS = 2;
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final HostSettings host;
    private final VaultSettings vault;
    private final CloudShelf shelf;
    private final DoorHall doors;
    private final HostMetrics metrics = new HostMetrics();
    private final SpanLog spans = new SpanLog(metrics::dropped);
    private final HostRoutes routes;
    private final Semaphore requests;
    private volatile boolean draining;
    private final BodyRoom bodies = new BodyRoom();

    /** Opens the host's directory; its private clouds are locked until their owners' keys come. */
    public PmHost(HostSettings host, VaultSettings vault) {
        this(host, vault, CloudShelf::heapIsFull, PATIENCE);
    }

    /**
     * @param full whether memory is short, so that idle private clouds are put to sleep
     * @param patience how long what is written waits for replicas
     */
    PmHost(HostSettings host, VaultSettings vault, BooleanSupplier full, Duration patience) {
        this.host = host;
        this.vault = vault;
        this.requests = new Semaphore(host.mostRequests());
        this.shelf = new CloudShelf(host, vault, metrics, full, patience);
        this.doors = new DoorHall(host.doors(), host.doorsAsTold(), vault.clock());
        this.routes = new HostRoutes(host, vault, shelf, doors, metrics, spans, this::answering);
    }

    /** Answers a request from whoever passed mutual TLS. Never throws. */
    public Response handle(Request request) {
        return answering(new Visit(request, null));
    }

    private Response answering(Visit visit) {
        TraceContext came = visit.trace();
        return came == null || !came.sampled()
                ? answered(visit, null)
                : TraceSpan.serving(came, false, "permission manager", spans::add)
                        .call(() -> answered(visit, TraceSpan.current().orElseThrow()));
    }

    private Response answered(Visit visit, @Nullable TraceSpan span) {
        Response response = admitted(visit);
        if (LOG.isInfoEnabled()) {
            LOG.info(
                    "{} {} {}{}",
                    visit.route == null ? "unknown" : visit.route.method(),
                    visit.route == null ? "route" : visit.route.template(),
                    response.status(),
                    visit.door == null ? "" : " at a door");
        }
        if (span != null && span.isKept()) {
            String route = visit.route == null ? "unknown" : visit.route.template();
            span.name(visit.route == null ? route : visit.route.method() + " " + route);
            span.put("http.request.method", visit.route == null ? "_OTHER" : visit.route.method());
            span.put("http.route", route);
            span.put("http.response.status_code", Integer.toString(response.status()));
            if (visit.door != null) {
                span.put("croft.door", "true");
            }
            if (response.status() >= 500) {
                span.fail();
            }
        }
        return response;
    }

    private Response admitted(Visit visit) {
        if (!requests.tryAcquire()) {
            return Response.problem(new ProblemException(ProblemCode.OVERLOADED, "too many requests at once", 1));
        }
        RouteTable.Match match = null;
        try {
            if (visit.door != null && !visit.door.known()) {
                // Before anything is said of what there is.
                match = named(visit);
                throw new ProblemException(ProblemCode.UNAUTHENTICATED, "the door's token is missing or wrong");
            }
            match = RouteTable.find(visit.request.method(), visit.path());
            visit.route = match.route();
            if (draining && match.route() != PmRoute.HOST_HEALTH) {
                throw new ProblemException(ProblemCode.OVERLOADED, "the host is stopping", RETRY_SECONDS);
            }
            Response response = dispatch(match, visit);
            metrics.answered(match.route(), response.status());
            return response;
        } catch (RuntimeException failure) {
            return refused(match, failure, visit);
        } catch (StackOverflowError | OutOfMemoryError failure) {
            // Nothing bounded should come to this; the host goes on serving others all the same.
            LOG.error("A request of route {} failed", match == null ? "?" : match.route(), failure);
            metrics.failed();
            return Response.problem(new ProblemException(ProblemCode.INTERNAL, "the permission manager failed"));
        } finally {
            requests.release();
        }
    }

    private static RouteTable.@Nullable Match named(Visit visit) {
        try {
            return RouteTable.find(visit.request.method(), visit.path());
        } catch (ProblemException nowhere) {
            return null;
        }
    }

    private Response refused(RouteTable.@Nullable Match match, RuntimeException failure, Visit visit) {
        Optional<ProblemException> known = Failures.refusal(failure);
        ProblemException refusal = known.orElseGet(() -> {
            // The message may tell of documents, so only where it happened is logged.
            var bare = new IllegalStateException(failure.getClass().getName());
            bare.setStackTrace(failure.getStackTrace());
            LOG.error("A request of route {} failed", match == null ? "?" : match.route(), bare);
            metrics.failed();
            return new ProblemException(ProblemCode.INTERNAL, "the permission manager failed");
        });
        metrics.refused(refusal.code().code());
        if (match != null) {
            metrics.answered(match.route(), refusal.code().status());
        }
        note(match, refusal, visit);
        return Response.problem(refusal);
    }

    private void note(RouteTable.@Nullable Match match, ProblemException refusal, Visit visit) {
        // What goes wrong at a door is told to the owner whose door it is, wherever it wanted to go.
        Optional<CloudSlot> told = visit.door != null
                ? Optional.of(visit.door.slot())
                : match == null || match.parameters().isEmpty() ? Optional.empty() : shelf.find(match.cloud());
        String operation = match == null ? "unknown" : Visit.name(match.route());
        String object = match == null ? "" : Visit.object(match);
        told.ifPresent(slot -> slot.refuse(visit.who, operation, object, refusal.code()));
    }

    private Response dispatch(RouteTable.Match match, Visit visit) {
        Request request = visit.request;
        Visit.AtDoor door = visit.door;
        if (door != null) {
            if (match.route().access() != PmRoute.Access.GRANTED
                    || !match.cloud().equals(door.slot().id())) {
                throw new ProblemException(ProblemCode.GRANT_FORBIDS, "this door does not lead there");
            }
            return served(door.slot(), match, visit, null);
        }
        if (match.route().access() == PmRoute.Access.HOST) {
            visit.who = "host";
            return routes.serve(match, request);
        }
        CloudSlot slot = shelf.get(match.cloud());
        if (request.bearer() == null) {
            throw new ProblemException(ProblemCode.UNAUTHENTICATED, "the request carries no proof");
        }
        RequestProof proof = RequestProof.parse(request.bearer());
        if (match.route() == PmRoute.CLOUD_LOCK || match.route() == PmRoute.CLOUD_DELETE) {
            requireOwner(slot, visit, proof, 1024);
            return match.route() == PmRoute.CLOUD_LOCK ? lock(slot) : delete(slot);
        }
        if (match.route() == PmRoute.REPLICAS_SHOW || match.route() == PmRoute.REPLICAS_SET) {
            return replicas(slot, match.route(), visit, proof);
        }
        return served(slot, match, visit, proof);
    }

    private Response served(CloudSlot slot, RouteTable.Match match, Visit visit, @Nullable RequestProof proof) {
        boolean isOwner = false;
        if (proof != null && proof.claims().grant() == null) {
            // The owner's proof needs no key of the cloud, so a wrong one does not even wake it.
            checkProof(slot, visit, proof, slot.owner());
            isOwner = true;
        }
        Optional<Caller> owner = isOwner ? Optional.of(new Caller.Owner()) : Optional.empty();
        shelf.makeRoomFor(slot);
        return slot.use(pm -> {
            Caller caller = owner.orElseGet(() -> caller(slot, pm, visit, proof));
            visit.who = caller.label();
            Served served;
            if (match.route() == PmRoute.FORGET && owner.isPresent()) {
                // What runs may have read what is forgotten now, and must not write what it made of it.
                doors.closeAll(slot.id());
            }
            try (var _ = bodies.take(match.route(), visit.request)) {
                served = new CloudRoutes(pm, caller, match, visit.request, proof).serve();
            } finally {
                if (match.route() == PmRoute.FORGET && owner.isPresent()) {
                    doors.closeAll(slot.id());
                }
            }
            if (served.audited()) {
                pm.audit()
                        .record(AuditTrail.Event.ok(
                                caller.label(),
                                Visit.name(match.route()),
                                Visit.object(match),
                                served.count(),
                                served.detail()));
            }
            return served.response();
        });
    }

    private Response replicas(CloudSlot slot, PmRoute route, Visit visit, RequestProof proof) {
        byte[] body = requireOwner(slot, visit, proof, MOST_BODY);
        shelf.makeRoomFor(slot);
        if (route == PmRoute.REPLICAS_SHOW) {
            return Response.json(slot.replicas());
        }
        Replicas wanted = Json.read(body, Replicas.class);
        doors.closeAll(slot.id());
        ReplicaStatus now = slot.replicate(wanted);
        slot.record("owner", Visit.name(route), "", wanted.servers().size() + " servers, " + wanted.durability());
        return Response.json(now);
    }

    private Caller caller(CloudSlot slot, PermissionManager pm, Visit visit, @Nullable RequestProof proof) {
        Visit.AtDoor door = visit.door;
        if (door != null) {
            Grant grant = pm.grants().inForce(door.grant());
            return new Caller.AtDoor(
                    door.launch(), door.held() == null ? grant : Statements.narrowed(grant, door.held()));
        }
        String id = proof == null ? null : proof.claims().grant();
        if (proof == null || id == null) {
            throw new ProblemException(ProblemCode.UNAUTHENTICATED, "the request carries no proof");
        }
        return HolderCheck.check(pm.grants(), id, key -> checkProof(slot, visit, proof, key));
    }

    private byte[] requireOwner(CloudSlot slot, Visit visit, RequestProof proof, int mostBody) {
        if (proof.claims().grant() != null) {
            throw new ProblemException(ProblemCode.NOT_OWNER, "only the owner may do this");
        }
        checkProof(slot, visit, proof, slot.owner());
        return visit.request.readBody(mostBody, proof);
    }

    private void checkProof(CloudSlot slot, Visit visit, RequestProof proof, VerifyingKey key) {
        Instant now = vault.clock().instant();
        proof.check(key, slot.id(), visit.request.method(), visit.request.target(), now);
        visit.who = proof.claims().grant() == null
                ? "owner"
                : "grant:" + proof.claims().grant();
        slot.seen().use(proof.claims(), now);
    }

    private Response lock(CloudSlot slot) {
        if (slot.state() != CloudState.LOCKED) {
            slot.record("owner", "cloud_lock", "", "");
        }
        // A door that was being opened is there once the lock is taken, so none outlives it.
        slot.lock();
        doors.closeAll(slot.id());
        return Response.json(slot.status());
    }

    private Response delete(CloudSlot slot) {
        shelf.delete(slot);
        doors.closeAll(slot.id());
        return Response.nothing();
    }

    /** What the host is doing. */
    public HostStatus status() {
        return routes.status();
    }

    /**
     * Puts idle private clouds to sleep, writes refusals that wait, forgets keys that lie aside for long, ends idle connections at doors. Called every second
     * or so.
     */
    public void tend() {
        shelf.dropOld();
        shelf.hibernateIdle();
        doors.endIdle();
    }

    /** How many requests are being answered. */
    int underWay() {
        return host.mostRequests() - requests.availablePermits();
    }

    /**
     * From now on refuses what comes, with when to come again, and waits for what is under way.
     *
     * @param most how long
     * @return whether all of it ended
     */
    boolean drain(Duration most) {
        draining = true;
        try {
            if (requests.tryAcquire(host.mostRequests(), most.toMillis(), TimeUnit.MILLISECONDS)) {
                requests.release(host.mostRequests());
                return true;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return false;
    }

    /** Closes doors and private clouds; keys are forgotten. */
    @Override
    public void close() {
        try {
            // Nothing new begins once all permits are taken, and what is under way has ended.
            if (!requests.tryAcquire(host.mostRequests(), 20, TimeUnit.SECONDS)) {
                LOG.warn("Requests are still under way; closing all the same");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        doors.closeAll();
        shelf.close();
    }
}
