package dev.croft.operator.run;

import java.util.Locale;
import java.util.concurrent.atomic.LongAdder;

/** Durations in Prometheus' buckets. Thread-safe. */
final class Histogram {
    private static final double[] BOUNDS = {0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100, 300};

    private final LongAdder[] buckets = new LongAdder[BOUNDS.length + 1];
    private final LongAdder millis = new LongAdder();

    Histogram() {
        for (int i = 0; i < buckets.length; i++) buckets[i] = new LongAdder();
    }

    void add(long duration) {
        int at = 0;
        while (at < BOUNDS.length && duration > BOUNDS[at] * 1000) at++;
        buckets[at].increment();
        millis.add(duration);
    }

    void write(StringBuilder text, String name, String help) {
        text.append("# HELP ").append(name).append(' ').append(help).append('\n');
        text.append("# TYPE ").append(name).append(" histogram\n");
        long count = 0;
        for (int i = 0; i < buckets.length; i++) {
            count += buckets[i].sum();
            String bound = i == BOUNDS.length ? "+Inf" : Double.toString(BOUNDS[i]);
            text.append(name)
                    .append("_bucket{le=\"")
                    .append(bound)
                    .append("\"} ")
                    .append(count)
                    .append('\n');
        }
        text.append(String.format(Locale.ROOT, "%s_sum %.3f%n%s_count %d%n", name, millis.sum() / 1e3, name, count));
    }
}
