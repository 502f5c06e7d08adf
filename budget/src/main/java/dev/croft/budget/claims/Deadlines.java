package dev.croft.budget.claims;

import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.Optional;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/** When claims give up waiting and leases end. What was decided before its time is passed over. */
final class Deadlines {
    private record Deadline(Instant at, ClaimEntry entry) {
        boolean isStale() {
            return entry.state.isFinal() || !entry.deadline.equals(at);
        }
    }

    private final PriorityQueue<Deadline> queue = new PriorityQueue<>(Comparator.comparing(Deadline::at)
            .thenComparing(d -> d.entry().claim.id()));

    /** The claim's deadline as it is now counts from now on. */
    void add(ClaimEntry entry) {
        queue.add(new Deadline(entry.deadline, entry));
    }

    /** The next claim whose deadline is not after {@code now}, once; or {@code null}. */
    @Nullable
    ClaimEntry poll(Instant now) {
        Deadline next = peek();
        if (next == null || next.at.isAfter(now)) return null;
        queue.poll();
        return next.entry;
    }

    Optional<Instant> next() {
        Deadline next = peek();
        return next == null || next.at.equals(Instant.MAX) ? Optional.empty() : Optional.of(next.at);
    }

    private @Nullable Deadline peek() {
        Deadline next = queue.peek();
        while (next != null && next.isStale()) {
            queue.poll();
            next = queue.peek();
        }
        return next;
    }

    /** {@code from} plus {@code by}, or the end of time. */
    static Instant later(Instant from, Duration by) {
        return by.compareTo(Duration.between(from, Instant.MAX)) >= 0 ? Instant.MAX : from.plus(by);
    }
}
