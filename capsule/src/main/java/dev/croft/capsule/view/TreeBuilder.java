package dev.croft.capsule.view;

import dev.croft.capsule.view.Tree.Entry;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;

/**
 * Makes the tree of the next checkpoint from that of the last one and what changed since: writes the nodes on the paths to
 * changed leaves, joins those that became small, and shares all others.
 */
final class TreeBuilder {
    private static final int NODE_BYTES = 4096;
    private static final int SMALL_BYTES = NODE_BYTES / 4;
    private static final int ENTRY_OVERHEAD = 8;

    private final Tree base;
    private final Journal journal;
    private final NodeCache cache;

    TreeBuilder(Tree base, Journal journal, NodeCache cache) {
        this.base = base;
        this.journal = journal;
        this.cache = cache;
    }

    /** Writes the new nodes; the new root's record, or {@link Tree#EMPTY}. An empty value takes the key away. */
    long build(NavigableMap<Key, Optional<byte[]>> changes) {
        int level = base.root() == Tree.EMPTY ? 0 : base.node(base.root()).level();
        List<Entry> entries =
                base.root() == Tree.EMPTY ? merge(List.of(), changes) : update(base.node(base.root()), changes);
        return finish(level, entries);
    }

    /** Writes every node anew, so that the tree needs none of the older records; the new root's record. */
    long rewrite(Iterator<Entry> all) {
        List<Entry> nodes = new ArrayList<>();
        List<Entry> run = new ArrayList<>();
        long bytes = 0;
        while (all.hasNext()) {
            Entry entry = all.next();
            run.add(entry);
            bytes += size(entry);
            if (bytes > 64L * NODE_BYTES) {
                nodes.addAll(write(0, run));
                run = new ArrayList<>();
                bytes = 0;
            }
        }
        nodes.addAll(write(0, run));
        return nodes.isEmpty() ? Tree.EMPTY : finish(1, nodes);
    }

    private long finish(int lowest, List<Entry> content) {
        int level = lowest;
        List<Entry> entries = content;
        while (level > 0 && entries.size() == 1) {
            // The tree became flatter: its only child is the root.
            long only = TreeNode.target(entries.getFirst().value());
            TreeNode child = base.node(only);
            if (child.level() == 0 || child.size() > 1) {
                return only;
            }
            level = child.level();
            entries = entries(child);
        }
        if (entries.isEmpty()) {
            return Tree.EMPTY;
        }
        List<Entry> nodes = write(level, entries);
        while (nodes.size() > 1) {
            nodes = write(++level, nodes);
        }
        return TreeNode.target(nodes.getFirst().value());
    }

    /** The content of what replaces this node, not yet cut into nodes. */
    private List<Entry> update(TreeNode node, NavigableMap<Key, Optional<byte[]>> changes) {
        if (node.level() == 0) {
            return merge(entries(node), changes);
        }
        List<Entry> out = new ArrayList<>();
        List<Entry> run = new ArrayList<>();
        for (int i = 0; i < node.size(); i++) {
            NavigableMap<Key, Optional<byte[]>> own = slice(changes, node, i);
            boolean joins = !run.isEmpty() && bytes(run) < SMALL_BYTES;
            if (own.isEmpty() && !joins) {
                out.addAll(write(node.level() - 1, run));
                run = new ArrayList<>();
                out.add(new Entry(node.keys().get(i), node.values().get(i)));
            } else {
                TreeNode child = base.node(node.child(i));
                run.addAll(own.isEmpty() ? entries(child) : update(child, own));
            }
        }
        out.addAll(write(node.level() - 1, run));
        return out;
    }

    private static NavigableMap<Key, Optional<byte[]>> slice(
            NavigableMap<Key, Optional<byte[]>> changes, TreeNode node, int child) {
        NavigableMap<Key, Optional<byte[]>> slice =
                child == 0 ? changes : changes.tailMap(new Key(node.keys().get(child)), true);
        return child == node.size() - 1
                ? slice
                : slice.headMap(new Key(node.keys().get(child + 1)), false);
    }

    private static List<Entry> merge(List<Entry> entries, NavigableMap<Key, Optional<byte[]>> changes) {
        List<Entry> merged = new ArrayList<>(entries.size() + changes.size());
        int at = 0;
        for (Map.Entry<Key, Optional<byte[]>> change : changes.entrySet()) {
            byte[] key = change.getKey().bytes();
            while (at < entries.size() && Arrays.compareUnsigned(entries.get(at).key(), key) < 0) {
                merged.add(entries.get(at++));
            }
            if (at < entries.size() && Arrays.equals(entries.get(at).key(), key)) {
                at++;
            }
            change.getValue().ifPresent(value -> merged.add(new Entry(key, value)));
        }
        merged.addAll(entries.subList(at, entries.size()));
        return merged;
    }

    /** Cuts entries into nodes of about the same size, writes them, and returns what their parent says of them. */
    private List<Entry> write(int level, List<Entry> entries) {
        List<Entry> references = new ArrayList<>();
        if (entries.isEmpty()) {
            return references;
        }
        int pieces = (int) Math.min((bytes(entries) + NODE_BYTES - 1) / NODE_BYTES, Math.max(1, entries.size() / 2));
        long target = bytes(entries) / pieces;
        int from = 0;
        long bytes = 0;
        for (int i = 0; i < entries.size(); i++) {
            bytes += size(entries.get(i));
            boolean enough = bytes >= target && i + 1 - from >= 2 && entries.size() - i - 1 >= 2;
            if (enough || i + 1 == entries.size() || i + 1 - from == 0xffff) {
                references.add(write(level, entries, from, i + 1));
                from = i + 1;
                bytes = 0;
            }
        }
        return references;
    }

    private Entry write(int level, List<Entry> entries, int from, int to) {
        List<byte[]> keys = new ArrayList<>(to - from);
        List<byte[]> values = new ArrayList<>(to - from);
        for (Entry entry : entries.subList(from, to)) {
            keys.add(entry.key());
            values.add(entry.value());
        }
        TreeNode node = new TreeNode(level, keys, values);
        long sequence = journal.submit(node::encode);
        cache.put(sequence, node);
        return new Entry(keys.getFirst(), TreeNode.reference(sequence));
    }

    private static List<Entry> entries(TreeNode node) {
        List<Entry> entries = new ArrayList<>(node.size());
        for (int i = 0; i < node.size(); i++) {
            entries.add(new Entry(node.keys().get(i), node.values().get(i)));
        }
        return entries;
    }

    private static long bytes(List<Entry> entries) {
        long bytes = 0;
        for (Entry entry : entries) {
            bytes += size(entry);
        }
        return bytes;
    }

    private static int size(Entry entry) {
        return ENTRY_OVERHEAD + entry.key().length + entry.value().length;
    }
}
