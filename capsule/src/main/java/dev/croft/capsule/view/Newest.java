package dev.croft.capsule.view;

import dev.croft.capsule.CapsuleException;
import dev.croft.capsule.HashPointer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Finds the newest record of some kind by reading back from the end of a log. Where the writer's records carry hash pointers to the one that was the newest
 * then, as a {@link Journal}'s do, that takes one block and one step, however far back it stands.
 */
public final class Newest {
    private static final int FIRST_BLOCK = 64;
    private static final int LARGEST_BLOCK = 8192;

    private Newest() {}

    /** Says what a record is, or null when it is none of the kind. */
    @FunctionalInterface
    public interface Kind<T> {
        @Nullable
        T find(long sequence, byte[] body);
    }

    /** The newest of this kind among the first {@code size} records. */
    public static <T> @Nullable T of(RecordLog log, long size, Kind<T> kind) {
        long to = size;
        long block = FIRST_BLOCK;
        while (to > 0) {
            long from = Math.max(0, to - block);
            Finder<T> finder = new Finder<>(kind);
            log.scan(from, to, finder);
            T found = finder.found != null ? finder.found : pointed(log, from, to, kind);
            if (found != null) {
                return found;
            }
            to = from;
            block = Math.min(2 * block, LARGEST_BLOCK);
        }
        return null;
    }

    /** What the newest pointers in this block lead to. */
    private static <T> @Nullable T pointed(RecordLog log, long from, long to, Kind<T> kind) {
        for (long sequence = to - 1; sequence >= from; sequence--) {
            List<HashPointer> pointers = log.pointers(sequence);
            for (HashPointer pointer : pointers) {
                if (pointer.sequence() < from && log.holds(pointer)) {
                    T found = read(log, pointer.sequence(), kind);
                    if (found != null) {
                        return found;
                    }
                }
            }
            if (!pointers.isEmpty()) {
                return null;
            }
        }
        return null;
    }

    private static <T> @Nullable T read(RecordLog log, long sequence, Kind<T> kind) {
        try {
            return kind.find(sequence, log.body(sequence));
        } catch (CapsuleException.Shredded | CapsuleException.NotAReader e) {
            // A pointer may lead to what is not to be had any more.
            return null;
        }
    }

    private static final class Finder<T> implements RecordLog.Visitor {
        private final Kind<T> kind;
        private @Nullable T found;

        Finder(Kind<T> kind) {
            this.kind = kind;
        }

        @Override
        public void record(long sequence, byte[] body) {
            T next = kind.find(sequence, body);
            found = next == null ? found : next;
        }

        @Override
        public void unreadable(long sequence, CapsuleException.NotAReader reason) {
            // One of this reader's own time may stand behind it.
        }
    }
}
