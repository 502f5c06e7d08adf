package dev.croft.vault;

import dev.croft.vault.api.HostStatus;
import dev.croft.vault.api.PmRoute;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/** Counters of a host, without anything that names a person. Thread-safe. */
final class HostMetrics {
    private final Map<String, LongAdder> counters = new ConcurrentHashMap<>();

    void answered(PmRoute route, int status) {
        add("croft_pm_requests_total{route=\"" + route.name().toLowerCase(Locale.ROOT) + "\",status=\"" + status
                + "\"}");
    }

    void refused(String code) {
        add("croft_pm_refusals_total{code=\"" + code + "\"}");
    }

    void woke() {
        add("croft_pm_wakes_total");
    }

    void hibernated() {
        add("croft_pm_hibernations_total");
    }

    void failed() {
        add("croft_pm_failures_total");
    }

    void dropped() {
        add("croft_pm_spans_dropped_total");
    }

    private void add(String name) {
        counters.computeIfAbsent(name, unused -> new LongAdder()).increment();
    }

    /** In the text format of Prometheus. */
    String text(HostStatus status) {
        var text = new StringBuilder();
        new TreeMap<>(counters)
                .forEach((name, count) ->
                        text.append(name).append(' ').append(count.sum()).append('\n'));
        return text.append("croft_pm_clouds{state=\"awake\"} ")
                .append(status.awake())
                .append("\ncroft_pm_clouds{state=\"asleep\"} ")
                .append(status.asleep())
                .append("\ncroft_pm_clouds{state=\"locked\"} ")
                .append(status.locked())
                .append("\ncroft_pm_uptime_seconds ")
                .append(status.uptimeSeconds())
                .append('\n')
                .toString();
    }
}
