package dev.croft.app.mobility;

import dev.croft.mobility.metrics.Metric;
import dev.croft.mobility.metrics.MetricException;
import dev.croft.mobility.metrics.MetricSection;
import dev.croft.mobility.metrics.SumQuery;
import dev.croft.vault.api.Span;
import dev.croft.vault.documents.Find;
import dev.croft.vault.documents.filter.Filter;
import dev.croft.vault.spi.Computation;
import dev.croft.vault.spi.DocumentReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.bson.BsonDocument;
import org.bson.BsonString;

/**
 * A sum over people of what they travelled in one mode: sections, metres or seconds, in units and up to a bound for each person.
 * Each mode is a cell of its own with its own price and noise.
 *
 * <p>Parameters: {@code metric} (count, distance or duration), {@code mode}, {@code from} and {@code to} in epoch seconds,
 * {@code unit} (size of one unit), {@code bound} (most units of one person).
 */
public final class SumComputation implements Computation {
    /** What grants and queries call it. */
    public static final String NAME = "metrics";

    private static final Set<String> PARAMETERS = Set.of("metric", "mode", "from", "to", "unit", "bound");
    private static final String COLLECTION = "analysis";

    private final String digest;

    /** @param digest of the installation's code */
    public SumComputation(String digest) {
        this.digest = digest;
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String digest() {
        return digest;
    }

    @Override
    public Prepared prepare(BsonDocument params) {
        Parameters.requireOnly(params, PARAMETERS);
        double bound = Parameters.number(params, "bound");
        if (bound != Math.rint(bound)) {
            throw new IllegalArgumentException("bound must be a whole number of units");
        }
        String mode = Parameters.text(params, "mode");
        try {
            return new Travelled(
                    mode,
                    new SumQuery(
                            Metric.ofCode(Parameters.text(params, "metric")),
                            Set.of(mode),
                            Parameters.number(params, "from"),
                            Parameters.number(params, "to"),
                            Parameters.number(params, "unit"),
                            (long) bound));
        } catch (MetricException e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        }
    }

    private record Travelled(String mode, SumQuery query) implements Prepared {
        @Override
        public Span span() {
            return new Span(query.from(), query.to());
        }

        @Override
        public Set<String> collections() {
            return Set.of(COLLECTION);
        }

        @Override
        public long sensitivity() {
            return query.sensitivity();
        }

        @Override
        public long run(DocumentReader reader) {
            List<MetricSection> sections = new ArrayList<>();
            BsonDocument filter = Parameters.between("data.start_ts", query.from(), query.to());
            filter.append("metadata.key", new BsonString("analysis/cleaned_section"));
            reader.forEach(Find.in(COLLECTION).where(Filter.parse(filter)), document -> {
                try {
                    sections.add(MetricSection.of(document));
                } catch (MetricException e) {
                    // What some service wrote there is no section; it counts nothing and must not stop the query.
                    return;
                }
            });
            return query.contribution(sections).getOrDefault(mode, 0L);
        }
    }
}
