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
import java.util.ArrayList;
import java.util.List;

/**
 * Who serves this capsule? With the question go the owner's delegations to the resolvers that may hear it. Who asks again names the servers that did
 * not answer, so that a resolver that knows no others asks on.
 *
 * @param metadata the capsule's
 * @param routes delegations of the role {@link Role#ROUTE}
 * @param hops how many resolvers it may still go through
 * @param except servers that are not wanted, at most {@link #MOST_EXCEPT}
 */
public record Query(CapsuleMetadata metadata, List<Delegation> routes, int hops, List<VerifyingKey> except) {
    /** Most servers that are not wanted. */
    public static final int MOST_EXCEPT = 64;

    /** Most resolvers on a way. */
    public static final int MOST_HOPS = 16;

    /** Most bytes in an encoded query. */
    public static final int MOST_BYTES = 64 << 10;

    private static final String TAG = "croft/query/v2";

    public Query {
        routes = List.copyOf(routes);
        hops = Math.clamp(hops, 0, MOST_HOPS);
        except = List.copyOf(except.size() > MOST_EXCEPT ? except.subList(0, MOST_EXCEPT) : except);
    }

    /** Any servers are wanted. */
    public Query(CapsuleMetadata metadata, List<Delegation> routes, int hops) {
        this(metadata, routes, hops, List.of());
    }

    /** Whether the owner lets this resolver hear of the capsule. */
    public boolean allows(VerifyingKey resolver, Instant now) {
        return allows(resolver, now, Revocations.none(metadata.name()));
    }

    boolean allows(VerifyingKey resolver, Instant now, Revocations revocations) {
        return allows(metadata, routes, resolver, now, revocations);
    }

    static boolean allows(
            CapsuleMetadata metadata,
            List<Delegation> routes,
            VerifyingKey resolver,
            Instant now,
            Revocations revocations) {
        for (Delegation route : routes) {
            try {
                route.require(metadata, Role.ROUTE, resolver, now, revocations);
                return true;
            } catch (Delegation.Refused e) {
                continue;
            }
        }
        return false;
    }

    Query onward() {
        return new Query(metadata, routes, hops - 1, except);
    }

    /** {@code tag || framed metadata || hops (1) || count (1) || count × framed delegation || count (1) || count × key (32)}. */
    public byte[] encoded() {
        ByteWriter out =
                new ByteWriter().tag(TAG).framed(metadata.encoded()).u8(hops).u8(routes.size());
        routes.forEach(route -> out.framed(route.encoded()));
        out.u8(except.size());
        except.forEach(server -> out.bytes(server.encoded()));
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
        List<VerifyingKey> except = new ArrayList<>();
        int count = in.u8();
        if (count > MOST_EXCEPT) {
            throw new Malformed("more than " + MOST_EXCEPT + " servers that are not wanted");
        }
        for (int i = 0; i < count; i++) {
            except.add(VerifyingKey.of(in.bytes(VerifyingKey.LENGTH)));
        }
        in.expectEnd();
        return new Query(metadata, routes, hops, except);
    }
}
