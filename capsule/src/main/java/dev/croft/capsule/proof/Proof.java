package dev.croft.capsule.proof;

import dev.croft.capsule.CapsuleMetadata;
import dev.croft.capsule.Hash;
import dev.croft.capsule.Heartbeat;
import dev.croft.capsule.RecordHeader;
import dev.croft.capsule.codec.ByteReader;
import dev.croft.capsule.codec.ByteWriter;
import dev.croft.capsule.codec.Malformed;
import java.util.ArrayList;
import java.util.List;

/**
 * A proof as a small file. What it claims is true once {@link ProofChecker} accepted it. Hashes are Merkle tree nodes as
 * {@code docs/capsule-format.md} orders them.
 */
public sealed interface Proof {
    /** Most records one membership proof may carry. */
    int MOST_RECORDS = 4096;

    /** The capsule it is about. */
    CapsuleMetadata metadata();

    /**
     * The records with these headers, one after the other from the first one's sequence on, are in the capsule under this head.
     * Whoever has a record's sealed body compares its SHA-256 with the header's.
     */
    record Membership(CapsuleMetadata metadata, Heartbeat head, List<RecordHeader> records, List<Hash> hashes)
            implements Proof {
        public Membership {
            records = List.copyOf(records);
            hashes = List.copyOf(hashes);
        }
    }

    /** The newer head's records begin with exactly those of the older head. */
    record Consistency(CapsuleMetadata metadata, Heartbeat older, Heartbeat newer, List<Hash> hashes) implements Proof {
        public Consistency {
            hashes = List.copyOf(hashes);
        }
    }

    /**
     * The writer signed two heads that cannot be one history: the newer one's tree had, at the older one's size, the root
     * {@code otherRoot}, which is not the older one's.
     */
    record Equivocation(CapsuleMetadata metadata, Heartbeat older, Heartbeat newer, Hash otherRoot, List<Hash> hashes)
            implements Proof {
        public Equivocation {
            hashes = List.copyOf(hashes);
        }
    }

    /** The proof's file. */
    default byte[] encoded() {
        ByteWriter out = new ByteWriter().tag("croft/proof/v1");
        switch (this) {
            case Membership proof -> {
                out.u8(1)
                        .framed(proof.metadata.encoded())
                        .bytes(proof.head.encoded())
                        .u16(proof.records.size());
                proof.records.forEach(record -> out.framed(record.encoded()));
                hashes(out, proof.hashes);
            }
            case Consistency proof -> {
                out.u8(2)
                        .framed(proof.metadata.encoded())
                        .bytes(proof.older.encoded())
                        .bytes(proof.newer.encoded());
                hashes(out, proof.hashes);
            }
            case Equivocation proof -> {
                out.u8(3)
                        .framed(proof.metadata.encoded())
                        .bytes(proof.older.encoded())
                        .bytes(proof.newer.encoded())
                        .bytes(proof.otherRoot.bytes());
                hashes(out, proof.hashes);
            }
        }
        return out.toBytes();
    }

    /**
     * Decodes a proof's file; nothing is checked but its form.
     *
     * @throws Malformed when it is not a proof
     */
    static Proof decode(byte[] encoded) {
        ByteReader in = new ByteReader(encoded).expectTag("croft/proof/v1");
        int type = in.u8();
        CapsuleMetadata metadata = CapsuleMetadata.decode(in.framed(1024));
        Heartbeat first = Heartbeat.decode(metadata.name(), in.bytes(Heartbeat.LENGTH));
        Proof proof = switch (type) {
            case 1 -> {
                int count = in.u16();
                if (count > MOST_RECORDS) {
                    throw new Malformed("more than " + MOST_RECORDS + " records");
                }
                List<RecordHeader> records = new ArrayList<>();
                for (int i = 0; i < count; i++) {
                    records.add(RecordHeader.decode(in.framed(RecordHeader.MOST_BYTES)));
                }
                yield new Membership(metadata, first, records, hashes(in));
            }
            case 2 ->
                new Consistency(
                        metadata, first, Heartbeat.decode(metadata.name(), in.bytes(Heartbeat.LENGTH)), hashes(in));
            case 3 -> {
                Heartbeat newer = Heartbeat.decode(metadata.name(), in.bytes(Heartbeat.LENGTH));
                yield new Equivocation(metadata, first, newer, Hash.of(in.bytes(Hash.LENGTH)), hashes(in));
            }
            default -> throw new Malformed("no proof has type " + type);
        };
        in.expectEnd();
        return proof;
    }

    private static void hashes(ByteWriter out, List<Hash> hashes) {
        out.u16(hashes.size());
        hashes.forEach(hash -> out.bytes(hash.bytes()));
    }

    private static List<Hash> hashes(ByteReader in) {
        int count = in.u16();
        if (count > 128) {
            throw new Malformed("more hashes than any tree needs");
        }
        List<Hash> hashes = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            hashes.add(Hash.of(in.bytes(Hash.LENGTH)));
        }
        return hashes;
    }
}
