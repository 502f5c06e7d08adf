package dev.croft.vault.documents.update;

import dev.croft.vault.documents.DocumentException.BadUpdate;
import dev.croft.vault.documents.filter.Condition;
import dev.croft.vault.documents.filter.FieldPath;
import java.util.List;
import org.bson.BsonDocument;
import org.bson.BsonValue;

/**
 * A compiled update: MongoDB's {@code $set $unset $inc $push} (with {@code $each}) {@code $addToSet $pull}, applied in that document's order. Any
 * other operator or modifier is refused by name. Immutable and safe to share.
 *
 * @param changes at least one; no path is or contains another's
 */
public record Update(List<Change> changes) {
    public Update {
        changes = List.copyOf(changes);
    }

    /** One operator at one path. */
    public sealed interface Change {
        FieldPath path();
    }

    /** {@code $set}: the field gets the value; missing documents on the way are made. */
    public record Set(FieldPath path, BsonValue value) implements Change {}

    /** {@code $unset}: the field goes; an array's element becomes null. */
    public record Unset(FieldPath path) implements Change {}

    /** {@code $inc}: the number grows; a missing one starts at 0. */
    public record Increment(FieldPath path, BsonValue by) implements Change {}

    /** {@code $push}: the values go to the array's end. */
    public record Push(FieldPath path, List<BsonValue> values) implements Change {}

    /** {@code $addToSet}: those of the values that the array does not hold go to its end. */
    public record AddToSet(FieldPath path, List<BsonValue> values) implements Change {}

    /** {@code $pull}: every element that meets the condition goes. */
    public record Pull(FieldPath path, Condition elements) implements Change {}

    /** @throws BadUpdate naming the operator or path that is not understood */
    public static Update parse(BsonDocument update) {
        return UpdateParser.parse(update);
    }

    /**
     * The updated document; the given one is not touched.
     *
     * @throws BadUpdate if a change does not fit the document (a number in the way of a path, {@code $inc} of a text, …) or changes {@code _id}
     */
    public BsonDocument apply(BsonDocument document) {
        return UpdateApplier.apply(this, document);
    }
}
