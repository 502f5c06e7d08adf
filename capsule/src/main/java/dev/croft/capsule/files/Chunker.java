package dev.croft.capsule.files;

import java.util.SplittableRandom;

/**
 * Cuts content where the content itself says, so that equal stretches of different files, or of one file before and after
 * an insertion, become equal chunks: FastCDC with normalised chunking (Xia et al., USENIX ATC 2016). Chunks have 16 to 256 KiB,
 * about 64 on average. Where it cuts is no part of the format.
 */
final class Chunker {
    static final int LEAST = 16 << 10;
    static final int MOST = 256 << 10;
    private static final int NORMAL = 64 << 10;
    private static final long STRICT = spread(18);
    private static final long LOOSE = spread(14);
    private static final long[] GEAR =
            new SplittableRandom(0x9e3779b97f4a7c15L).longs(256).toArray();

    private Chunker() {}

    /** A mask of this many bits, spread over the upper half so that 64 bytes decide. */
    private static long spread(int bits) {
        long mask = 0;
        for (int i = 0; i < bits; i++) {
            mask |= 1L << (63 - i * 48 / bits);
        }
        return mask;
    }

    /** The length of the chunk that these bytes begin with; all of them when they go on without a cut. */
    static int cut(byte[] content, int from, int to) {
        int limit = Math.min(to, from + MOST);
        int normal = Math.min(limit, from + NORMAL);
        long hash = 0;
        int at = Math.min(limit, from + LEAST);
        for (; at < normal; at++) {
            hash = (hash << 1) + GEAR[content[at] & 0xff];
            if ((hash & STRICT) == 0) {
                return at + 1 - from;
            }
        }
        for (; at < limit; at++) {
            hash = (hash << 1) + GEAR[content[at] & 0xff];
            if ((hash & LOOSE) == 0) {
                return at + 1 - from;
            }
        }
        return limit - from;
    }
}
