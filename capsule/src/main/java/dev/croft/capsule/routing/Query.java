package dev.croft.capsule.routing;

import dev.croft.capsule.CapsuleMetadata;
import dev.croft.capsule.codec.ByteReader;
import dev.croft.capsule.codec.ByteWriter;
import dev.croft.capsule.codec.Malformed;
import dev.croft.capsule.crypto.VerifyingKey;
import dev.croft.capsule.delegation.Delegation;
import dev.croft.capsule.delegation.Delegation.Role;
import dev.croft.capsule.delegation.Revocations;
import java.time.Instant;
import java.util.List;

/**
 * Who serves this capsule? With the question go the owner's delegations to the resolvers that may hear it.
 *
 * @param metadata the capsule's
 * @param routes delegations of the role {@link Role#ROUTE}
 * @param hops how many resolvers it may still go through
 */
public record Query(CapsuleMetadata metadata, List<Delegation> routes, int hops) {
    /** Most resolvers on a way. */
    public static final int MOST_HOPS = 16;

    /** Most bytes in an encoded query. */
    public static final int MOST_BYTES = 64 << 10;

    private static final String TAG = "croft/query/v1";

    public Query {
        routes = List.copyOf(routes);
        hops = Math.clamp(hops, 0, MOST_HOPS);
    }

    /** Whether the owner lets this resolver hear of the capsule. */
    public boolean allows(VerifyingKey resolver, Instant now) {
        return allows(metadata, routes, resolver, now);
    }

    static boolean allows(CapsuleMetadata metadata, List<Delegation> routes, VerifyingKey resolver, Instant now) {
        for (Delegation route : routes) {
            try {
                route.require(metadata, Role.ROUTE, resolver, now, Revocations.none(metadata.name()));
                return true;
            } catch (Delegation.Refused e) {
                continue;
            }
        }
        return false;
    }

    Query onward() {
        return new Query(metadata, routes, hops - 1);
    }

    /** {@code tag || framed metadata || hops (1) || count (1) || count × framed delegation}. */
    public byte[] encoded() {
        ByteWriter out =
                new ByteWriter().tag(TAG).framed(metadata.encoded()).u8(hops).u8(routes.size());
        routes.forEach(route -> out.framed(route.encoded()));
        return out.toBytes();
    }

    /**
     * Decodes a query; nothing is checked but its form.
     *
     * @throws Malformed when it is none
     */
    public static Query decode(byte[] encoded) {
        ByteReader in = new ByteReader(encoded).expectTag(TAG);
        CapsuleMetadata metadata = CapsuleMetadata.decode(in.framed(1024));
        int hops = in.u8();
        List<Delegation> routes = Advertisement.delegations(in);
        in.expectEnd();
        return new Query(metadata, routes, hops);
    }
}
