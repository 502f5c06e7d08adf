package dev.croft.vault.documents;

import dev.croft.vault.documents.filter.Condition;
import dev.croft.vault.documents.filter.FieldPath;
import dev.croft.vault.documents.filter.Filter;
import dev.croft.vault.documents.update.Update;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.bson.BsonDocument;
import org.bson.BsonValue;

/** What the kinds of writing decide, given the documents as they are: functions of a {@link WriteBatch}. */
final class Writes {
    private final String collection;
    private final ReadScope scope;
    private final Limits limits;

    Writes(String collection, ReadScope scope, Limits limits) {
        this.collection = collection;
        this.scope = scope;
        this.limits = limits;
    }

    /** A document that came in, checked as far as can be without looking at others. */
    sealed interface Incoming {
        record Fit(Validation.Checked checked) implements Incoming {}

        record Unfit(WriteOutcome.Refused refused) implements Incoming {}
    }

    Incoming check(BsonDocument document) {
        try {
            BsonDocument shallow = Validation.shallow(document, limits);
            refuseHidden(shallow);
            Validation.Checked checked = Validation.check(shallow, limits);
            refuseOutside(checked.document());
            return new Incoming.Fit(checked);
        } catch (DocumentException.BadDocument e) {
            return new Incoming.Unfit(new WriteOutcome.Refused(e.code(), String.valueOf(e.getMessage())));
        } catch (DocumentException.OutOfScope e) {
            return new Incoming.Unfit(new WriteOutcome.Refused("out-of-scope", String.valueOf(e.getMessage())));
        }
    }

    WriteOutcome insert(WriteBatch batch, Validation.Checked fit) {
        byte[] key = WriteBatch.key(fit.id());
        byte[] stored = batch.get(collection, key);
        if (stored != null) {
            return new WriteOutcome.AlreadyThere(fit.id(), Arrays.equals(stored, fit.bytes()));
        }
        return put(batch, key, fit, false);
    }

    WriteOutcome upsert(WriteBatch batch, Validation.Checked fit) {
        byte[] key = WriteBatch.key(fit.id());
        byte[] stored = batch.get(collection, key);
        if (stored == null) {
            return put(batch, key, fit, false);
        }
        if (Arrays.equals(stored, fit.bytes())) {
            return new WriteOutcome.AlreadyThere(fit.id(), true);
        }
        try {
            refuseReplacing(Query.decode(stored));
        } catch (DocumentException.OutOfScope e) {
            return new WriteOutcome.Refused("out-of-scope", String.valueOf(e.getMessage()));
        }
        return put(batch, key, fit, true);
    }

    private WriteOutcome put(WriteBatch batch, byte[] key, Validation.Checked fit, boolean replacing) {
        try {
            BsonValue rival = batch.rival(collection, key, fit.document());
            if (rival != null) {
                return new WriteOutcome.AlreadyThere(rival, false);
            }
            batch.put(collection, fit.id(), fit.bytes(), fit.document());
            return replacing ? new WriteOutcome.Replaced(fit.id()) : new WriteOutcome.Taken(fit.id());
        } catch (DocumentException.BadDocument e) {
            return new WriteOutcome.Refused(e.code(), String.valueOf(e.getMessage()));
        }
    }

    /** Puts the updated document in place; whether it changed. */
    boolean update(WriteBatch batch, Query.Hit hit, Update update) {
        if (scope.fields().isPresent()) {
            for (Update.Change change : update.changes()) {
                if (!scope.covers(change.path())) {
                    throw new DocumentException.OutOfScope(
                            change.path().toString(), "the field is not part of the grant");
                }
            }
        }
        return store(batch, hit, update.apply(Query.decode(hit.bytes())));
    }

    /** Puts the replacement, with the old {@code _id}, in place; whether it changed. */
    boolean replace(WriteBatch batch, Query.Hit hit, BsonDocument replacement) {
        BsonDocument old = Query.decode(hit.bytes());
        refuseReplacing(old);
        BsonDocument document = new BsonDocument();
        document.put("_id", Query.id(old));
        replacement.forEach((name, value) -> {
            if (!name.equals("_id")) {
                document.put(name, value);
            } else if (!Arrays.equals(WriteBatch.key(value), hit.key())) {
                throw new DocumentException.BadUpdate("_id", "a replacement does not change _id");
            }
        });
        refuseHidden(document);
        return store(batch, hit, document);
    }

    private boolean store(WriteBatch batch, Query.Hit hit, BsonDocument document) {
        Validation.Checked checked = Validation.check(document, limits);
        if (Arrays.equals(checked.bytes(), hit.bytes())) {
            return false;
        }
        refuseOutside(checked.document());
        refuseRival(batch, hit.key(), checked);
        batch.put(collection, checked.id(), checked.bytes(), checked.document());
        return true;
    }

    /** Makes the document that an upsert without a match asks for. */
    Optional<BsonValue> make(WriteBatch batch, BsonDocument document) {
        refuseHidden(document);
        Validation.Checked checked = Validation.check(document, limits);
        refuseOutside(checked.document());
        byte[] key = WriteBatch.key(checked.id());
        if (batch.get(collection, key) != null) {
            throw new DocumentException.BadDocument("duplicate", "a document with this _id is there");
        }
        refuseRival(batch, key, checked);
        batch.put(collection, checked.id(), checked.bytes(), checked.document());
        return Optional.of(checked.id());
    }

    private void refuseRival(WriteBatch batch, byte[] key, Validation.Checked checked) {
        if (batch.rival(collection, key, checked.document()) != null) {
            throw new DocumentException.BadDocument("duplicate", "another document has the values of a unique index");
        }
    }

    /** The fields that a filter fixes: what a document made by it starts with. */
    static BsonDocument fixedBy(Filter filter) {
        BsonDocument document = new BsonDocument();
        for (Filter part : filter.conjuncts()) {
            if (part instanceof Filter.Field(FieldPath path, Condition.Equal(var value))) {
                document = new Update(List.of(new Update.Set(path, value))).apply(document);
            }
        }
        return document;
    }

    private void refuseHidden(BsonDocument document) {
        if (scope.fields().isPresent() && !scope.visible(document).equals(document)) {
            throw new DocumentException.OutOfScope(
                    "document", "the document has fields that are not part of the grant");
        }
    }

    private void refuseOutside(BsonDocument document) {
        if (!scope.mandatory().matches(document)) {
            throw new DocumentException.OutOfScope("document", "the document is not among those of the grant");
        }
    }

    private void refuseReplacing(BsonDocument stored) {
        refuseOutside(stored);
        if (scope.fields().isPresent() && !scope.visible(stored).equals(stored)) {
            throw new DocumentException.OutOfScope(
                    "document", "the stored document has fields that are not part of the grant");
        }
    }
}
