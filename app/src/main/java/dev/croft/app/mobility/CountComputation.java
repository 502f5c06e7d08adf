package dev.croft.app.mobility;

import dev.croft.mobility.count.PresenceQuery;
import dev.croft.mobility.count.Region;
import dev.croft.mobility.count.RegionException;
import dev.croft.mobility.entry.EntryKey;
import dev.croft.vault.api.Span;
import dev.croft.vault.documents.Find;
import dev.croft.vault.documents.Schema;
import dev.croft.vault.documents.filter.Filter;
import dev.croft.vault.spi.Computation;
import dev.croft.vault.spi.DocumentReader;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.bson.BsonDocument;
import org.bson.BsonString;

/**
 * How many people were in an area: each contributes 1 if any of their locations lies there in the interval, else 0.
 *
 * <p>Parameters: {@code region}, a GeoJSON Polygon or MultiPolygon; {@code from} and {@code to}, epoch seconds.
 */
public final class CountComputation implements Computation {
    /** What grants and queries call it. */
    public static final String NAME = "count";

    private static final Set<String> PARAMETERS = Set.of("region", "from", "to");

    private final String digest;

    /** @param digest of the installation's code */
    public CountComputation(String digest) {
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
        try {
            return new InArea(new PresenceQuery(
                    Region.of(Parameters.document(params, "region")),
                    Parameters.number(params, "from"),
                    Parameters.number(params, "to")));
        } catch (RegionException e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        }
    }

    private record InArea(PresenceQuery query) implements Prepared {
        @Override
        public Span span() {
            return new Span(query.from(), query.to());
        }

        @Override
        public Set<String> collections() {
            return Set.of(Schema.ENTRIES);
        }

        @Override
        public long sensitivity() {
            return PresenceQuery.SENSITIVITY;
        }

        @Override
        public long run(DocumentReader reader) {
            AtomicBoolean present = new AtomicBoolean();
            for (String key : new String[] {EntryKey.LOCATION, EntryKey.FILTERED_LOCATION}) {
                BsonDocument filter = Parameters.between("data.ts", query.from(), query.to());
                filter.append("metadata.key", new BsonString(key));
                reader.forEach(
                        Find.in(Schema.ENTRIES).where(Filter.parse(filter)),
                        location -> present.compareAndSet(false, query.matches(location)));
            }
            return present.get() ? 1 : 0;
        }
    }
}
