package dev.croft.router.http;

import dev.croft.router.RouterException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * Token buckets, one for each key. It remembers a bounded number of keys and forgets the least recently used, which is a full
 * bucket again: an attacker with more addresses than that gains a burst for each, not memory. Thread-safe.
 */
final class RateLimiter {

    private static final int KEYS = 100_000;

    private final double perSecond;
    private final double burst;
    private final LongSupplier nanoTime;
    private final Map<String, Bucket> buckets = new LinkedHashMap<>(64, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Bucket> eldest) {
            return size() > KEYS;
        }
    };

    private static final class Bucket {
        double level;
        long at;
    }

    /**
     * @param perSecond how fast a bucket fills
     * @param burst how much it holds
     */
    RateLimiter(double perSecond, double burst, LongSupplier nanoTime) {
        this.perSecond = perSecond;
        this.burst = burst;
        this.nanoTime = nanoTime;
    }

    /**
     * Takes one from the key's bucket.
     *
     * @throws RouterException.TooMany when it is empty, with the time until it is not
     */
    void take(String key) {
        long now = nanoTime.getAsLong();
        synchronized (buckets) {
            Bucket bucket = buckets.get(key);
            if (bucket == null) {
                bucket = new Bucket();
                bucket.level = burst;
                bucket.at = now;
                buckets.put(key, bucket);
            }
            bucket.level = Math.min(burst, bucket.level + (now - bucket.at) / 1e9 * perSecond);
            bucket.at = now;
            if (bucket.level < 1) {
                throw new RouterException.TooMany(
                        Duration.ofMillis((long) Math.ceil((1 - bucket.level) / perSecond * 1000)));
            }
            bucket.level -= 1;
        }
    }
}
