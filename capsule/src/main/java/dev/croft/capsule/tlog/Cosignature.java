package dev.croft.capsule.tlog;

import dev.croft.capsule.Hash;
import dev.croft.capsule.codec.ByteReader;
import dev.croft.capsule.codec.ByteWriter;
import dev.croft.capsule.codec.Malformed;
import dev.croft.capsule.crypto.SigningKey;
import dev.croft.capsule.crypto.VerifyingKey;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;

/**
 * A witness's signature under a checkpoint (c2sp.org/tlog-cosignature, cosignature/v1): that, at this time, the checkpoint is the newest of its
 * log that the witness knows, and goes on from all that it signed before.
 *
 * @param witness the witness's key
 * @param time when, to the second
 */
public record Cosignature(VerifyingKey witness, Instant time) {
    private static final byte COSIGNATURE = 4;
    private static final String START = "— ";

    /** A witness's key name. */
    public static String name(VerifyingKey witness) {
        return "croft.dev/witness/" + witness;
    }

    /** The signature's line. */
    public static String sign(Checkpoint checkpoint, SigningKey witness, Instant now) {
        long seconds = now.getEpochSecond();
        byte[] signature = witness.sign(message(checkpoint, seconds));
        byte[] whole = new ByteWriter()
                .bytes(keyId(witness.verifyingKey()))
                .u64(seconds)
                .bytes(signature)
                .toBytes();
        return START + name(witness.verifyingKey()) + " " + Base64.getEncoder().encodeToString(whole) + "\n";
    }

    /**
     * Checks that this witness signed the checkpoint; other signatures among the lines are left alone.
     *
     * @throws Malformed when it did not
     */
    public static Cosignature verify(Checkpoint checkpoint, String lines, VerifyingKey witness) {
        String start = START + name(witness) + " ";
        for (String line : lines.split("\n", -1)) {
            if (!line.startsWith(start) || line.length() > 1024) {
                continue;
            }
            try {
                ByteReader in = new ByteReader(Base64.getDecoder().decode(line.substring(start.length())));
                byte[] id = in.bytes(4);
                long seconds = in.u63();
                byte[] signature = in.bytes(VerifyingKey.SIGNATURE_LENGTH);
                in.expectEnd();
                if (Arrays.equals(id, keyId(witness)) && witness.verify(message(checkpoint, seconds), signature)) {
                    return new Cosignature(witness, Instant.ofEpochSecond(seconds));
                }
            } catch (IllegalArgumentException e) {
                throw new Malformed("a signature is not base64");
            }
        }
        throw new Malformed("the witness did not sign this checkpoint");
    }

    private static byte[] message(Checkpoint checkpoint, long seconds) {
        return ("cosignature/v1\ntime " + seconds + "\n" + checkpoint.text()).getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] keyId(VerifyingKey key) {
        byte[] text = (name(key) + "\n").getBytes(StandardCharsets.UTF_8);
        return Arrays.copyOf(
                Hash.sha256(text, new byte[] {COSIGNATURE}, key.encoded()).bytes(), 4);
    }
}
