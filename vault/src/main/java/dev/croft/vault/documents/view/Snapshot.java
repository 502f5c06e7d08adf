package dev.croft.vault.documents.view;

import dev.croft.vault.documents.Index;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.h2.mvstore.Cursor;
import org.h2.mvstore.MVMap;
import org.h2.mvstore.RootReference;
import org.jspecify.annotations.Nullable;

/** One collection as it was at a moment. Thread-safe, iterators are not; to be closed, since it keeps old pages in the file. */
public final class Snapshot implements AutoCloseable {
    private final Tree documents;
    private final List<Index> declared;
    private final Map<Index, Tree> indexes;
    private final Collection<Index> several;
    private final Runnable release;
    private final AtomicBoolean closed = new AtomicBoolean();

    Snapshot(
            Tree documents,
            List<Index> declared,
            Map<Index, Tree> indexes,
            Collection<Index> several,
            Runnable release) {
        this.documents = documents;
        this.declared = declared;
        this.indexes = indexes;
        this.several = several;
        this.release = release;
    }

    /** A B-tree's root at the moment. */
    record Tree(MVMap<byte[], byte[]> map, RootReference<byte[], byte[]> root) {
        static Tree of(MVMap<byte[], byte[]> map) {
            return new Tree(map, map.flushAndGetRoot());
        }

        Cursor<byte[], byte[]> cursor(KeyRange range, boolean reverse) {
            return reverse
                    ? map.cursor(root, range.to(), range.from(), true)
                    : map.cursor(root, range.from(), range.to(), false);
        }
    }

    /**
     * A document that may match.
     *
     * @param key its ordered {@code _id}
     * @param document null where only the index was read
     */
    public record Candidate(byte[] key, byte @Nullable [] document) {}

    /** How a question is best answered here. */
    public Plan plan(Plan.Question question) {
        return Plan.choose(declared, several::contains, question);
    }

    /** The document's BSON; null if it is not there. */
    public byte @Nullable [] get(byte[] id) {
        return DocumentView.guarded(() -> documents.map.get(documents.root.root, id));
    }

    /** The candidates of a plan in its order, each once. */
    public Iterator<Candidate> candidates(Plan plan) {
        boolean once = plan.index().isPresent() && several.contains(plan.index().get());
        Tree tree = plan.index().isPresent()
                ? Objects.requireNonNull(indexes.get(plan.index().get()))
                : documents;
        return new Scan(tree, plan, once);
    }

    /** The key of the document that has this key in a unique index; null if none. */
    public byte @Nullable [] owner(Index index, byte[] key) {
        Tree tree = Objects.requireNonNull(indexes.get(index));
        return DocumentView.guarded(() -> {
            KeyRange range = KeyRange.startingWith(key);
            Cursor<byte[], byte[]> cursor = tree.cursor(range, false);
            if (!cursor.hasNext()) {
                return null;
            }
            byte[] entry = cursor.next();
            return range.contains(entry) ? IndexKeys.id(entry) : null;
        });
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            release.run();
        }
    }

    private static final class Scan implements Iterator<Candidate> {
        private final Tree tree;
        private final Plan plan;
        private final @Nullable Set<ByteBuffer> seen;
        private int range = -1;
        private @Nullable Cursor<byte[], byte[]> cursor;
        private @Nullable Candidate ready;

        Scan(Tree tree, Plan plan, boolean once) {
            this.tree = tree;
            this.plan = plan;
            this.seen = once ? new HashSet<>() : null;
        }

        @Override
        public boolean hasNext() {
            if (ready == null) {
                ready = DocumentView.guarded(this::advance);
            }
            return ready != null;
        }

        @Override
        public Candidate next() {
            if (!hasNext()) {
                throw new NoSuchElementException();
            }
            Candidate candidate = Objects.requireNonNull(ready);
            ready = null;
            return candidate;
        }

        private @Nullable Candidate advance() {
            List<KeyRange> ranges = plan.ranges();
            while (true) {
                if (cursor == null) {
                    if (++range >= ranges.size()) {
                        return null;
                    }
                    cursor = tree.cursor(current(), plan.reverse());
                }
                while (cursor.hasNext()) {
                    byte[] key = cursor.next();
                    // The cursor takes both ends as included.
                    if (!current().contains(key)) {
                        continue;
                    }
                    if (plan.index().isEmpty()) {
                        return new Candidate(key, cursor.getValue());
                    }
                    byte[] id = IndexKeys.id(key);
                    if (seen == null || seen.add(ByteBuffer.wrap(id))) {
                        return new Candidate(id, null);
                    }
                }
                cursor = null;
            }
        }

        private KeyRange current() {
            List<KeyRange> ranges = plan.ranges();
            return ranges.get(plan.reverse() ? ranges.size() - 1 - range : range);
        }
    }
}
