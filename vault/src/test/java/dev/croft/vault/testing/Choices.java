package dev.croft.vault.testing;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Where a generator draws from. Every draw is recorded, so that a failing case can be shrunk by editing the list of
 * draws and generating again; smaller draws must therefore mean simpler values.
 */
public final class Choices {
    private final SplittableRandom random;
    private final long[] replay;
    private final boolean replaying;
    private final List<Long> drawn = new ArrayList<>();

    Choices(SplittableRandom random) {
        this.random = random;
        this.replay = new long[0];
        this.replaying = false;
    }

    Choices(long[] replay) {
        this.random = new SplittableRandom(0);
        this.replay = replay.clone();
        this.replaying = true;
    }

    /** A number in [0, bound). */
    public long below(long bound) {
        long value;
        if (!replaying) value = random.nextLong(bound);
        else value = drawn.size() < replay.length ? Math.min(replay[drawn.size()], bound - 1) : 0;
        drawn.add(value);
        return value;
    }

    /** A number in [low, high]. */
    public int between(int low, int high) {
        return low + (int) below(high - low + 1L);
    }

    public boolean chance(int percent) {
        return below(100) >= 100 - percent;
    }

    public <T> T oneOf(List<T> values) {
        return values.get((int) below(values.size()));
    }

    /** In [0, 1), with 2^30 steps. */
    public double unit() {
        return below(1L << 30) * 0x1p-30;
    }

    long[] drawn() {
        return drawn.stream().mapToLong(Long::longValue).toArray();
    }
}
