package dev.croft.vault.documents;

import dev.croft.vault.documents.filter.FieldPath;
import dev.croft.vault.documents.filter.Filter;
import dev.croft.vault.documents.filter.Projection;
import java.util.Collection;
import java.util.Optional;
import java.util.Set;
import org.bson.BsonDocument;

/**
 * What a grant lets its holder see and choose documents by. Only documents that match the mandatory filter exist for the holder, and of
 * these only the visible fields: the holder's own filter, sort, distinct and {@code $near} are evaluated on the documents as the holder would get them, so
 * nothing can be learnt of a hidden field by asking about it. Naming a hidden field is refused besides.
 *
 * <p>The same scope bounds writing: what is inserted, updated, replaced or deleted has to be visible before and after.
 *
 * @param collections the collections that exist for the holder; empty: all
 * @param mandatory which documents exist for the holder; evaluated on whole documents
 * @param fields the visible paths with everything below them, {@code _id} only if named; empty: all
 */
public record ReadScope(Optional<Set<String>> collections, Filter mandatory, Optional<Set<FieldPath>> fields) {
    /** Everything: the owner's own scope. */
    public static final ReadScope ALL = new ReadScope(Optional.empty(), Filter.EVERYTHING, Optional.empty());

    private static final FieldPath ID = FieldPath.parse("_id");

    public ReadScope {
        collections = collections.map(Set::copyOf);
        fields = fields.map(Set::copyOf);
        if (mandatory.near().isPresent()) {
            throw new DocumentException.BadQuery("$near", "a scope's filter has no $near");
        }
    }

    /** This scope for these collections only. */
    public ReadScope onlyCollections(Collection<String> names) {
        return new ReadScope(Optional.of(Set.copyOf(names)), mandatory, fields);
    }

    /** This scope for documents that match, in addition to what it asks already. */
    public ReadScope onlyWhere(Filter filter) {
        return new ReadScope(collections, mandatory.and(filter), fields);
    }

    /** This scope with these paths visible. */
    public ReadScope onlyFields(Collection<FieldPath> paths) {
        return new ReadScope(collections, mandatory, Optional.of(Set.copyOf(paths)));
    }

    void admit(String collection) {
        if (collections.isPresent() && !collections.get().contains(collection)) {
            throw new DocumentException.OutOfScope(collection, "the collection is not part of the grant");
        }
    }

    /** Refuses paths of which nothing is visible. A path above a visible one stays allowed: only its visible part is seen. */
    void admit(Iterable<FieldPath> paths) {
        if (fields.isPresent()) {
            for (FieldPath path : paths) {
                if (fields.get().stream().noneMatch(visible -> path.within(visible) || visible.within(path))) {
                    throw new DocumentException.OutOfScope(path.toString(), "the field is not part of the grant");
                }
            }
        }
    }

    /** Whether the value at the path is seen whole, so that an index over it may be used for the holder's conditions. */
    boolean covers(FieldPath path) {
        return fields.isEmpty() || fields.get().stream().anyMatch(path::within);
    }

    boolean showsId() {
        return covers(ID);
    }

    /** Cuts a document down to what is visible. */
    Projection visible() {
        return fields.map(Projection::including).orElse(Projection.WHOLE);
    }

    BsonDocument visible(BsonDocument document) {
        return visible().apply(document);
    }
}
