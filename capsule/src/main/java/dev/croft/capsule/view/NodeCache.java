package dev.croft.capsule.view;

import java.util.Iterator;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Decoded nodes, bounded by their number; when it is reached some go, whichever come first. Thread-safe. */
final class NodeCache {
    private static final int MOST_NODES = 1 << 14;

    private final Map<Long, TreeNode> nodes = new ConcurrentHashMap<>();
    private final AtomicInteger count = new AtomicInteger();

    @Nullable
    TreeNode get(long sequence) {
        return nodes.get(sequence);
    }

    void put(long sequence, TreeNode node) {
        if (nodes.put(sequence, node) == null && count.incrementAndGet() > MOST_NODES) {
            Iterator<Map.Entry<Long, TreeNode>> some = nodes.entrySet().iterator();
            for (int i = 0; i < MOST_NODES / 8 && some.hasNext(); i++) {
                // Inner nodes are few, and every look-up passes them.
                if (some.next().getValue().level() == 0) {
                    some.remove();
                    count.decrementAndGet();
                }
            }
        }
    }
}
