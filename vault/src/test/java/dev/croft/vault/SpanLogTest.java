package dev.croft.vault;

import static org.assertj.core.api.Assertions.assertThat;

import dev.croft.vault.api.FinishedSpan;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class SpanLogTest {

    private final AtomicInteger dropped = new AtomicInteger();
    private final SpanLog log = new SpanLog(dropped::incrementAndGet);

    private static FinishedSpan span(int trace, int n) {
        return new FinishedSpan(
                String.format("%032x", trace + 1),
                String.format("%016x", n + 1),
                null,
                "insert",
                FinishedSpan.Kind.SERVER,
                n,
                n,
                false,
                Map.of());
    }

    private List<FinishedSpan> all() {
        var all = new ArrayList<FinishedSpan>();
        for (List<FinishedSpan> next = log.take(); !next.isEmpty(); next = log.take()) {
            all.addAll(next);
        }
        return all;
    }

    @Test
    void oneTraceThatFloodsPushesOutNoOther() {
        FinishedSpan quiet = span(0, 0);
        log.add(quiet);
        for (int n = 0; n < 2 * SpanLog.MOST; n++) {
            log.add(span(1, n));
        }
        assertThat(dropped).hasValue(2 * SpanLog.MOST - SpanLog.MOST_OF_A_TRACE);
        assertThat(all()).hasSize(1 + SpanLog.MOST_OF_A_TRACE).startsWith(quiet);
        // What was fetched counts no more.
        log.add(span(1, 0));
        assertThat(all()).hasSize(1);
    }

    @Test
    void ofManyTracesTheOldestSpansGiveWay() {
        for (int n = 0; n <= SpanLog.MOST; n++) {
            log.add(span(n, n));
        }
        assertThat(dropped).hasValue(1);
        assertThat(all()).hasSize(SpanLog.MOST).startsWith(span(1, 1)).endsWith(span(SpanLog.MOST, SpanLog.MOST));
    }
}
