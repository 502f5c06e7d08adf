package dev.croft.capsule.sql;

import dev.croft.capsule.view.Newest;
import dev.croft.capsule.view.RecordLog;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Takes whole transactions out of a capsule's records, in order. Not thread-safe. */
final class SqlLog {
    private final RecordLog log;
    private final List<SqlRecord> parts = new ArrayList<>();
    private long next;
    private long applied;

    /** Takes one part of a transaction that is complete. */
    @FunctionalInterface
    interface Sink {
        void pages(SqlRecord part, boolean lastPart) throws IOException;
    }

    /** Goes on behind this many records, at whose end no transaction is incomplete. */
    SqlLog(RecordLog log, long from) {
        this.log = log;
        this.next = from;
        this.applied = from;
    }

    /** From the newest snapshot among the first {@code size} records, or from the start. */
    static SqlLog fromSnapshot(RecordLog log, long size) {
        SqlRecord snapshot = newestSnapshot(log, size);
        return new SqlLog(log, snapshot == null ? 0 : snapshot.begin());
    }

    /** The last part of the newest snapshot among the first {@code size} records. */
    static @Nullable SqlRecord newestSnapshot(RecordLog log, long size) {
        return Newest.of(log, size, (sequence, body) -> {
            SqlRecord part = SqlRecord.knows(body) ? SqlRecord.decode(sequence, body) : null;
            return part != null && part.snapshot() && part.last() ? part : null;
        });
    }

    /** How many records are behind the last transaction handed over. */
    long applied() {
        return applied;
    }

    /** Hands over what whole transactions there are among the first {@code size} records. */
    void advance(long size, Sink sink) throws IOException {
        try {
            log.scan(next, size, (sequence, body) -> {
                if (SqlRecord.knows(body)) {
                    take(SqlRecord.decode(sequence, body), sink);
                }
            });
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
        next = Math.max(next, size);
    }

    private void take(SqlRecord part, Sink sink) {
        SqlRecord before = parts.isEmpty() ? null : parts.getLast();
        if (!follows(before, part)) {
            // Its writer failed before the last part: the transaction never happened.
            parts.clear();
        }
        if (parts.isEmpty() && part.begin() != part.sequence()) {
            return;
        }
        parts.add(part);
        if (part.last()) {
            try {
                for (SqlRecord each : parts) {
                    sink.pages(each, each == part);
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            parts.clear();
            applied = part.sequence() + 1;
        }
    }

    private static boolean follows(@Nullable SqlRecord before, SqlRecord part) {
        return before != null && part.begin() == before.begin() && part.sequence() == before.sequence() + 1;
    }
}
