package dev.croft.capsule.view;

import dev.croft.capsule.CapsuleException;
import dev.croft.capsule.Flaw;
import dev.croft.capsule.Position;
import dev.croft.capsule.codec.Malformed;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/**
 * An ordered map of bytes as it was at one checkpoint: a B-tree whose nodes are records, read when they are needed. It never
 * changes; the next checkpoint shares the nodes that stayed the same. Thread-safe.
 */
final class Tree {
    static final long EMPTY = -1;

    /** A key and its value. */
    record Entry(byte[] key, byte[] value) {}

    private final RecordLog log;
    private final NodeCache cache;
    private final long root;

    Tree(RecordLog log, NodeCache cache, long root) {
        this.log = log;
        this.cache = cache;
        this.root = root;
    }

    /** The root's record, or {@link #EMPTY}. */
    long root() {
        return root;
    }

    TreeNode node(long sequence) {
        TreeNode node = cache.get(sequence);
        if (node == null) {
            try {
                node = TreeNode.decode(sequence, log.body(sequence));
            } catch (Malformed e) {
                throw new CapsuleException.Damaged(Flaw.FRAME, new Position("tree", 0, sequence), e.getMessage());
            }
            cache.put(sequence, node);
        }
        return node;
    }

    private TreeNode childOf(TreeNode parent, int at) {
        TreeNode child = node(parent.child(at));
        if (child.level() != parent.level() - 1) {
            throw new CapsuleException.Damaged(
                    Flaw.FRAME, new Position("tree", 0, parent.child(at)), "a tree's node at the wrong level");
        }
        return child;
    }

    byte @Nullable [] get(byte[] key) {
        if (root == EMPTY) {
            return null;
        }
        TreeNode node = node(root);
        while (node.level() > 0) {
            node = childOf(node, node.route(key));
        }
        int at = node.search(key);
        return at < 0 ? null : node.values().get(at);
    }

    /** The entry with the greatest key that is at most this one, or below it. */
    @Nullable
    Entry floor(byte[] key, boolean inclusive) {
        return root == EMPTY ? null : floor(node(root), key, inclusive);
    }

    private @Nullable Entry floor(TreeNode node, byte[] key, boolean inclusive) {
        if (node.level() == 0) {
            int at = node.search(key);
            int found = at >= 0 ? (inclusive ? at : at - 1) : -at - 2;
            return found < 0
                    ? null
                    : new Entry(node.keys().get(found), node.values().get(found));
        }
        for (int at = node.route(key); at >= 0; at--) {
            Entry found = floor(childOf(node, at), key, inclusive);
            if (found != null) {
                return found;
            }
        }
        return null;
    }

    /** Entries from this key on, in order, read as they are asked for. */
    Iterator<Entry> from(byte[] key) {
        return new Walk(key);
    }

    private final class Walk implements Iterator<Entry> {
        private record Place(TreeNode node, int at) {}

        private final Deque<Place> path = new ArrayDeque<>();

        Walk(byte[] key) {
            if (root != EMPTY) {
                TreeNode node = node(root);
                while (node.level() > 0) {
                    int at = node.route(key);
                    path.push(new Place(node, at));
                    node = childOf(node, at);
                }
                int at = node.search(key);
                path.push(new Place(node, at >= 0 ? at : -at - 1));
                settle();
            }
        }

        private void settle() {
            while (!path.isEmpty() && path.element().at >= path.element().node.size()) {
                path.pop();
                if (!path.isEmpty()) {
                    Place parent = path.pop();
                    path.push(new Place(parent.node, parent.at + 1));
                    descend();
                }
            }
        }

        private void descend() {
            Place place = path.element();
            while (place.at < place.node.size() && place.node.level() > 0) {
                place = new Place(childOf(place.node, place.at), 0);
                path.push(place);
            }
        }

        @Override
        public boolean hasNext() {
            return !path.isEmpty();
        }

        @Override
        public Entry next() {
            if (path.isEmpty()) {
                throw new NoSuchElementException();
            }
            Place place = path.pop();
            path.push(new Place(place.node, place.at + 1));
            settle();
            return new Entry(
                    place.node.keys().get(place.at), place.node.values().get(place.at));
        }
    }
}
