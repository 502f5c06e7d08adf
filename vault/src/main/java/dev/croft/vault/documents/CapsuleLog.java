package dev.croft.vault.documents;

import dev.croft.capsule.CapsuleException;
import dev.croft.capsule.CapsuleRecord;
import dev.croft.capsule.RecordHeader;
import dev.croft.vault.store.OpenCapsule;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.List;
import java.util.stream.Stream;

/** A data capsule as the log of a {@link DocumentStore}. The capsule stays the caller's to close. */
public final class CapsuleLog implements DocumentLog {
    private final OpenCapsule capsule;

    public CapsuleLog(OpenCapsule capsule) {
        this.capsule = capsule;
    }

    @Override
    public byte[] identity() {
        return capsule.name().toString().getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public long append(List<byte[]> bodies) {
        return capsule.append(bodies);
    }

    @Override
    public long next() {
        return capsule.size();
    }

    @Override
    public void replay(long sequence, Visitor visitor) {
        replay(
                new Source() {
                    @Override
                    public Stream<CapsuleRecord> range(long from, long to) {
                        return capsule.range(from, to);
                    }

                    @Override
                    public RecordHeader header(long at) {
                        return capsule.header(at);
                    }
                },
                sequence,
                capsule.size(),
                visitor);
    }

    /** Where records are read from. */
    interface Source {
        Stream<CapsuleRecord> range(long from, long to);

        RecordHeader header(long sequence);
    }

    /** Shows records up to an end, shredded ones as null. */
    static void replay(Source source, long from, long end, Visitor visitor) {
        long sequence = from;
        while (sequence < end) {
            try (Stream<CapsuleRecord> records = source.range(sequence, end)) {
                for (Iterator<CapsuleRecord> each = records.iterator(); each.hasNext(); ) {
                    CapsuleRecord record = each.next();
                    visitor.visit(sequence, record.body());
                    sequence++;
                }
            } catch (CapsuleException.Shredded _) {
                for (long after = endOfEpoch(source, sequence, end); sequence < after; sequence++) {
                    visitor.visit(sequence, null);
                }
            }
        }
    }

    /** An epoch is shredded as a whole, and epochs only grow, so its end is found by halving. */
    private static long endOfEpoch(Source source, long sequence, long end) {
        int epoch = source.header(sequence).epoch();
        long low = sequence + 1;
        long high = end;
        while (low < high) {
            long middle = (low + high) >>> 1;
            if (source.header(middle).epoch() > epoch) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return low;
    }
}
