package dev.croft.vault.documents;

import dev.croft.capsule.CapsuleException;
import dev.croft.capsule.CapsuleRecord;
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
        long end = capsule.size();
        while (sequence < end) {
            try (Stream<CapsuleRecord> records = capsule.range(sequence, end)) {
                for (Iterator<CapsuleRecord> each = records.iterator(); each.hasNext(); ) {
                    CapsuleRecord record = each.next();
                    visitor.visit(sequence, record.body());
                    sequence++;
                }
            } catch (CapsuleException.Shredded _) {
                for (long after = endOfEpoch(sequence, end); sequence < after; sequence++) {
                    visitor.visit(sequence, null);
                }
            }
        }
    }

    /** An epoch is shredded as a whole, and epochs only grow, so its end is found by halving. */
    private long endOfEpoch(long sequence, long end) {
        int epoch = capsule.header(sequence).epoch();
        long low = sequence + 1;
        long high = end;
        while (low < high) {
            long middle = (low + high) >>> 1;
            if (capsule.header(middle).epoch() > epoch) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return low;
    }
}
