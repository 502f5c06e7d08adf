package dev.croft.capsule.view;

import dev.croft.capsule.view.Tree.Entry;
import java.util.Iterator;
import java.util.Map;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/** A tree's entries with what changed since laid over them, in order. */
final class MergedEntries implements Iterator<Map.Entry<byte[], byte[]>> {
    private final Iterator<Entry> stored;
    private final Iterator<Map.Entry<Key, Versions>> recent;
    private final long size;
    private @Nullable Entry nextStored;
    private Map.@Nullable Entry<Key, Versions> nextRecent;
    private Map.@Nullable Entry<byte[], byte[]> next;

    MergedEntries(Iterator<Entry> stored, Iterator<Map.Entry<Key, Versions>> recent, long size) {
        this.stored = stored;
        this.recent = recent;
        this.size = size;
        stepStored();
        stepRecent();
        settle();
    }

    private void stepStored() {
        nextStored = stored.hasNext() ? stored.next() : null;
    }

    private void stepRecent() {
        nextRecent = null;
        while (nextRecent == null && recent.hasNext()) {
            Map.Entry<Key, Versions> entry = recent.next();
            if (entry.getValue().changed(size)) {
                nextRecent = entry;
            }
        }
    }

    private void settle() {
        next = null;
        while (next == null && (nextStored != null || nextRecent != null)) {
            Entry old = nextStored;
            Map.Entry<Key, Versions> change = nextRecent;
            int order = change == null ? -1 : old == null ? 1 : new Key(old.key()).compareTo(change.getKey());
            if (order < 0 && old != null) {
                next = Map.entry(old.key(), old.value());
                stepStored();
            } else if (change != null) {
                byte[] value = change.getValue().value(size);
                if (value != null) {
                    next = Map.entry(change.getKey().bytes(), value);
                }
                stepRecent();
                if (order == 0) {
                    stepStored();
                }
            }
        }
    }

    @Override
    public boolean hasNext() {
        return next != null;
    }

    @Override
    public Map.Entry<byte[], byte[]> next() {
        Map.Entry<byte[], byte[]> entry = next;
        if (entry == null) {
            throw new NoSuchElementException();
        }
        settle();
        return entry;
    }
}
