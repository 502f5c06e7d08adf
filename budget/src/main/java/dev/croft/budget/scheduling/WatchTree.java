package dev.croft.budget.scheduling;

import org.jspecify.annotations.Nullable;

/**
 * Waiting claims in scheduling order, each with a demand, searchable for "the next in order that asks at most x" in
 * logarithmic time: a treap whose nodes know the least demand below them.
 */
final class WatchTree {
    static final class Node {
        final Waiting waiting;
        final double demand;
        final int tree;
        final int priority;
        double least;

        @Nullable
        Node left;

        @Nullable
        Node right;

        Node(Waiting waiting, double demand, int tree) {
            this.waiting = waiting;
            this.tree = tree;
            this.demand = demand;
            this.least = demand;
            // A hash in place of a random number keeps runs identical.
            long mixed = (waiting.arrival + 0x9E3779B97F4A7C15L) * 0xBF58476D1CE4E5B9L;
            this.priority = (int) ((mixed ^ (mixed >>> 29)) * 0x94D049BB133111EBL >>> 32);
        }

        private void refresh() {
            double smallest = demand;
            if (left != null && left.least < smallest) smallest = left.least;
            if (right != null && right.least < smallest) smallest = right.least;
            least = smallest;
        }
    }

    private @Nullable Node root;

    boolean isEmpty() {
        return root == null;
    }

    void insert(Node node) {
        node.left = null;
        node.right = null;
        node.least = node.demand;
        root = insert(root, node);
    }

    void remove(Node node) {
        root = remove(root, node);
    }

    /** The first claim after {@code cursor} in scheduling order whose demand is at most {@code bound}. */
    @Nullable
    Waiting next(@Nullable Waiting cursor, double bound) {
        Node found = find(root, cursor, bound);
        return found == null ? null : found.waiting;
    }

    private static @Nullable Node find(@Nullable Node node, @Nullable Waiting cursor, double bound) {
        while (node != null && node.least <= bound) {
            if (cursor != null && node.waiting.compareTo(cursor) <= 0) {
                node = node.right;
                continue;
            }
            Node left = find(node.left, cursor, bound);
            if (left != null) return left;
            if (node.demand <= bound) return node;
            node = node.right;
            cursor = null;
        }
        return null;
    }

    private static Node insert(@Nullable Node at, Node node) {
        if (at == null) return node;
        if (node.waiting.compareTo(at.waiting) < 0) {
            Node left = insert(at.left, node);
            at.left = left;
            if (left.priority > at.priority) {
                at.left = left.right;
                left.right = at;
                at.refresh();
                left.refresh();
                return left;
            }
        } else {
            Node right = insert(at.right, node);
            at.right = right;
            if (right.priority > at.priority) {
                at.right = right.left;
                right.left = at;
                at.refresh();
                right.refresh();
                return right;
            }
        }
        at.refresh();
        return at;
    }

    private static @Nullable Node remove(@Nullable Node at, Node node) {
        if (at == null) throw new IllegalStateException("not in this tree: " + node.waiting.claim);
        if (at == node) return merge(at.left, at.right);
        if (node.waiting.compareTo(at.waiting) < 0) at.left = remove(at.left, node);
        else at.right = remove(at.right, node);
        at.refresh();
        return at;
    }

    private static @Nullable Node merge(@Nullable Node low, @Nullable Node high) {
        if (low == null) return high;
        if (high == null) return low;
        if (low.priority > high.priority) {
            low.right = merge(low.right, high);
            low.refresh();
            return low;
        }
        high.left = merge(low, high.left);
        high.refresh();
        return high;
    }
}
