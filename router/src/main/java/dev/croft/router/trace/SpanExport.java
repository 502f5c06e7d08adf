package dev.croft.router.trace;

import dev.croft.router.RouterException;
import dev.croft.vault.api.FinishedSpan;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporter;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporterBuilder;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends spans to a collector by OTLP over HTTP: the router's own, and those it fetches from hosts of private clouds, which reach nothing but the
 * router. Asking never waits for the collector: what it does not take in time is dropped. Thread-safe.
 */
public final class SpanExport implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SpanExport.class);
    private static final int MOST_WAITING = 8192;
    private static final int AT_ONCE = 512;
    private static final Duration EACH = Duration.ofMillis(500);
    private static final Duration TIMEOUT = Duration.ofSeconds(5);

    private final OtlpHttpSpanExporter exporter;
    private final ArrayDeque<SpanData> waiting = new ArrayDeque<>();
    private final Supplier<List<FinishedSpan>> hosts;
    private final Thread sending;
    private volatile boolean closed;
    private long dropped;

    /**
     * Where to send.
     *
     * @param base {@code http:} or {@code https:} address, below which {@code v1/traces} is
     * @param headers sent along, such as a collector's key
     */
    public record Endpoint(URI base, Map<String, String> headers) {
        /** @throws RouterException.Invalid for what is no such address */
        public Endpoint {
            headers = Map.copyOf(headers);
            if (!("http".equals(base.getScheme()) || "https".equals(base.getScheme())) || base.getHost() == null) {
                throw new RouterException.Invalid("a collector's address is one of http: or https:");
            }
        }

        /**
         * As OpenTelemetry's variables say them.
         *
         * @param headers {@code NAME=VALUE,NAME=VALUE}; empty for none
         */
        public static Endpoint of(String address, String headers) {
            Map<String, String> sent = new HashMap<>();
            for (String header : headers.split(",", -1)) {
                int equals = header.indexOf('=');
                if (equals > 0) {
                    sent.put(
                            header.substring(0, equals).strip(),
                            header.substring(equals + 1).strip());
                }
            }
            try {
                return new Endpoint(URI.create(address), sent);
            } catch (IllegalArgumentException e) {
                throw new RouterException.Invalid("a collector's address is one of http: or https:");
            }
        }

        String traces() {
            String text = base.toString();
            return text + (text.endsWith("/") ? "" : "/") + "v1/traces";
        }

        /** Headers may be secret. */
        @Override
        public String toString() {
            return "Endpoint[" + base + "]";
        }
    }

    /** @param hosts fetches what hosts of private clouds have */
    public SpanExport(Endpoint endpoint, Supplier<List<FinishedSpan>> hosts) {
        OtlpHttpSpanExporterBuilder builder =
                OtlpHttpSpanExporter.builder().setEndpoint(endpoint.traces()).setTimeout(TIMEOUT);
        endpoint.headers().forEach(builder::addHeader);
        this.exporter = builder.build();
        this.hosts = hosts;
        this.sending = Thread.ofPlatform().daemon().name("span-export").start(this::send);
    }

    /** Keeps the router's own spans. */
    public Consumer<FinishedSpan> router() {
        return span -> take(List.of(span), ExportedSpan.ROUTER);
    }

    private synchronized void take(List<FinishedSpan> spans, String service) {
        for (FinishedSpan span : spans) {
            if (waiting.size() == MOST_WAITING) {
                waiting.removeFirst();
                dropped++;
            }
            waiting.addLast(ExportedSpan.of(span, service));
        }
    }

    private synchronized List<SpanData> next() {
        List<SpanData> next = new ArrayList<>();
        while (!waiting.isEmpty() && next.size() < AT_ONCE) {
            next.add(waiting.removeFirst());
        }
        return next;
    }

    private void send() {
        try {
            while (!closed) {
                Thread.sleep(EACH);
                flush();
            }
        } catch (InterruptedException e) {
            LOG.debug("spans are sent no more");
        }
    }

    private synchronized long dropped() {
        long now = dropped;
        dropped = 0;
        return now;
    }

    private void flush() {
        try {
            take(hosts.get(), ExportedSpan.HOST);
            for (List<SpanData> next = next(); !next.isEmpty(); next = next()) {
                if (!exporter.export(next)
                        .join(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)
                        .isSuccess()) {
                    LOG.warn("{} spans were not taken by the collector", next.size());
                    return;
                }
            }
        } catch (RuntimeException e) {
            LOG.warn("spans cannot be sent: {}", e.toString());
        }
        long lost = dropped();
        if (lost > 0) {
            LOG.warn("{} spans were dropped: there were more than the collector took", lost);
        }
    }

    /** Sends what waits, for a few seconds at most, and ends. */
    @Override
    public void close() {
        closed = true;
        sending.interrupt();
        try {
            sending.join(TIMEOUT);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        flush();
        exporter.close();
    }
}
