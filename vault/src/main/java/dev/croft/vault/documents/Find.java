package dev.croft.vault.documents;

import dev.croft.vault.documents.filter.Filter;
import dev.croft.vault.documents.filter.Projection;
import dev.croft.vault.documents.filter.Sort;

/**
 * A question for documents.
 *
 * @param skip how many to leave out from the start
 * @param limit how many to give at most; 0 for all
 */
public record Find(String collection, Filter filter, Projection projection, Sort sort, long skip, long limit) {
    public Find {
        if (skip < 0 || limit < 0) {
            throw new DocumentException.BadQuery(skip < 0 ? "skip" : "limit", "skip and limit are not negative");
        }
    }

    /** All documents of a collection. */
    public static Find in(String collection) {
        return new Find(collection, Filter.EVERYTHING, Projection.WHOLE, Sort.NONE, 0, 0);
    }

    public Find where(Filter filter) {
        return new Find(collection, filter, projection, sort, skip, limit);
    }

    public Find giving(Projection projection) {
        return new Find(collection, filter, projection, sort, skip, limit);
    }

    public Find by(Sort sort) {
        return new Find(collection, filter, projection, sort, skip, limit);
    }

    public Find skip(long skip) {
        return new Find(collection, filter, projection, sort, skip, limit);
    }

    public Find limit(long limit) {
        return new Find(collection, filter, projection, sort, skip, limit);
    }
}
