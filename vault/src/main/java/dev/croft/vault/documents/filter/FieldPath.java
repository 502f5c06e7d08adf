package dev.croft.vault.documents.filter;

import dev.croft.vault.documents.DocumentException.BadQuery;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiPredicate;
import org.bson.BsonArray;
import org.bson.BsonDocument;
import org.bson.BsonValue;
import org.jspecify.annotations.Nullable;

/**
 * A dotted path such as {@code data.loc.coordinates.0}. Walking it follows MongoDB: an array in the middle stands for each of
 * its sub-documents and, if the next piece is a number, for that element too.
 *
 * @param pieces the names between the dots; at least one, at most {@value #MAX_PIECES}
 */
public record FieldPath(List<String> pieces) {
    /** As deep as a document may be. */
    public static final int MAX_PIECES = 64;

    private static final int MAX_LENGTH = 1024;

    public FieldPath {
        pieces = List.copyOf(pieces);
    }

    /** @throws BadQuery if the text is empty, too long, has an empty piece, or a piece that starts with {@code $} */
    public static FieldPath parse(String text) {
        if (text.isEmpty() || text.length() > MAX_LENGTH || text.indexOf('\0') >= 0) {
            throw new BadQuery(
                    shorten(text), "a path has between 1 and " + MAX_LENGTH + " characters, none of them NUL");
        }
        String[] split = text.split("\\.", -1);
        if (split.length > MAX_PIECES) {
            throw new BadQuery(shorten(text), "a path has at most " + MAX_PIECES + " pieces");
        }
        for (String piece : split) {
            if (piece.isEmpty() || piece.charAt(0) == '$') {
                throw new BadQuery(
                        shorten(text), "a piece of a path is neither empty nor starts with $: " + shorten(text));
            }
        }
        return new FieldPath(List.of(split));
    }

    static String shorten(String text) {
        return text.length() <= 80 ? text : text.substring(0, 80) + "…";
    }

    /** Whether this path is {@code other} or lies below it. */
    public boolean within(FieldPath other) {
        return pieces.size() >= other.pieces.size()
                && pieces.subList(0, other.pieces.size()).equals(other.pieces);
    }

    /**
     * Offers each value that the path leads to, before any expansion of an array it ends in, until one is accepted. A path
     * that leads nowhere offers null once; a path through an array without sub-documents offers nothing.
     *
     * @param visit gets the value (null: missing) and whether it came from a numeric piece that named an element
     */
    boolean any(BsonDocument document, BiPredicate<@Nullable BsonValue, Boolean> visit) {
        return walk(document, 0, visit);
    }

    private boolean walk(BsonDocument document, int depth, BiPredicate<@Nullable BsonValue, Boolean> visit) {
        @Nullable BsonValue value = document.get(pieces.get(depth));
        int next = depth + 1;
        while (next < pieces.size()) {
            switch (value) {
                case BsonDocument inner -> value = inner.get(pieces.get(next++));
                case BsonArray array -> {
                    return walk(array, next, visit);
                }
                case null, default -> {
                    return visit.test(null, false);
                }
            }
        }
        return visit.test(value, false);
    }

    private boolean walk(BsonArray array, int depth, BiPredicate<@Nullable BsonValue, Boolean> visit) {
        int index = index(pieces.get(depth));
        boolean last = depth + 1 == pieces.size();
        for (int i = 0; i < array.size(); i++) {
            BsonValue element = array.get(i);
            if (element instanceof BsonDocument inner && walk(inner, depth, visit)) {
                return true;
            }
            if (i == index) {
                if (last) {
                    if (visit.test(element, true)) {
                        return true;
                    }
                } else if (element instanceof BsonDocument inner) {
                    if (walk(inner, depth + 1, visit)) {
                        return true;
                    }
                } else if (element instanceof BsonArray inner && walk(inner, depth + 1, visit)) {
                    return true;
                }
            }
        }
        return false;
    }

    /**
     * The values that indexes, sorting and distinct see: arrays at the end expanded into their elements, the array itself
     * only if it is empty or was named by a number. Null stands for missing.
     */
    public List<@Nullable BsonValue> leaves(BsonDocument document) {
        List<@Nullable BsonValue> found = new ArrayList<>(1);
        any(document, (value, named) -> {
            if (value instanceof BsonArray array && !named && !array.isEmpty()) {
                found.addAll(array);
            } else {
                found.add(value);
            }
            return false;
        });
        return found;
    }

    static int index(String piece) {
        if (piece.length() > 7 || (piece.length() > 1 && piece.charAt(0) == '0')) {
            return -1;
        }
        int index = 0;
        for (int i = 0; i < piece.length(); i++) {
            int digit = piece.charAt(i) - '0';
            if (digit < 0 || digit > 9) {
                return -1;
            }
            index = index * 10 + digit;
        }
        return index;
    }

    @Override
    public String toString() {
        return String.join(".", pieces);
    }
}
