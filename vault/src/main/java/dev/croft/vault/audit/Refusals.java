package dev.croft.vault.audit;

import dev.croft.vault.api.ProblemCode;
import dev.croft.vault.audit.AuditTrail.Event;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Refused requests on their way into the audit. Of each caller, the first {@value #EACH} in a minute are told one by one, and of all callers
 * the first {@value #ALL}; more are counted by caller and problem and told together at the minute's end. So whoever is refused all day cannot
 * fill the disk, and one who is refused often does not hide another. Thread-safe.
 */
public final class Refusals {
    private static final int EACH = 10;
    private static final int ALL = 30;
    private static final int MOST_COUNTED = 20;
    private static final int MOST_WAITING = 200;
    private static final String OTHERS = "others";
    private static final Duration WINDOW = Duration.ofMinutes(1);

    private final List<Event> waiting = new ArrayList<>();
    private final Map<Kind, Long> counted = new LinkedHashMap<>();
    private final Map<String, Integer> told = new HashMap<>();
    private Instant began = Instant.EPOCH;
    private int all;

    private record Kind(String who, ProblemCode code) {}

    /** Takes note of a refusal. */
    public synchronized void add(String who, String operation, String object, ProblemCode code, Instant now) {
        if (now.isAfter(began.plus(WINDOW))) {
            roll(now);
        }
        if (all < ALL && waiting.size() < MOST_WAITING && told.getOrDefault(who, 0) < EACH) {
            all++;
            told.merge(who, 1, Integer::sum);
            waiting.add(new Event(who, operation, object, code.code(), 1, ""));
        } else {
            var kind = new Kind(who, code);
            boolean room = counted.size() < MOST_COUNTED || counted.containsKey(kind);
            // There are not many problems, so these find room always.
            counted.merge(room ? kind : new Kind(OTHERS, code), 1L, Long::sum);
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
        told.clear();
        all = 0;
        if (waiting.size() > MOST_WAITING) {
            // Nobody takes them, for the private cloud is closed: it goes on being counted.
            return;
        }
        counted.forEach((kind, count) -> waiting.add(
                new Event(kind.who(), "refused", "", kind.code().code(), count, "further refusals since " + began)));
        counted.clear();
        began = now;
    }
}
