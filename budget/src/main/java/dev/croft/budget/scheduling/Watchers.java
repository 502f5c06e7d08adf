package dev.croft.budget.scheduling;

/**
 * The claims that watch one block. With epsilon and delta, a claim is in the tree of one coordinate it lacks. With
 * Rényi orders it is first in a single tree by its least normalized demand over the orders, which it cannot go below
 * at any order; only where that bound proves too weak is it in a tree for every order.
 */
final class Watchers {
    final WatchTree[] trees;
    boolean dirty = true;
    boolean marked;
    private final BlockAccount block;
    private final BlockAccount.Rule rule;
    private final double[] inverse;
    private double most;

    Watchers(BlockAccount block, BlockAccount.Rule rule) {
        this.block = block;
        this.rule = rule;
        int dimensions = block.total.length;
        trees = new WatchTree[rule == BlockAccount.Rule.ANY ? dimensions + 1 : dimensions];
        for (int i = 0; i < trees.length; i++) trees[i] = new WatchTree();
        inverse = new double[dimensions];
        for (int i = 0; i < dimensions; i++) inverse[i] = block.total[i] > 0 ? 1 / block.total[i] : 0;
    }

    /** Most that a claim in this tree may ask to be worth looking at. */
    double bound(int tree) {
        if (rule == BlockAccount.Rule.ALL)
            return block instanceof BlockAccount.Level level ? level.reach() : block.available[tree];
        if (tree < block.available.length) return block.available[tree];
        if (dirty) {
            double highest = Double.NEGATIVE_INFINITY;
            for (int i = 0; i < inverse.length; i++)
                if (inverse[i] > 0) highest = Math.max(highest, block.available[i] * inverse[i]);
            most = highest;
            dirty = false;
        }
        return most;
    }

    boolean offers(int tree, Waiting claim) {
        WatchTree.Node[] nodes = claim.watching;
        if (nodes == null || claim.blocks[claim.watchedBlock] != block) return false;
        if (nodes.length == 1) {
            boolean scalar = rule == BlockAccount.Rule.ANY;
            return (!scalar || tree == trees.length - 1) && nodes[0].demand <= bound(tree);
        }
        return tree < nodes.length && nodes[tree].demand <= bound(tree);
    }

    WatchTree.Node[] add(Waiting claim, double[] demand) {
        if (rule == BlockAccount.Rule.ALL) {
            int lacking = 0;
            while (lacking < demand.length - 1 && demand[lacking] <= bound(lacking)) lacking++;
            var node = new WatchTree.Node(claim, demand[lacking], lacking);
            trees[lacking].insert(node);
            return new WatchTree.Node[] {node};
        }
        if (!claim.precise) {
            var node = new WatchTree.Node(claim, leastNormalized(demand), trees.length - 1);
            trees[trees.length - 1].insert(node);
            return new WatchTree.Node[] {node};
        }
        var nodes = new WatchTree.Node[demand.length];
        for (int i = 0; i < demand.length; i++) {
            nodes[i] = new WatchTree.Node(claim, demand[i], i);
            trees[i].insert(nodes[i]);
        }
        return nodes;
    }

    void remove(WatchTree.Node[] nodes) {
        for (WatchTree.Node node : nodes) trees[node.tree].remove(node);
    }

    /** Multiplication by the same number rounds monotonically, so demand <= available carries over at every order. */
    private double leastNormalized(double[] demand) {
        double least = Double.POSITIVE_INFINITY;
        for (int i = 0; i < demand.length; i++) {
            if (inverse[i] > 0) least = Math.min(least, demand[i] * inverse[i]);
            // An order that costs nothing may fit a block that has nothing there.
            else if (demand[i] == 0) return Double.NEGATIVE_INFINITY;
        }
        return least;
    }
}
