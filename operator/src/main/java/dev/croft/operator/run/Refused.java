package dev.croft.operator.run;

import dev.croft.operator.decide.SeenBlock;
import dev.croft.operator.decide.SeenClaim;
import dev.croft.operator.decide.Write;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * Resources for which the API server takes no status, such as those that were stored before their schema allowed less.
 * They are left as they are, so that one of them does not stop the others, until their description changes or some time
 * has passed. Thread-safe.
 */
final class Refused {
    private static final long RETRY_NANOS = TimeUnit.MINUTES.toNanos(5);

    private record Entry(String uid, Object spec, long since) {}

    private final Map<String, Entry> entries = new ConcurrentHashMap<>();

    void add(Write write) {
        add(write.isBlock(), write.id(), write.uid(), write.spec());
    }

    void add(SeenBlock block) {
        add(true, block.id(), block.uid(), block.spec());
    }

    private void add(boolean block, String id, String uid, Object spec) {
        entries.put(key(block, id), new Entry(uid, spec, System.nanoTime()));
    }

    int size() {
        return entries.size();
    }

    /** Whether it is time to try some again; they are forgotten. */
    boolean retry() {
        long now = System.nanoTime();
        return entries.values().removeIf(entry -> now - entry.since() > RETRY_NANOS);
    }

    SeenBlock check(SeenBlock block) {
        return is(key(true, block.id()), block.uid(), block.spec()) ? block.muted() : block;
    }

    SeenClaim check(SeenClaim claim) {
        return is(key(false, claim.id()), claim.uid(), claim.spec()) ? claim.muted() : claim;
    }

    private boolean is(String key, String uid, Object spec) {
        Entry entry = entries.get(key);
        return entry != null && entry.uid().equals(uid) && entry.spec().equals(spec);
    }

    private static String key(boolean block, String id) {
        return (block ? "block " : "claim ") + id;
    }
}
