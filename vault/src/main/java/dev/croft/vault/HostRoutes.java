package dev.croft.vault;

import dev.croft.capsule.crypto.ReaderKey;
import dev.croft.capsule.crypto.VerifyingKey;
import dev.croft.vault.api.Base64Url;
import dev.croft.vault.api.CloudState;
import dev.croft.vault.api.CloudStatus;
import dev.croft.vault.api.CreateCloud;
import dev.croft.vault.api.Door;
import dev.croft.vault.api.DoorRequest;
import dev.croft.vault.api.Grant;
import dev.croft.vault.api.HandoverRequest;
import dev.croft.vault.api.HostStatus;
import dev.croft.vault.api.Json;
import dev.croft.vault.api.OwnerKey;
import dev.croft.vault.api.ProblemCode;
import dev.croft.vault.api.ProblemException;
import dev.croft.vault.api.SealedKey;
import dev.croft.vault.api.ServiceStatement;
import dev.croft.vault.api.TraceContext;
import dev.croft.vault.audit.AuditTrail;
import dev.croft.vault.grants.HolderCheck;
import dev.croft.vault.grants.Statements;
import dev.croft.vault.http.Request;
import dev.croft.vault.http.Response;
import dev.croft.vault.http.RouteTable;
import java.time.Instant;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The routes of a host that need no proof of a private cloud's owner: what the host is, and hosting itself. Thread-safe. */
final class HostRoutes {
    private static final int MOST_BODY = 256 * 1024;

    private final HostSettings host;
    private final VaultSettings vault;
    private final CloudShelf shelf;
    private final DoorHall doors;
    private final HostMetrics metrics;
    private final SpanLog spans;
    private final Function<Visit, Response> answering;
    private final Instant began;
    private final String challenge = CloudSlot.randomText();

    /** @param answering answers what comes through doors */
    HostRoutes(
            HostSettings host,
            VaultSettings vault,
            CloudShelf shelf,
            DoorHall doors,
            HostMetrics metrics,
            SpanLog spans,
            Function<Visit, Response> answering) {
        this.host = host;
        this.vault = vault;
        this.shelf = shelf;
        this.doors = doors;
        this.metrics = metrics;
        this.spans = spans;
        this.answering = answering;
        this.began = vault.clock().instant();
    }

    /** Answers what whoever holds a client certificate may ask. */
    Response serve(RouteTable.Match match, Request request) {
        byte[] body = request.readBody(MOST_BODY, null);
        return switch (match.route()) {
            case HOST_STATUS -> Response.json(status());
            case HOST_METRICS -> Response.metrics(metrics.text(status()));
            case HOST_HEALTH -> Response.json(Map.of("status", "ok"));
            case HOST_READY -> Response.json(Map.of("status", "ready"));
            case HOST_SPANS -> Response.json(spans.take());
            case HOST_ASIDE -> Response.json(shelf.aside());
            case CLOUD_CREATE -> Response.json(create(Json.read(body, CreateCloud.class)));
            case CLOUD_STATUS -> Response.json(shelf.get(match.cloud()).status());
            case CLOUD_KEPT_AT -> Response.json(shelf.get(match.cloud()).keptAt());
            case CLOUD_UNLOCK -> {
                CloudSlot slot = shelf.get(match.cloud());
                SealedKey sealed = Json.read(body, SealedKey.class);
                shelf.makeRoomFor(slot);
                slot.unlock(sealed);
                yield Response.json(slot.status());
            }
            case CLOUD_WAKE -> {
                CloudSlot slot = shelf.get(match.cloud());
                shelf.makeRoomFor(slot);
                slot.wake();
                yield Response.json(slot.status());
            }
            case CLOUD_HIBERNATE -> {
                CloudSlot slot = shelf.get(match.cloud());
                slot.hibernate();
                metrics.hibernated();
                yield Response.json(slot.status());
            }
            case CLOUD_HOLD -> {
                CloudSlot slot = shelf.get(match.cloud());
                slot.putAside();
                doors.closeAll(slot.id());
                yield Response.json(slot.status());
            }
            case CLOUD_KEEP -> {
                CloudSlot slot = shelf.get(match.cloud());
                slot.takeBack();
                yield Response.json(slot.status());
            }
            case CLOUD_DROP -> {
                CloudSlot slot = shelf.get(match.cloud());
                slot.drop(Instant.MAX);
                yield Response.json(slot.status());
            }
            case CLOUD_RELEASE -> {
                CloudSlot slot = shelf.get(match.cloud());
                // A door that was being opened is there once the lock is taken, so none outlives it.
                slot.lock();
                doors.closeAll(slot.id());
                yield Response.json(slot.status());
            }
            case CLOUD_HANDOVER -> {
                CloudSlot slot = shelf.get(match.cloud());
                SealedKey sealed = slot.handOver(Json.read(body, HandoverRequest.class));
                doors.closeAll(slot.id());
                yield Response.json(sealed);
            }
            case DOOR_OPEN ->
                Response.json(openDoor(shelf.get(match.cloud()), Json.read(body, DoorRequest.class), request.trace()));
            case DOOR_LIST -> Response.json(doors.list(shelf.get(match.cloud()).id()));
            case DOOR_CLOSE -> {
                CloudSlot slot = shelf.get(match.cloud());
                String launch = match.parameters().get(1);
                String refused = request.query().get("refused");
                ProblemCode why = refused == null ? null : ProblemCode.ofCode(refused);
                doors.close(slot.id(), launch);
                if (why != null) {
                    slot.refuse("host", "service_start", launch, why);
                }
                if (slot.state() != CloudState.LOCKED) {
                    slot.record("host", "door_close", launch, "");
                }
                yield Response.nothing();
            }
            default -> throw new ProblemException(ProblemCode.UNKNOWN_ROUTE, "there is no such route");
        };
    }

