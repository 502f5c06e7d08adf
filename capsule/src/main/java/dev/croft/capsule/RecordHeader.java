package dev.croft.capsule;

import dev.croft.capsule.codec.ByteReader;
import dev.croft.capsule.codec.ByteWriter;
import dev.croft.capsule.codec.Malformed;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Everything about a record but its body, under one hash. The hash is the RFC 6962 leaf hash of {@link #encoded()}, so
 * that the chain's links and the leaves of the heartbeat's Merkle tree are the same values.
 *
 * @param epoch whose data key sealed the body
 * @param sequence 0 for the capsule's first record
 * @param timestamp when it was appended by the writer's clock, to the microsecond; never before its predecessor's
 * @param previous the preceding record's hash; for record 0 the capsule's name
 * @param pointers the writer's extra links, at most {@link #MOST_POINTERS}
 * @param bodyLength bytes in the sealed body
 * @param bodyHash SHA-256 of the sealed body
 */
public record RecordHeader(
        int epoch,
        long sequence,
        Instant timestamp,
        Hash previous,
        List<HashPointer> pointers,
        int bodyLength,
        Hash bodyHash) {
    /** Most extra hash pointers a record may carry. */
    public static final int MOST_POINTERS = 1024;

    static final byte[] DOMAIN = "croft/record/v1".getBytes(StandardCharsets.US_ASCII);
    static final int FIXED_LENGTH = 4 + 8 + 8 + 32 + 2;
    static final int POINTER_LENGTH = 8 + 32;

    /** Most bytes an encoded header can have. */
    public static final int MOST_BYTES = 15 + FIXED_LENGTH + MOST_POINTERS * POINTER_LENGTH + 4 + 32;

    public RecordHeader {
        pointers = List.copyOf(pointers);
    }

    /** The canonical encoding: a tag, then every component in order. */
    public byte[] encoded() {
        ByteWriter out = new ByteWriter()
                .bytes(DOMAIN)
                .u32(epoch)
                .u64(sequence)
                .u64(Times.micros(timestamp))
                .bytes(previous.bytes())
                .u16(pointers.size());
        for (HashPointer pointer : pointers) {
            out.u64(pointer.sequence()).bytes(pointer.hash().bytes());
        }
        return out.u32(bodyLength).bytes(bodyHash.bytes()).toBytes();
    }

    /** SHA-256(0x00 || encoded): the record's hash, and its leaf in the Merkle tree. */
    public Hash hash() {
        return Hash.sha256(new byte[] {0}, encoded());
    }

    /**
     * Decodes what {@link #encoded()} wrote.
     *
     * @throws Malformed when it is not that
     */
    public static RecordHeader decode(byte[] encoded) {
        ByteReader in = new ByteReader(encoded);
        if (!Arrays.equals(in.bytes(Math.min(DOMAIN.length, in.remaining())), DOMAIN)) {
            throw new Malformed("not a record header");
        }
        RecordHeader header = decodeFields(in, null);
        in.expectEnd();
        return header;
    }

    /** Reads the components; a body hash that is not in the bytes is given. */
    static RecordHeader decodeFields(ByteReader in, @Nullable Hash bodyHash) {
        int epoch = in.u32();
        long sequence = in.u63();
        Instant timestamp = Times.instant(in.u63());
        Hash previous = Hash.of(in.bytes(Hash.LENGTH));
        int count = in.u16();
        if (count > MOST_POINTERS) {
            throw new Malformed("more than " + MOST_POINTERS + " hash pointers");
        }
        List<HashPointer> pointers = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            pointers.add(new HashPointer(in.u63(), Hash.of(in.bytes(Hash.LENGTH))));
        }
        int bodyLength = in.u32();
        if (bodyLength < 0) {
            throw new Malformed("a body of negative length");
        }
        Hash hash = bodyHash == null ? Hash.of(in.bytes(Hash.LENGTH)) : bodyHash;
        return new RecordHeader(epoch, sequence, timestamp, previous, pointers, bodyLength, hash);
    }
}
