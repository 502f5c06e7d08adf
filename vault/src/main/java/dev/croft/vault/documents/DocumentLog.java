package dev.croft.vault.documents;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The durable log of record that a {@link DocumentStore} writes to and is rebuilt from: an owner's data capsule. Sequences begin at 0 and
 * have no gaps. Implementations are thread-safe.
 */
public interface DocumentLog {
    /** The longest body that one record may have, in bytes. */
    int MAX_BODY = 512 * 1024;

    /** What names this log among all logs; a view made from another one is not used. */
    byte[] identity();

    /** Appends the bodies in order and returns, once all are durable, the sequence of the first. */
    long append(List<byte[]> bodies);

    /** The sequence that the next record will get: the number of durable records. */
    long next();

    /** Visits every durable record from {@code sequence} on, in order. */
    void replay(long sequence, Visitor visitor);

    /** Gets records. */
    @FunctionalInterface
    interface Visitor {
        /** @param body null where the record was shredded and can be read no more */
        void visit(long sequence, byte @Nullable [] body);
    }
}
