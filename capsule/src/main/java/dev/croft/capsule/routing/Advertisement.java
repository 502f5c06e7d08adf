package dev.croft.capsule.routing;

import dev.croft.capsule.CapsuleMetadata;
import dev.croft.capsule.CapsuleName;
import dev.croft.capsule.codec.ByteReader;
import dev.croft.capsule.codec.ByteWriter;
import dev.croft.capsule.codec.Malformed;
import dev.croft.capsule.crypto.SigningKey;
import dev.croft.capsule.crypto.VerifyingKey;
import dev.croft.capsule.delegation.Delegation;
import dev.croft.capsule.delegation.Delegation.Role;
import dev.croft.capsule.delegation.Revocations;
import dev.croft.capsule.replication.ReplicationException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A server's signed word that it serves a capsule, and where, for a while. With it travels all that it takes to check it: the metadata, which
 * the name certifies, and the owner's delegation to that server, without which it attracts nothing.
 *
 * @param metadata the capsule's
 * @param serving the owner's delegation to the server
 * @param routes the owner's delegations to resolvers that may know of it
 * @param host where the server is
 * @param port its port
 * @param issued when, to the second; of two by one server the later one counts
 * @param expires when it ends, at most {@link #LONGEST} later; the time of issue itself withdraws earlier ones
 * @param signature Ed25519 by the server
 */
public record Advertisement(
        CapsuleMetadata metadata,
        Delegation serving,
        List<Delegation> routes,
        String host,
        int port,
        Instant issued,
        Instant expires,
        byte[] signature) {
    /** The longest that an advertisement lasts. */
    public static final Duration LONGEST = Duration.ofHours(4);

    /** Most bytes in an encoded advertisement. */
    public static final int MOST_BYTES = 64 << 10;

    static final int MOST_ROUTES = 64;
    private static final String TAG = "croft/advertisement/v1";
    private static final Duration SKEW = Duration.ofMinutes(5);

    public Advertisement {
        routes = List.copyOf(routes);
        signature = signature.clone();
    }

    /** A server advertises; for no time at all, it withdraws. */
    public static Advertisement sign(
            SigningKey server,
            CapsuleMetadata metadata,
            Delegation serving,
            List<Delegation> routes,
            String host,
            int port,
            Instant now,
            Duration lasting) {
        Instant issued = Instant.ofEpochSecond(now.getEpochSecond());
        var unsigned = new Advertisement(
                metadata, serving, routes, host, port, issued, issued.plusSeconds(lasting.toSeconds()), new byte[0]);
        return new Advertisement(
                metadata, serving, routes, host, port, issued, unsigned.expires, server.sign(unsigned.body()));
    }

    public CapsuleName name() {
        return metadata.name();
    }

    /** The server's key. */
    public VerifyingKey server() {
        return serving.subject();
    }

    public boolean isWithdrawal() {
        return !expires.isAfter(issued);
    }

    /**
     * Accepts the advertisement at a time.
     *
     * @throws ReplicationException.NotAllowed when the owner did not let this server serve the capsule, or it is expired or forged
     */
    public void require(Instant now, Revocations revocations) {
        check(!issued.isAfter(now.plus(SKEW)), "the advertisement is of the future");
        check(!expires.isAfter(issued.plus(LONGEST)), "the advertisement lasts too long");
        check(isWithdrawal() || now.isBefore(expires), "the advertisement has expired");
        try {
            serving.require(metadata, Role.SERVE, server(), now, revocations);
        } catch (Delegation.Refused e) {
            throw new ReplicationException.NotAllowed("the owner did not let that server serve it: " + e.getMessage());
        }
        check(server().verify(body(), signature), "the server did not sign the advertisement");
    }

    private static void check(boolean holds, String otherwise) {
        if (!holds) {
            throw new ReplicationException.NotAllowed(otherwise);
        }
    }

    private byte[] body() {
        return new ByteWriter()
                .tag(TAG)
                .framed(metadata.encoded())
                .framed(serving.encoded())
                .text(host)
                .u16(port)
                .u64(issued.getEpochSecond())
                .u64(expires.getEpochSecond())
                .toBytes();
    }

    /**
     * {@code tag || framed metadata || framed delegation || framed host || port (2) || issued (8) || expires (8) || signature (64) || count (1) ||
     * count × framed delegation}.
     */
    public byte[] encoded() {
        ByteWriter out = new ByteWriter().bytes(body()).bytes(signature).u8(routes.size());
        routes.forEach(route -> out.framed(route.encoded()));
        return out.toBytes();
    }

    /**
     * Decodes an advertisement; nothing is checked but its form.
     *
     * @throws Malformed when it is none
     */
    public static Advertisement decode(byte[] encoded) {
        ByteReader in = new ByteReader(encoded).expectTag(TAG);
        CapsuleMetadata metadata = CapsuleMetadata.decode(in.framed(1024));
        Delegation serving = Delegation.decode(in.framed(1024));
        String host = in.text(255);
        int port = in.u16();
        Instant issued = seconds(in);
        Instant expires = seconds(in);
        byte[] signature = in.bytes(VerifyingKey.SIGNATURE_LENGTH);
        List<Delegation> routes = delegations(in);
        in.expectEnd();
        return new Advertisement(metadata, serving, routes, host, port, issued, expires, signature);
    }

    static List<Delegation> delegations(ByteReader in) {
        List<Delegation> found = new ArrayList<>();
        int count = in.u8();
        if (count > MOST_ROUTES) {
            throw new Malformed("more than " + MOST_ROUTES + " delegations");
        }
        for (int i = 0; i < count; i++) {
            found.add(Delegation.decode(in.framed(1024)));
        }
        return found;
    }

    private static Instant seconds(ByteReader in) {
        long seconds = in.u63();
        if (seconds > 1L << 40) {
            throw new Malformed("a time out of bounds");
        }
        return Instant.ofEpochSecond(seconds);
    }

    @Override
    public byte[] signature() {
        return signature.clone();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Advertisement advertisement && Arrays.equals(encoded(), advertisement.encoded());
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(signature);
    }
}
