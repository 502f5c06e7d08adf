package dev.croft.vault.grants;

import dev.croft.capsule.crypto.VerifyingKey;
import dev.croft.vault.api.Grant;
import dev.croft.vault.api.GrantToken;
import dev.croft.vault.api.ProblemCode;
import dev.croft.vault.api.ProblemException;
import dev.croft.vault.store.BsonBytes;
import dev.croft.vault.store.OpenCapsule;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bson.BsonDocument;
import org.bson.BsonString;
import org.jspecify.annotations.Nullable;

/**
 * The grants of one private cloud, rebuilt from their capsule. Every grant's signature is checked when it is stored and again when it is
 * read. A change is durable before it is seen, and seen by every request that begins after. Thread-safe.
 */
public final class GrantBook {
    private static final int MOST = 10_000;
    private static final String TOKEN = "token";
    private static final String REVOKED = "revoked";

    private final OpenCapsule capsule;
    private final VerifyingKey owner;
    private final String cloud;
    private final InstantSource clock;
    private final Map<String, Stored> grants = new LinkedHashMap<>();

    /**
     * A grant in the book.
     *
     * @param revoked when it was revoked, if it was
     */
    public record Stored(
            Grant grant,
            String token,
            Instant stored,
            @Nullable Instant revoked) {}

    /** Reads the book from {@code capsule}, which stays the caller's to close. */
    public GrantBook(OpenCapsule capsule, VerifyingKey owner, String cloud, InstantSource clock) {
        this.capsule = capsule;
        this.owner = owner;
        this.cloud = cloud;
        this.clock = clock;
        try (var records = capsule.range(0, capsule.size())) {
            records.forEach(record -> apply(BsonBytes.decode(record.body()), record.timestamp()));
        }
    }

    /**
     * Stores a grant. The same one again is left as it is.
     *
     * @throws ProblemException {@link ProblemCode#INVALID_GRANT}, or {@link ProblemCode#ALREADY_EXISTS} if another has its id
     */
    public synchronized Stored store(String token) {
        Grant grant = GrantToken.verify(token, owner);
        if (!grant.cloud().equals(cloud)) {
            throw new ProblemException(ProblemCode.INVALID_GRANT, "the grant is for another private cloud");
        }
        Stored known = grants.get(grant.id());
        if (known != null) {
            if (known.token().equals(token)) {
                return known;
            }
            throw new ProblemException(ProblemCode.ALREADY_EXISTS, "another grant has this id");
        }
        if (grants.size() >= MOST) {
            throw new ProblemException(ProblemCode.TOO_LARGE, "there are " + MOST + " grants already");
        }
        return change(grant.id(), new BsonDocument(TOKEN, new BsonString(token)));
    }

    /**
     * Ends a grant at once; one that ended before stays so.
     *
     * @throws ProblemException {@link ProblemCode#NOT_FOUND}
     */
    public synchronized Stored revoke(String id) {
        Stored known = grants.get(id);
        if (known == null) {
            throw new ProblemException(ProblemCode.NOT_FOUND, "there is no such grant");
        }
        return known.revoked() != null ? known : change(id, new BsonDocument(REVOKED, new BsonString(id)));
    }

    private Stored change(String id, BsonDocument body) {
        capsule.append(List.of(BsonBytes.encode(body)));
        apply(body, clock.instant());
        return find(id).orElseThrow();
    }

    private void apply(BsonDocument body, Instant time) {
        if (body.containsKey(TOKEN)) {
            String token = body.getString(TOKEN).getValue();
            Grant grant = GrantToken.verify(token, owner);
            grants.put(grant.id(), new Stored(grant, token, time, null));
        } else {
            grants.computeIfPresent(
                    body.getString(REVOKED).getValue(),
                    (id, known) -> new Stored(known.grant(), known.token(), known.stored(), time));
        }
    }

    /** The grant of this id. */
    public synchronized Optional<Stored> find(String id) {
        return Optional.ofNullable(grants.get(id));
    }

    /** Every grant, oldest first. */
    public synchronized List<Stored> list() {
        return List.copyOf(grants.values());
    }

    /**
     * The grant of this id, if it is in force.
     *
     * @throws ProblemException {@link ProblemCode#GRANT_UNKNOWN}, {@link ProblemCode#GRANT_REVOKED} or {@link ProblemCode#GRANT_EXPIRED}
     */
    public Grant inForce(String id) {
        Stored stored = find(id).orElseThrow(
                        () -> new ProblemException(ProblemCode.GRANT_UNKNOWN, "there is no such grant here"));
        if (stored.revoked() != null) {
            throw new ProblemException(ProblemCode.GRANT_REVOKED, "the owner revoked the grant");
        }
        if (!stored.grant().isInForce(clock.instant())) {
            throw new ProblemException(ProblemCode.GRANT_EXPIRED, "the grant holds at another time");
        }
        return stored.grant();
    }
}
