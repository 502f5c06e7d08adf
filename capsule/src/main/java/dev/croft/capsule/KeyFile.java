package dev.croft.capsule;

import dev.croft.capsule.codec.ByteReader;
import dev.croft.capsule.codec.ByteWriter;
import dev.croft.capsule.codec.Malformed;
import dev.croft.capsule.crypto.Hpke;
import dev.croft.capsule.crypto.ReaderKey;
import dev.croft.capsule.crypto.ReaderPublicKey;
import dev.croft.capsule.crypto.SigningKey;
import dev.croft.capsule.crypto.VerifyingKey;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;

/**
 * One epoch's data key, wrapped for each reader with HPKE and signed by the writer. A shredded epoch's file has no wraps: a
 * signed statement that the key was destroyed on purpose.
 *
 * @param commitment binds the epoch to one key without revealing it; heartbeats carry the same value
 */
record KeyFile(CapsuleName name, int epoch, Hash commitment, List<Wrap> wraps, byte[] signature) {
    static final int MOST_READERS = 4096;
    static final int DATA_KEY_BYTES = 32;
    private static final String TAG = "croft/keys/v1";
    private static final int SEALED_BYTES = DATA_KEY_BYTES + Hpke.OVERHEAD;
    static final int MOST_BYTES = 256 + MOST_READERS * (ReaderPublicKey.LENGTH + SEALED_BYTES);

    /** The data key sealed to one reader. */
    record Wrap(ReaderPublicKey reader, byte[] sealed) {}

    static Hash commitment(CapsuleName name, int epoch, byte[] dataKey) {
        return Hash.sha256(
                new ByteWriter()
                        .tag("croft/commitment/v1")
                        .bytes(name.bytes())
                        .u32(epoch)
                        .toBytes(),
                dataKey);
    }

    static KeyFile wrap(CapsuleName name, int epoch, byte[] dataKey, List<ReaderPublicKey> readers, SigningKey writer) {
        Hash commitment = commitment(name, epoch, dataKey);
        byte[] info = info(name, epoch);
        List<Wrap> wraps = new ArrayList<>();
        for (ReaderPublicKey reader : readers) {
            wraps.add(new Wrap(reader, Hpke.seal(reader, info, commitment.bytes(), dataKey)));
        }
        return signed(name, epoch, commitment, wraps, writer);
    }

    /** The same epoch without its key. */
    KeyFile shredded(SigningKey writer) {
        return signed(name, epoch, commitment, List.of(), writer);
    }

    boolean isShredded() {
        return wraps.isEmpty();
    }

    List<ReaderPublicKey> readers() {
        return wraps.stream().map(Wrap::reader).toList();
    }

    /**
     * The data key, by a reader's key.
     *
     * @throws CapsuleException.Shredded when it was destroyed
     * @throws CapsuleException.NotAReader when it was not wrapped for this reader, or wrapped wrongly
     */
    byte[] open(ReaderKey reader) {
        if (isShredded()) {
            throw new CapsuleException.Shredded(epoch);
        }
        for (Wrap wrap : wraps) {
            if (wrap.reader().equals(reader.publicKey())) {
                return open(reader, wrap);
            }
        }
        throw new CapsuleException.NotAReader(epoch);
    }

    private byte[] open(ReaderKey reader, Wrap wrap) {
        try {
            byte[] dataKey = Hpke.open(reader, info(name, epoch), commitment.bytes(), wrap.sealed());
            if (MessageDigest.isEqual(commitment(name, epoch, dataKey).bytes(), commitment.bytes())) {
                return dataKey;
            }
        } catch (Hpke.OpenFailed e) {
            // The same answer as for a key that opens to another than was committed to.
        }
        throw new CapsuleException.NotAReader(epoch);
    }

    private static KeyFile signed(CapsuleName name, int epoch, Hash commitment, List<Wrap> wraps, SigningKey writer) {
        var unsigned = new KeyFile(name, epoch, commitment, wraps, new byte[0]);
        return new KeyFile(name, epoch, commitment, wraps, writer.sign(unsigned.body()));
    }

    private static byte[] info(CapsuleName name, int epoch) {
        return new ByteWriter()
                .bytes("croft/data-key/v1".getBytes(StandardCharsets.US_ASCII))
                .bytes(name.bytes())
                .u32(epoch)
                .toBytes();
    }

    private byte[] body() {
        ByteWriter out = new ByteWriter()
                .tag(TAG)
                .bytes(name.bytes())
                .u32(epoch)
                .bytes(commitment.bytes())
                .u16(wraps.size());
        for (Wrap wrap : wraps) {
            out.bytes(wrap.reader().encoded()).bytes(wrap.sealed());
        }
        return out.toBytes();
    }

    byte[] encoded() {
        return new ByteWriter().bytes(body()).bytes(signature).toBytes();
    }

    /**
     * Decodes and checks an epoch's key file.
     *
     * @throws Malformed when it is not this capsule's, this epoch's, or not signed by the writer
     */
    static KeyFile decode(byte[] encoded, CapsuleMetadata metadata, int epoch) {
        ByteReader in = new ByteReader(encoded).expectTag(TAG);
        CapsuleName name = CapsuleName.of(in.bytes(Hash.LENGTH));
        int found = in.u32();
        Hash commitment = Hash.of(in.bytes(Hash.LENGTH));
        int count = in.u16();
        if (count > MOST_READERS) {
            throw new Malformed("more than " + MOST_READERS + " readers");
        }
        List<Wrap> wraps = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            wraps.add(new Wrap(ReaderPublicKey.of(in.bytes(ReaderPublicKey.LENGTH)), in.bytes(SEALED_BYTES)));
        }
        byte[] signature = in.bytes(VerifyingKey.SIGNATURE_LENGTH);
        in.expectEnd();
        var file = new KeyFile(name, found, commitment, wraps, signature);
        if (!name.equals(metadata.name())
                || found != epoch
                || !metadata.writerKey().verify(file.body(), signature)) {
            throw new Malformed("data keys of another capsule or epoch, or not signed by the writer");
        }
        return file;
    }
}
