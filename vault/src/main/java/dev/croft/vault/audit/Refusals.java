package dev.croft.vault.audit;

import dev.croft.vault.api.ProblemCode;
import dev.croft.vault.audit.AuditTrail.Event;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * Refused requests on their way into the audit. Each of the first {@value #EACH} in a minute is told by itself; more are counted by their
 * problem and told together at the minute's end, so that whoever is refused all day cannot fill the disk. Thread-safe.
 */
public final class Refusals {
    private static final int EACH = 30;
    private static final int MOST_WAITING = 200;
    private static final Duration WINDOW = Duration.ofMinutes(1);

    private final List<Event> waiting = new ArrayList<>();
    private final Map<ProblemCode, Long> counted = new EnumMap<>(ProblemCode.class);
    private Instant began = Instant.EPOCH;
    private int each;

    /** Takes note of a refusal. */
    public synchronized void add(String who, String operation, String object, ProblemCode code, Instant now) {
        if (now.isAfter(began.plus(WINDOW))) {
            roll(now);
        }
        if (each < EACH && waiting.size() < MOST_WAITING) {
            each++;
            waiting.add(new Event(who, operation, object, code.code(), 1, ""));
        } else {
            counted.merge(code, 1L, Long::sum);
        }
    }

    /** What is to be recorded now: those told by themselves, and what was counted if its minute is over. */
    public synchronized List<Event> drain(Instant now) {
        if (now.isAfter(began.plus(WINDOW))) {
            roll(now);
        }
        var events = List.copyOf(waiting);
        waiting.clear();
        return events;
    }

    /** Everything, for when the private cloud closes. */
    public synchronized List<Event> drainAll(Instant now) {
        roll(now);
        return drain(now);
    }

    private void roll(Instant now) {
        counted.forEach((code, count) -> waiting.add(
                new Event("unknown", "refused", "", code.code(), count, "further refusals since " + began)));
        counted.clear();
        began = now;
        each = 0;
    }
}
