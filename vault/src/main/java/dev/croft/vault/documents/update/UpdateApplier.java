package dev.croft.vault.documents.update;

import dev.croft.vault.documents.DocumentException.BadUpdate;
import dev.croft.vault.documents.filter.BsonOrder;
import dev.croft.vault.documents.filter.Condition;
import dev.croft.vault.documents.filter.FieldPath;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.List;
import java.util.function.UnaryOperator;
import org.bson.BsonArray;
import org.bson.BsonDecimal128;
import org.bson.BsonDocument;
import org.bson.BsonDouble;
import org.bson.BsonInt32;
import org.bson.BsonInt64;
import org.bson.BsonNull;
import org.bson.BsonType;
import org.bson.BsonValue;
import org.bson.types.Decimal128;
import org.jspecify.annotations.Nullable;

/** Applies the changes of an {@link Update} to a copy of a document. */
final class UpdateApplier {
    /** An array grows by a numbered path to at most this many elements. */
    private static final int MAX_INDEX = 10_000;

    private UpdateApplier() {}

    static BsonDocument apply(Update update, BsonDocument original) {
        BsonDocument document = original.clone();
        for (Update.Change change : update.changes()) {
            switch (change) {
                case Update.Set(var path, var value) -> put(document, path, _ -> copy(value));
                case Update.Unset(var path) -> unset(document, path);
                case Update.Increment(var path, var by) -> put(document, path, old -> sum(path, old, by));
                case Update.Push(var path, var values) -> put(document, path, old -> pushed(path, old, values));
                case Update.AddToSet(var path, var values) -> put(document, path, old -> added(path, old, values));
                case Update.Pull(var path, var elements) -> pull(document, path, elements);
            }
        }
        BsonValue id = original.get("_id");
        BsonValue now = document.get("_id");
        if (id != null && (now == null || !BsonOrder.same(id, now))) {
            throw new BadUpdate("_id", "an update does not change _id");
        }
        return document;
    }

    /** Sets the value at the path to a function of the old one (BSON null's absence is Java's null), making documents on the way. */
    private static void put(BsonDocument document, FieldPath path, UnaryOperator<@Nullable BsonValue> change) {
        BsonValue at = document;
        List<String> pieces = path.pieces();
        for (int i = 0; i < pieces.size(); i++) {
            String piece = pieces.get(i);
            boolean last = i + 1 == pieces.size();
            BsonValue old = child(at, piece, path);
            BsonValue next = last ? change.apply(old) : old == null ? new BsonDocument() : old;
            if (next == null) {
                throw new IllegalStateException("a change gave no value");
            }
            if (last || old == null) {
                replaceChild(at, piece, next);
            }
            at = next;
        }
    }

    private static @Nullable BsonValue child(BsonValue at, String piece, FieldPath path) {
        return switch (at) {
            case BsonDocument document -> document.get(piece);
            case BsonArray array -> {
                int index = index(piece);
                if (index < 0) {
                    throw new BadUpdate(path.toString(), "the path needs a position in the array before " + piece);
                }
                yield index < array.size() ? array.get(index) : null;
            }
            default -> throw new BadUpdate(path.toString(), "the path leads through a value that has no fields");
        };
    }

    private static void replaceChild(BsonValue at, String piece, BsonValue value) {
        if (at instanceof BsonArray array) {
            int index = index(piece);
            while (array.size() <= index) {
                array.add(BsonNull.VALUE);
            }
            array.set(index, value);
        } else {
            at.asDocument().put(piece, value);
        }
    }

    private static int index(String piece) {
        if (piece.isEmpty() || piece.length() > 5 || !piece.chars().allMatch(c -> c >= '0' && c <= '9')) {
            return -1;
        }
        int index = Integer.parseInt(piece);
        return index <= MAX_INDEX ? index : -1;
    }

    /** The value that holds the path's last piece; null if the path leads nowhere. */
    private static @Nullable BsonValue parent(BsonDocument document, FieldPath path) {
        BsonValue at = document;
        for (String piece : path.pieces().subList(0, path.pieces().size() - 1)) {
            at = existing(at, piece);
            if (at == null) {
                return null;
            }
        }
        return at;
    }

