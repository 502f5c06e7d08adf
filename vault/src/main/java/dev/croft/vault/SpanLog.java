package dev.croft.vault;

import dev.croft.vault.api.FinishedSpan;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Spans of a host that wait for the router to fetch them: a host reaches no collector itself. The oldest give way to the newest, but no trace has more
 * than {@link #MOST_OF_A_TRACE} of them: a service at its door, whose spans are all of its launch's trace, pushes out nobody else's. Thread-safe.
 */
final class SpanLog {
    static final int MOST = 4096;
    static final int MOST_OF_A_TRACE = MOST / 4;
    private static final int AT_ONCE = 1000;

    private final ArrayDeque<FinishedSpan> waiting = new ArrayDeque<>();
    private final Map<String, Integer> ofTraces = new HashMap<>();
    private final Runnable dropped;

    /** @param dropped is told of each that was not fetched in time, or is one too many of its trace */
    SpanLog(Runnable dropped) {
        this.dropped = dropped;
    }

    synchronized void add(FinishedSpan span) {
        if (ofTraces.getOrDefault(span.trace(), 0) == MOST_OF_A_TRACE) {
            dropped.run();
            return;
        }
        if (waiting.size() == MOST) {
            oldest();
            dropped.run();
        }
        waiting.addLast(span);
        ofTraces.merge(span.trace(), 1, Integer::sum);
    }

    private FinishedSpan oldest() {
        FinishedSpan span = waiting.removeFirst();
        ofTraces.computeIfPresent(span.trace(), (_, count) -> count == 1 ? null : count - 1);
        return span;
    }

    /** Some that wait, which wait no more. */
    synchronized List<FinishedSpan> take() {
        List<FinishedSpan> taken = new ArrayList<>();
        while (!waiting.isEmpty() && taken.size() < AT_ONCE) {
            taken.add(oldest());
        }
        return taken;
    }
}
