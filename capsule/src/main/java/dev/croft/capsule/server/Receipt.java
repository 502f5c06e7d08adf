package dev.croft.capsule.server;

import dev.croft.capsule.CapsuleName;
import dev.croft.capsule.Hash;
import dev.croft.capsule.codec.ByteReader;
import dev.croft.capsule.codec.ByteWriter;
import dev.croft.capsule.codec.Malformed;
import dev.croft.capsule.crypto.SigningKey;
import dev.croft.capsule.crypto.VerifyingKey;
import java.time.Instant;

/**
 * A server's signed word that it has made records durable: those from {@code from} on up to the heartbeat with this hash and size.
 *
 * @param capsule which capsule
 * @param from first record
 * @param size of the heartbeat
 * @param heartbeat its hash
 * @param time by the server's clock, to the second
 * @param signature Ed25519 by the server
 */
public record Receipt(CapsuleName capsule, long from, long size, Hash heartbeat, Instant time, byte[] signature) {
    private static final String TAG = "croft/receipt/v1";
    static final int MOST_BYTES = 256;

    public Receipt {
        signature = signature.clone();
    }

    static Receipt sign(SigningKey server, CapsuleName capsule, long from, long size, Hash heartbeat, Instant now) {
        Instant time = Instant.ofEpochSecond(now.getEpochSecond());
        var unsigned = new Receipt(capsule, from, size, heartbeat, time, new byte[0]);
        return new Receipt(capsule, from, size, heartbeat, time, server.sign(unsigned.body()));
    }

    private byte[] body() {
        return new ByteWriter()
                .tag(TAG)
                .bytes(capsule.bytes())
                .u64(from)
                .u64(size)
                .bytes(heartbeat.bytes())
                .u64(time.getEpochSecond())
                .toBytes();
    }

    /** Whether the server with this key signed it. */
    public boolean verify(VerifyingKey server) {
        return server.verify(body(), signature);
    }

    /** {@code tag || capsule (32) || from (8) || size (8) || heartbeat (32) || time (8, seconds) || signature (64)}. */
    public byte[] encoded() {
        return new ByteWriter().bytes(body()).bytes(signature).toBytes();
    }

    /**
     * Decodes a receipt; the signature is not checked.
     *
     * @throws Malformed when it is none
     */
    public static Receipt decode(byte[] encoded) {
        ByteReader in = new ByteReader(encoded).expectTag(TAG);
        CapsuleName capsule = CapsuleName.of(in.bytes(Hash.LENGTH));
        long from = in.u63();
        long size = in.u63();
        Hash heartbeat = Hash.of(in.bytes(Hash.LENGTH));
        long seconds = in.u63();
        if (seconds > Instant.MAX.getEpochSecond()) {
            throw new Malformed("a time out of bounds");
        }
        byte[] signature = in.bytes(VerifyingKey.SIGNATURE_LENGTH);
        in.expectEnd();
        return new Receipt(capsule, from, size, heartbeat, Instant.ofEpochSecond(seconds), signature);
    }

    @Override
    public byte[] signature() {
        return signature.clone();
    }
}