    private static @Nullable BsonValue existing(BsonValue at, String piece) {
        return switch (at) {
            case BsonDocument document -> document.get(piece);
            case BsonArray array -> {
                int index = index(piece);
                yield index >= 0 && index < array.size() ? array.get(index) : null;
            }
            default -> null;
        };
    }

    private static void unset(BsonDocument document, FieldPath path) {
        String last = path.pieces().getLast();
        BsonValue parent = parent(document, path);
        if (parent instanceof BsonDocument fields) {
            fields.remove(last);
        } else if (parent instanceof BsonArray array && existing(array, last) != null) {
            array.set(index(last), BsonNull.VALUE);
        }
    }

    private static void pull(BsonDocument document, FieldPath path, Condition elements) {
        BsonValue parent = parent(document, path);
        BsonValue value = parent == null ? null : existing(parent, path.pieces().getLast());
        if (value != null) {
            array(path, value).removeIf(element -> elements.test(new BsonArray(List.of(element))));
        }
    }

    private static BsonArray array(FieldPath path, BsonValue value) {
        if (value instanceof BsonArray array) {
            return array;
        }
        throw new BadUpdate(path.toString(), "there is no array at " + path);
    }

    private static BsonValue pushed(FieldPath path, @Nullable BsonValue old, List<BsonValue> values) {
        BsonArray array = old == null ? new BsonArray() : array(path, old);
        values.forEach(value -> array.add(copy(value)));
        return array;
    }

    private static BsonValue added(FieldPath path, @Nullable BsonValue old, List<BsonValue> values) {
        BsonArray array = old == null ? new BsonArray() : array(path, old);
        for (BsonValue value : values) {
            if (array.stream().noneMatch(held -> BsonOrder.same(held, value))) {
                array.add(copy(value));
            }
        }
        return array;
    }

    /** An update is shared by many documents; what it puts into one must not be reachable from another. */
    private static BsonValue copy(BsonValue value) {
        return switch (value) {
            case BsonDocument document -> document.clone();
            case BsonArray array -> array.clone();
            default -> value;
        };
    }

    private static BsonValue sum(FieldPath path, @Nullable BsonValue old, BsonValue by) {
        if (old == null) {
            return by;
        }
        if (!old.isNumber()) {
            throw new BadUpdate(path.toString(), "there is no number at " + path);
        }
        if (old.getBsonType() == BsonType.DECIMAL128 || by.getBsonType() == BsonType.DECIMAL128) {
            return decimalSum(path, old, by);
        }
        if (old.getBsonType() == BsonType.DOUBLE || by.getBsonType() == BsonType.DOUBLE) {
            return new BsonDouble(old.asNumber().doubleValue() + by.asNumber().doubleValue());
        }
        try {
            long sum = Math.addExact(old.asNumber().longValue(), by.asNumber().longValue());
            return old.isInt32() && by.isInt32() && sum == (int) sum ? new BsonInt32((int) sum) : new BsonInt64(sum);
        } catch (ArithmeticException _) {
            throw new BadUpdate(path.toString(), "the sum at " + path + " does not fit 64 bits");
        }
    }

    private static BsonValue decimalSum(FieldPath path, BsonValue a, BsonValue b) {
        try {
            BigDecimal sum = decimal(a).add(decimal(b), MathContext.DECIMAL128);
            return new BsonDecimal128(new Decimal128(sum));
        } catch (ArithmeticException | NumberFormatException _) {
            throw new BadUpdate(path.toString(), "the sum at " + path + " is not a finite decimal");
        }
    }

    private static BigDecimal decimal(BsonValue number) {
        return switch (number.getBsonType()) {
            case DECIMAL128 -> number.asDecimal128().getValue().bigDecimalValue();
            case DOUBLE -> new BigDecimal(number.asDouble().getValue(), MathContext.DECIMAL128);
            default -> BigDecimal.valueOf(number.asNumber().longValue());
        };
    }
}
