package dev.croft.capsule.delegation;

import dev.croft.capsule.CapsuleMetadata;
import dev.croft.capsule.CapsuleName;
import dev.croft.capsule.codec.ByteReader;
import dev.croft.capsule.codec.ByteWriter;
import dev.croft.capsule.codec.Malformed;
import dev.croft.capsule.crypto.SigningKey;
import dev.croft.capsule.crypto.VerifyingKey;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * The owner's list of revoked delegations of one capsule. Lists are numbered and only grow: whoever knows list 5 refuses list 4.
 * The empty list 0 needs no signature.
 *
 * @param capsule the capsule
 * @param number 0 for the list that everyone begins with
 * @param serials what is revoked, in hex
 * @param signature Ed25519 by the owner
 */
public record Revocations(CapsuleName capsule, long number, SortedSet<String> serials, byte[] signature) {
    private static final String TAG = "croft/revocations/v1";
    private static final int MOST = 1 << 16;
    private static final int SERIAL_LENGTH = 16;

    public Revocations {
        serials = new TreeSet<>(serials);
        signature = signature.clone();
    }

    /** Nothing is revoked. */
    public static Revocations none(CapsuleName capsule) {
        return new Revocations(capsule, 0, new TreeSet<>(), new byte[0]);
    }

    /** The next list, with these revoked too. */
    public Revocations revoke(SigningKey owner, List<Delegation> more) {
        SortedSet<String> all = new TreeSet<>(serials);
        more.forEach(delegation -> all.add(HexFormat.of().formatHex(delegation.serial())));
        if (all.size() > MOST) {
            throw new IllegalArgumentException("more than " + MOST + " revocations: issue new delegations that expire");
        }
        var unsigned = new Revocations(capsule, number + 1, all, new byte[0]);
        return new Revocations(capsule, number + 1, all, owner.sign(unsigned.body()));
    }

    /**
     * The newer of this list and another.
     *
     * @throws Delegation.Refused when the other is not the owner's
     */
    public Revocations newer(Revocations other, CapsuleMetadata metadata) {
        other.requireSignedFor(metadata);
        return other.number > number ? other : this;
    }

    boolean revokes(byte[] serial) {
        return serials.contains(HexFormat.of().formatHex(serial));
    }

    void requireSignedFor(CapsuleMetadata metadata) {
        boolean begin = number == 0 && serials.isEmpty();
        if (!capsule.equals(metadata.name()) || !begin && !metadata.ownerKey().verify(body(), signature)) {
            throw new Delegation.Refused("the list of revocations is not the owner's");
        }
    }

    private byte[] body() {
        ByteWriter out =
                new ByteWriter().tag(TAG).bytes(capsule.bytes()).u64(number).u32(serials.size());
        serials.forEach(serial -> out.bytes(HexFormat.of().parseHex(serial)));
        return out.toBytes();
    }

    /** The list's file: {@code tag || capsule (32) || number (8) || count (4) || count × serial (16), ascending || signature (64)}. */
    public byte[] encoded() {
        return new ByteWriter().bytes(body()).bytes(signature).toBytes();
    }

    /**
     * Decodes a list of number 1 or more; nothing is checked but its form.
     *
     * @throws Malformed when it is none
     */
    public static Revocations decode(byte[] encoded) {
        ByteReader in = new ByteReader(encoded).expectTag(TAG);
        CapsuleName capsule = CapsuleName.of(in.bytes(32));
        long number = in.u63();
        int count = in.u32();
        if (count < 0 || count > MOST) {
            throw new Malformed("more than " + MOST + " revocations");
        }
        SortedSet<String> serials = new TreeSet<>();
        for (int i = 0; i < count; i++) {
            String serial = HexFormat.of().formatHex(in.bytes(SERIAL_LENGTH));
            if (!serials.isEmpty() && serials.last().compareTo(serial) >= 0) {
                throw new Malformed("serials are not in ascending order");
            }
            serials.add(serial);
        }
        byte[] signature = in.bytes(VerifyingKey.SIGNATURE_LENGTH);
        in.expectEnd();
        return new Revocations(capsule, number, serials, signature);
    }

    @Override
    public SortedSet<String> serials() {
        return new TreeSet<>(serials);
    }

    @Override
    public byte[] signature() {
        return signature.clone();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Revocations list && Arrays.equals(encoded(), list.encoded());
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(encoded());
    }
}
