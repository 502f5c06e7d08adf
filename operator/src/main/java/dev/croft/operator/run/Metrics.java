package dev.croft.operator.run;

import dev.croft.operator.decide.Desk;
import java.util.Locale;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.IntSupplier;

/** Counters and gauges of one operator, as Prometheus text. Thread-safe. */
public final class Metrics {
    final LongAdder writes = new LongAdder();
    final LongAdder conflicts = new LongAdder();
    final LongAdder openings = new LongAdder();
    final LongAdder turns = new LongAdder();
    final LongAdder nanos = new LongAdder();
    volatile boolean leading;
    /** When the loop last came round, by {@link System#nanoTime}. */
    volatile long alive = System.nanoTime();

    private static final Desk.Figures NOTHING = new Desk.Figures(0, 0, 0, 0, 0, 0, 0, 0);

    private final IntSupplier refused;
    private final LongAdder decided = new LongAdder();
    private volatile Desk.Figures figures = NOTHING;
    private Desk.Figures onDesk = NOTHING;
    private final LongAdder granted = new LongAdder();
    private final LongAdder denied = new LongAdder();
    /** From when a request was seen until something was answered, if only that it waits; ms. */
    final Histogram answers = new Histogram();
    /** From when a claim arrived until it was granted or denied; ms. */
    final Histogram decisions = new Histogram();

    /**
     * Nothing counted yet.
     *
     * @param refused how many resources there are whose status is not taken
     */
    Metrics(IntSupplier refused) {
        this.refused = refused;
    }

    /** Called by the loop alone. */
    void show(Desk.Figures now) {
        decided.add(now.decided() - onDesk.decided());
        granted.add(now.granted() - onDesk.granted());
        denied.add(now.refused() - onDesk.refused());
        onDesk = now;
        figures = now;
    }

    /** A new desk counts from zero. */
    void opened() {
        openings.increment();
        onDesk = NOTHING;
    }

    /** In the text format of Prometheus. */
    String text() {
        Desk.Figures now = figures;
        var text = new StringBuilder();
        line(text, "gauge", "leading", "1 while this operator holds the lease", leading ? 1 : 0);
        line(text, "gauge", "blocks", "private data blocks", now.blocks());
        line(text, "gauge", "blocks_unusable", "blocks that are described wrongly", now.unusable());
        line(
                text,
                "gauge",
                "resources_refused",
                "resources whose status the API server does not take",
                refused.getAsInt());
        line(text, "gauge", "claims", "privacy budget claims", now.claims());
        line(text, "gauge", "claims_waiting", "claims that wait for budget", now.waiting());
        line(text, "gauge", "claims_holding", "claims that hold budget", now.holding());
        line(text, "counter", "requests_answered_total", "requests decided", decided.sum());
        line(text, "counter", "claims_granted_total", "allocate requests granted", granted.sum());
        line(text, "counter", "claims_denied_total", "allocate requests refused or timed out", denied.sum());
        answers.write(
                text,
                "croft_operator_answer_seconds",
                "from a request until something is stored, if only that it waits");
        decisions.write(
                text, "croft_operator_decision_seconds", "from a claim's arrival until it is granted or denied");
        line(text, "counter", "writes_total", "statuses stored", writes.sum());
        line(
                text,
                "counter",
                "conflicts_total",
                "statuses not stored because the resource had changed",
                conflicts.sum());
        line(text, "counter", "openings_total", "times everything was read anew", openings.sum());
        line(text, "counter", "turns_total", "rounds of deciding and storing", turns.sum());
        text.append("# HELP croft_operator_busy_seconds_total time spent deciding and storing\n")
                .append("# TYPE croft_operator_busy_seconds_total counter\n")
                .append(String.format(Locale.ROOT, "croft_operator_busy_seconds_total %.3f%n", nanos.sum() / 1e9));
        return text.toString();
    }

    private static void line(StringBuilder text, String type, String name, String help, long value) {
        String full = "croft_operator_" + name;
        text.append("# HELP ").append(full).append(' ').append(help).append('\n');
        text.append("# TYPE ").append(full).append(' ').append(type).append('\n');
        text.append(full).append(' ').append(value).append('\n');
    }
}
