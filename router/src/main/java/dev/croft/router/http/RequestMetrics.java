package dev.croft.router.http;

import java.lang.management.ManagementFactory;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/**
 * Requests by route, status and time, in the text format of Prometheus, version 0.0.4. Labels are the routes' templates, so no id, name or address
 * of anybody is in them. Thread-safe.
 */
public final class RequestMetrics {
    private static final double[] BOUNDS = {0.005, 0.025, 0.1, 0.25, 1, 2.5, 10};

    private final Map<String, LongAdder> requests = new ConcurrentSkipListMap<>();
    private final Map<String, Times> times = new ConcurrentSkipListMap<>();
    private final AtomicInteger underWay = new AtomicInteger();
    private final long began = System.nanoTime();

    /** How long the requests of one route took. */
    private static final class Times {
        final LongAdder[] upTo = new LongAdder[BOUNDS.length];
        final LongAdder count = new LongAdder();
        final LongAdder nanos = new LongAdder();

        Times() {
            for (int i = 0; i < upTo.length; i++) {
                upTo[i] = new LongAdder();
            }
        }

        void add(long took) {
            for (int i = 0; i < BOUNDS.length; i++) {
                if (took <= BOUNDS[i] * 1e9) {
                    upTo[i].increment();
                }
            }
            count.increment();
            nanos.add(took);
        }
    }

    void begun() {
        underWay.incrementAndGet();
    }

    void ended(Route route, int status, long nanos) {
        underWay.decrementAndGet();
        String labels = "method=\"" + route.method() + "\",route=\"" + route.path() + "\"";
        requests.computeIfAbsent(labels + ",status=\"" + status + "\"", _ -> new LongAdder())
                .increment();
        times.computeIfAbsent(labels, _ -> new Times()).add(nanos);
    }

    /** How many requests are under way. */
    public int underWay() {
        return underWay.get();
    }

    /** Everything, and these gauges besides, by their names with labels. */
    String text(Map<String, Long> gauges) {
        var text = new StringBuilder("# TYPE croft_router_requests_total counter\n");
        requests.forEach((labels, count) -> line(text, "croft_router_requests_total{" + labels + "}", count.sum()));
        text.append("# TYPE croft_router_request_seconds histogram\n");
        times.forEach((labels, each) -> {
            for (int i = 0; i < BOUNDS.length; i++) {
                line(
                        text,
                        "croft_router_request_seconds_bucket{" + labels + ",le=\"" + BOUNDS[i] + "\"}",
                        each.upTo[i].sum());
            }
            line(text, "croft_router_request_seconds_bucket{" + labels + ",le=\"+Inf\"}", each.count.sum());
            text.append("croft_router_request_seconds_sum{").append(labels).append("} ");
            text.append(String.format(Locale.ROOT, "%.6f", each.nanos.sum() / 1e9))
                    .append('\n');
            line(text, "croft_router_request_seconds_count{" + labels + "}", each.count.sum());
        });
        var heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage();
        Map<String, Long> all = new ConcurrentHashMap<>(gauges);
        all.put("croft_router_requests_under_way", (long) underWay.get());
        all.put("croft_router_heap_bytes", heap.getUsed());
        all.put("croft_router_heap_most_bytes", heap.getMax());
        all.put("croft_router_uptime_seconds", (System.nanoTime() - began) / 1_000_000_000);
        String[] kind = {""};
        new ConcurrentSkipListMap<>(all).forEach((name, value) -> {
            String family = name.split("\\{", 2)[0];
            if (!family.equals(kind[0])) {
                text.append("# TYPE ").append(family).append(" gauge\n");
                kind[0] = family;
            }
            line(text, name, value);
        });
        return text.toString();
    }

    private static void line(StringBuilder text, String name, long value) {
        text.append(name).append(' ').append(value).append('\n');
    }
}