    /** What the host is doing. */
    HostStatus status() {
        int awake = shelf.count(CloudState.AWAKE);
        int asleep = shelf.count(CloudState.ASLEEP);
        int locked = shelf.count(CloudState.LOCKED);
        long uptime = vault.clock().instant().getEpochSecond() - began.getEpochSecond();
        String key = Base64Url.encode(shelf.hostKey().publicKey().encoded());
        return new HostStatus(key, challenge, awake + asleep + locked, awake, asleep, locked, uptime);
    }

    private CloudStatus create(CreateCloud wanted) {
        if (host.only().isPresent()) {
            throw new ProblemException(
                    ProblemCode.NOT_FOUND, "this host is for one private cloud that is there already");
        }
        String id;
        try {
            id = OwnerKey.cloudId(VerifyingKey.of(Base64Url.decode(wanted.ownerKey())));
        } catch (IllegalArgumentException e) {
            throw new ProblemException(ProblemCode.MALFORMED_REQUEST, "ownerKey is no public key");
        }
        ReaderKey mine = shelf.hostKey();
        OwnerKey key = wanted.key()
                .open(mine, id, challenge)
                .orElseThrow(() -> new ProblemException(
                        ProblemCode.STALE_CHALLENGE, "not sealed to this host with its present challenge"));
        if (!key.cloudId().equals(id)) {
            key.destroy();
            throw new ProblemException(ProblemCode.KEY_REFUSED, "the key is not the one of ownerKey");
        }
        CloudSlot slot = shelf.create(key, wanted);
        slot.take(key, wanted.key().moveTo());
        shelf.makeRoomFor(slot);
        slot.wake();
        return slot.status();
    }

    private Door openDoor(CloudSlot slot, DoorRequest wanted, @Nullable TraceContext trace) {
        shelf.makeRoomFor(slot);
        return slot.use(pm -> {
            Grant grant = HolderCheck.checkService(pm.grants(), wanted);
            ServiceStatement held = Statements.holding(wanted, grant);
            Door door = doors.open(
                    slot.id(),
                    wanted,
                    request -> answering.apply(new Visit(
                            request, new Visit.AtDoor(slot, wanted.launchId(), wanted.grantId(), held, trace, true))),
                    request -> answering.apply(new Visit(
                            request, new Visit.AtDoor(slot, wanted.launchId(), wanted.grantId(), held, trace, false))));
            pm.audit()
                    .record(AuditTrail.Event.ok(
                            "host",
                            "door_open",
                            wanted.launchId(),
                            1,
                            "grant " + wanted.grantId() + ", " + wanted.service() + " " + wanted.digest()
                                    + Statements.signer(wanted)));
            return door;
        });
    }
}
