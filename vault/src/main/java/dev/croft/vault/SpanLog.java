package dev.croft.vault;

import dev.croft.vault.api.FinishedSpan;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/** Spans of a host that wait for the router to fetch them: a host reaches no collector itself. The oldest give way to the newest. Thread-safe. */
final class SpanLog {
    private static final int MOST = 4096;
    private static final int AT_ONCE = 1000;

    private final ArrayDeque<FinishedSpan> waiting = new ArrayDeque<>();
    private final Runnable dropped;

    /** @param dropped is told of each that was not fetched in time */
    SpanLog(Runnable dropped) {
        this.dropped = dropped;
    }

    synchronized void add(FinishedSpan span) {
        if (waiting.size() == MOST) {
            waiting.removeFirst();
            dropped.run();
        }
        waiting.addLast(span);
    }

    /** Some that wait, which wait no more. */
    synchronized List<FinishedSpan> take() {
        List<FinishedSpan> taken = new ArrayList<>();
        while (!waiting.isEmpty() && taken.size() < AT_ONCE) {
            taken.add(waiting.removeFirst());
        }
        return taken;
    }
}
