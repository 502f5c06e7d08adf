package dev.croft.vault;

import dev.croft.vault.api.OwnerKey;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** An owner's key that leaves a host: nothing is opened with it until it is taken back. Changed by whoever holds its private cloud's lock for writing. */
final class AsideKey {
    private volatile @Nullable Held held;

    /** @param moveTo hosts that it may move to */
    record Held(OwnerKey key, List<String> moveTo, Instant since) {}

    boolean isThere() {
        return held != null;
    }

    /** Puts one aside; another that lay there is forgotten. */
    void put(OwnerKey key, List<String> moveTo, Instant now) {
        forget();
        held = new Held(key, moveTo, now);
    }

    /** What lies there, which is the caller's now. */
    @Nullable
    Held take() {
        Held was = held;
        held = null;
        return was;
    }

    void forget() {
        Held was = take();
        if (was != null) {
            was.key().destroy();
        }
    }

    /** Forgets one that was put aside by then. */
    void forget(Instant then) {
        Held was = held;
        if (was != null && !was.since().isAfter(then)) {
            forget();
        }
    }
}
