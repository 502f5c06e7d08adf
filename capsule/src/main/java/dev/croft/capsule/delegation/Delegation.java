package dev.croft.capsule.delegation;

import dev.croft.capsule.CapsuleMetadata;
import dev.croft.capsule.CapsuleName;
import dev.croft.capsule.codec.ByteReader;
import dev.croft.capsule.codec.ByteWriter;
import dev.croft.capsule.codec.Malformed;
import dev.croft.capsule.crypto.SigningKey;
import dev.croft.capsule.crypto.VerifyingKey;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * The owner's signed word that a key may do something with one capsule, for a time.
 *
 * @param capsule the capsule
 * @param role what the subject may do
 * @param subject whose key
 * @param from not valid before, to the second
 * @param until not valid at or after, to the second
 * @param serial 16 random bytes, by which it can be revoked
 * @param signature Ed25519 by the owner
 */
public record Delegation(
        CapsuleName capsule,
        Role role,
        VerifyingKey subject,
        Instant from,
        Instant until,
        byte[] serial,
        byte[] signature) {
    private static final String TAG = "croft/delegation/v1";
    private static final int SERIAL_LENGTH = 16;

    /** What may be delegated. */
    public enum Role {
        /** Appending: the owner stands by this writer key, which the metadata name. */
        WRITE,
        /** Storing the capsule and serving it to others. */
        SERVE,
        /** Carrying requests for the capsule to those who serve it. */
        ROUTE,
        /** Reading the capsule from those who serve it; what is sealed stays so. */
        READ
    }

    /** A delegation that does not allow what was asked. */
    public static final class Refused extends RuntimeException {
        private static final long serialVersionUID = 1;

        Refused(String reason) {
            super(reason);
        }
    }

    public Delegation {
        serial = serial.clone();
        signature = signature.clone();
    }

    /** Issues a delegation under the owner's key. */
    public static Delegation issue(
            SigningKey owner, CapsuleName capsule, Role role, VerifyingKey subject, Instant from, Instant until) {
        if (!from.isBefore(until) || from.isBefore(Instant.EPOCH)) {
            throw new IllegalArgumentException("a delegation is valid for some time after 1970");
        }
        byte[] serial = new byte[SERIAL_LENGTH];
        new SecureRandom().nextBytes(serial);
        var unsigned = new Delegation(
                capsule,
                role,
                subject,
                Instant.ofEpochSecond(from.getEpochSecond()),
                Instant.ofEpochSecond(until.getEpochSecond()),
                serial,
                new byte[0]);
        return unsigned.with(owner.sign(unsigned.body()));
    }

    private Delegation with(byte[] by) {
        return new Delegation(capsule, role, subject, from, until, serial, by);
    }

    /**
     * Accepts this delegation for a role and key at a time.
     *
     * @param metadata the capsule's, whose name the caller knows
     * @param revocations the newest list known
     * @throws Refused when it is for something else, not valid at that time, revoked, or not the owner's
     */
    public void require(CapsuleMetadata metadata, Role wanted, VerifyingKey key, Instant now, Revocations revocations) {
        check(capsule.equals(metadata.name()), "it is for another capsule");
        check(role == wanted, "it is for another role");
        check(subject.equals(key), "it is for another key");
        check(!now.isBefore(from), "it is not valid yet");
        check(now.isBefore(until), "it has expired");
        check(metadata.ownerKey().verify(body(), signature), "the owner did not sign it");
        check(wanted != Role.WRITE || key.equals(metadata.writerKey()), "the metadata name another writer");
        revocations.requireSignedFor(metadata);
        check(!revocations.revokes(serial), "it was revoked");
    }

    private static void check(boolean holds, String otherwise) {
        if (!holds) {
            throw new Refused(otherwise);
        }
    }

    private byte[] body() {
        return new ByteWriter()
                .tag(TAG)
                .bytes(capsule.bytes())
                .u8(role.ordinal())
                .bytes(subject.encoded())
                .u64(from.getEpochSecond())
                .u64(until.getEpochSecond())
                .bytes(serial)
                .toBytes();
    }

    /**
     * The certificate's file: {@code tag || capsule (32) || role (1) || subject (32) || from (8) || until (8) || serial (16) ||
     * signature (64)}, times in seconds since 1970.
     */
    public byte[] encoded() {
        return new ByteWriter().bytes(body()).bytes(signature).toBytes();
    }

    /**
     * Decodes a certificate; nothing is checked but its form.
     *
     * @throws Malformed when it is none
     */
    public static Delegation decode(byte[] encoded) {
        ByteReader in = new ByteReader(encoded).expectTag(TAG);
        CapsuleName capsule = CapsuleName.of(in.bytes(32));
        int role = in.u8();
        if (role >= Role.values().length) {
            throw new Malformed("unknown role");
        }
        VerifyingKey subject = VerifyingKey.of(in.bytes(VerifyingKey.LENGTH));
        Instant from = seconds(in);
        Instant until = seconds(in);
        byte[] serial = in.bytes(SERIAL_LENGTH);
        byte[] signature = in.bytes(VerifyingKey.SIGNATURE_LENGTH);
        in.expectEnd();
        return new Delegation(capsule, Role.values()[role], subject, from, until, serial, signature);
    }

    static Instant seconds(ByteReader in) {
        long seconds = in.u63();
        if (seconds > Instant.MAX.getEpochSecond()) {
            throw new Malformed("a time out of bounds");
        }
        return Instant.ofEpochSecond(seconds);
    }

    @Override
    public byte[] serial() {
        return serial.clone();
    }

    @Override
    public byte[] signature() {
        return signature.clone();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Delegation delegation && Arrays.equals(encoded(), delegation.encoded());
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(encoded());
    }

    @Override
    public String toString() {
        return "Delegation[" + role + " of " + capsule + " to " + subject + " until " + until + ", serial "
                + HexFormat.of().formatHex(serial) + "]";
    }
}
