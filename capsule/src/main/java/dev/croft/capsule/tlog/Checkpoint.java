package dev.croft.capsule.tlog;

import dev.croft.capsule.CapsuleName;
import dev.croft.capsule.Hash;
import dev.croft.capsule.Heartbeat;
import dev.croft.capsule.codec.Malformed;
import dev.croft.capsule.crypto.SigningKey;
import dev.croft.capsule.crypto.VerifyingKey;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Optional;

/**
 * A capsule's head as a C2SP checkpoint: a signed note (c2sp.org/signed-note, c2sp.org/tlog-checkpoint) of origin, tree size
 * and root.
 *
 * @param origin {@code croft.dev/capsule/} and the capsule's name in hex; also the name of the signing key
 * @param size how many records
 * @param root Merkle tree hash over the record headers
 */
public record Checkpoint(String origin, long size, Hash root) {
    private static final int MOST_CHARACTERS = 64 << 10;
    private static final String SIGNATURE = "— ";
    private static final byte ED25519 = 1;

    /** The origin line of a capsule's checkpoints. */
    public static String origin(CapsuleName name) {
        return "croft.dev/capsule/" + name;
    }

    /** The capsule that a note's first line names; none when it names another kind of log. */
    public static Optional<CapsuleName> capsule(String note) {
        String start = "croft.dev/capsule/";
        int end = note.indexOf('\n');
        if (end != start.length() + 64 || !note.startsWith(start)) {
            return Optional.empty();
        }
        try {
            return Optional.of(CapsuleName.parse(note.substring(start.length(), end)));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /** The checkpoint of a heartbeat. */
    public static Checkpoint of(Heartbeat head) {
        return new Checkpoint(origin(head.name()), head.size(), head.root());
    }

    /** The note's text: three lines. */
    public String text() {
        return origin + "\n" + size + "\n" + Base64.getEncoder().encodeToString(root.bytes()) + "\n";
    }

    /** The note with one signature, under the origin as key name. */
    public String sign(SigningKey key) {
        byte[] signature = key.sign(text().getBytes(StandardCharsets.UTF_8));
        byte[] id = keyId(origin, key.verifyingKey());
        byte[] whole = Arrays.copyOf(id, 4 + signature.length);
        System.arraycopy(signature, 0, whole, 4, signature.length);
        return text() + "\n" + SIGNATURE + origin + " " + Base64.getEncoder().encodeToString(whole) + "\n";
    }

    /** The key as {@code name+id+key}, the form other tools take it in. */
    public static String verifierKey(String name, VerifyingKey key) {
        byte[] typed = new byte[1 + VerifyingKey.LENGTH];
        typed[0] = ED25519;
        System.arraycopy(key.encoded(), 0, typed, 1, VerifyingKey.LENGTH);
        String id = HexFormat.of().formatHex(keyId(name, key));
        return name + "+" + id + "+" + Base64.getEncoder().encodeToString(typed);
    }

    /**
     * Reads a note that the capsule's writer signed; signatures by others are left alone.
     *
     * @throws Malformed when it is no checkpoint of this capsule, or has no valid signature by this key
     */
    public static Checkpoint verify(String note, CapsuleName name, VerifyingKey writerKey) {
        int end = note.indexOf("\n\n");
        if (note.length() > MOST_CHARACTERS || end < 0 || !note.endsWith("\n")) {
            throw new Malformed("not a signed note");
        }
        String text = note.substring(0, end + 1);
        String[] lines = text.split("\n", -1);
        if (lines.length < 4 || !lines[0].equals(origin(name)) || !lines[1].matches("0|[1-9][0-9]{0,17}")) {
            throw new Malformed("not a checkpoint of this capsule");
        }
        byte[] id = keyId(lines[0], writerKey);
        for (String line : note.substring(end + 2).split("\n")) {
            byte[] signature = signature(line, lines[0]);
            if (signature.length == 4 + VerifyingKey.SIGNATURE_LENGTH
                    && Arrays.equals(id, Arrays.copyOf(signature, 4))
                    && writerKey.verify(
                            text.getBytes(StandardCharsets.UTF_8),
                            Arrays.copyOfRange(signature, 4, signature.length))) {
                return new Checkpoint(lines[0], Long.parseLong(lines[1]), root(lines[2]));
            }
        }
        throw new Malformed("the writer did not sign this checkpoint");
    }

    private static byte[] signature(String line, String keyName) {
        String start = SIGNATURE + keyName + " ";
        if (!line.startsWith(start)) {
            return new byte[0];
        }
        try {
            return Base64.getDecoder().decode(line.substring(start.length()));
        } catch (IllegalArgumentException e) {
            throw new Malformed("a signature is not base64");
        }
    }

    private static Hash root(String line) {
        try {
            return Hash.of(Base64.getDecoder().decode(line));
        } catch (IllegalArgumentException e) {
            throw new Malformed("a root is not base64 of 32 bytes");
        }
    }

    private static byte[] keyId(String name, VerifyingKey key) {
        byte[] text = (name + "\n").getBytes(StandardCharsets.UTF_8);
        return Arrays.copyOf(
                Hash.sha256(text, new byte[] {ED25519}, key.encoded()).bytes(), 4);
    }
}
