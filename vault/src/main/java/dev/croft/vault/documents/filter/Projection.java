package dev.croft.vault.documents.filter;

import dev.croft.vault.documents.DocumentException.BadQuery;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.bson.BsonArray;
import org.bson.BsonDocument;
import org.bson.BsonValue;
import org.jspecify.annotations.Nullable;

/**
 * Which fields of a document to give: some, or all but some. {@code _id} comes along unless it is excluded. A dotted path goes through arrays
 * into their documents; elements that are not documents are left out by an inclusion and kept by an exclusion, as in MongoDB.
 */
public final class Projection {
    /** Gives documents as they are. */
    public static final Projection WHOLE = new Projection(false, new Node(new LinkedHashMap<>()));

    private static final int MAX_FIELDS = 1_000;

    private final boolean including;
    private final Node root;

    private Projection(boolean including, Node root) {
        this.including = including;
        this.root = root;
    }

    /** A field of the tree; without children it stands for everything below it. */
    private record Node(Map<String, Node> children) {
        boolean isLeaf() {
            return children.isEmpty();
        }
    }

    /**
     * Compiles {@code {"a": 1, "b.c": 1, "_id": 0}} or {@code {"a": 0}}; the empty document gives everything.
     *
     * @throws BadQuery if inclusion and exclusion are mixed, one path covers another, or a value is not a plain yes or no
     */
    public static Projection parse(BsonDocument projection) {
        List<FieldPath> included = new ArrayList<>();
        List<FieldPath> excluded = new ArrayList<>();
        boolean withId = true;
        Map<String, Boolean> flat = new LinkedHashMap<>();
        flatten("", projection, flat, 0);
        for (Map.Entry<String, Boolean> entry : flat.entrySet()) {
            if (entry.getKey().equals("_id")) {
                withId = entry.getValue();
            } else {
                (entry.getValue() ? included : excluded).add(FieldPath.parse(entry.getKey()));
            }
        }
        if (!included.isEmpty() && !excluded.isEmpty()) {
            throw new BadQuery(excluded.getFirst().toString(), "a projection includes or excludes, not both");
        }
        FieldPath id = new FieldPath(List.of("_id"));
        if (!included.isEmpty() || (excluded.isEmpty() && flat.containsKey("_id") && withId)) {
            if (withId) {
                included.add(id);
            }
            return new Projection(true, tree(included, true));
        }
        if (!withId) {
            excluded.add(id);
        }
        return excluded.isEmpty() ? WHOLE : new Projection(false, tree(excluded, true));
    }

    /** Gives these paths and nothing else, not even {@code _id}; a path below another one is covered by it. */
    public static Projection including(Collection<FieldPath> paths) {
        return new Projection(true, tree(paths, false));
    }

    private static void flatten(String prefix, BsonDocument document, Map<String, Boolean> into, int depth) {
        if (depth > FilterParser.MAX_DEPTH) {
            throw new BadQuery("projection", "a projection nests at most " + FilterParser.MAX_DEPTH + " deep");
        }
        for (Map.Entry<String, BsonValue> entry : document.entrySet()) {
            String path = prefix + entry.getKey();
            BsonValue value = entry.getValue();
            if (entry.getKey().startsWith("$")) {
                throw new BadQuery(
                        FieldPath.shorten(entry.getKey()), "unknown operator " + FieldPath.shorten(entry.getKey()));
            }
            switch (value.getBsonType()) {
                case BOOLEAN, INT32, INT64, DOUBLE -> {
                    if (into.put(path, FilterParser.truth(value)) != null || into.size() > MAX_FIELDS) {
                        throw new BadQuery(
                                FieldPath.shorten(path),
                                "a projection names each of at most " + MAX_FIELDS + " fields once");
                    }
                }
                case DOCUMENT -> flatten(path + ".", value.asDocument(), into, depth + 1);
                default -> throw new BadQuery(FieldPath.shorten(path), "a projection says 1 or 0 of a field");
            }
        }
    }

    private static Node tree(Collection<FieldPath> paths, boolean strict) {
        Map<String, FieldPath> ordered = new TreeMap<>();
        paths.forEach(path -> ordered.put(path.toString(), path));
        Node root = new Node(new LinkedHashMap<>());
        for (FieldPath path : ordered.values().stream()
                .sorted((a, b) -> Integer.compare(a.pieces().size(), b.pieces().size()))
                .toList()) {
            Node node = root;
            boolean fresh = false;
            for (String piece : path.pieces()) {
                if (node != root && node.isLeaf() && !fresh) {
                    if (strict) {
                        throw new BadQuery(path.toString(), "one path of the projection covers another");
                    }
                    node = null;
                    break;
                }
                Node next = node.children.get(piece);
                fresh = next == null;
                if (next == null) {
                    next = new Node(new LinkedHashMap<>());
                    node.children.put(piece, next);
                }
                node = next;
            }
        }
        return root;
    }

    /** Whether documents pass unchanged. */
    public boolean isWhole() {
        return !including && root.isLeaf();
    }

    /** The document's chosen part: a new document, or the same if nothing is left out. */
    public BsonDocument apply(BsonDocument document) {
        if (isWhole()) {
            return document;
        }
        return including ? include(document, root) : exclude(document, root);
    }

    private static BsonDocument include(BsonDocument document, Node node) {
        BsonDocument result = new BsonDocument();
        for (Map.Entry<String, BsonValue> entry : document.entrySet()) {
            Node child = node.children.get(entry.getKey());
            if (child != null) {
                BsonValue value = child.isLeaf() ? entry.getValue() : include(entry.getValue(), child);
                if (value != null) {
                    result.put(entry.getKey(), value);
                }
            }
        }
        return result;
    }

    private static @Nullable BsonValue include(BsonValue value, Node node) {
        return switch (value) {
            case BsonDocument inner -> include(inner, node);
            case BsonArray array -> {
                BsonArray kept = new BsonArray();
                for (BsonValue element : array) {
                    BsonValue part = include(element, node);
                    if (part != null) {
                        kept.add(part);
                    }
                }
                yield kept;
            }
            default -> null;
        };
    }

    private static BsonDocument exclude(BsonDocument document, Node node) {
        BsonDocument result = new BsonDocument();
        for (Map.Entry<String, BsonValue> entry : document.entrySet()) {
            Node child = node.children.get(entry.getKey());
            if (child == null) {
                result.put(entry.getKey(), entry.getValue());
            } else if (!child.isLeaf()) {
                result.put(entry.getKey(), exclude(entry.getValue(), child));
            }
        }
        return result;
    }

    private static BsonValue exclude(BsonValue value, Node node) {
        return switch (value) {
            case BsonDocument inner -> exclude(inner, node);
            case BsonArray array -> {
                BsonArray kept = new BsonArray();
                array.forEach(element -> kept.add(exclude(element, node)));
                yield kept;
            }
            default -> value;
        };
    }
}
