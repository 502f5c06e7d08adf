package dev.croft.mobility.pipeline;

/**
 * MT19937 (Matsumoto and Nishimura 1998) with doubles of 53 bits, as numpy's legacy {@code RandomState} draws them, so
 * that a seed gives the reference's sequence. Not for secrets.
 */
final class MersenneTwister {
    private static final int N = 624;
    private static final int M = 397;

    private final int[] state = new int[N];
    private int next = N;
    private long drawn;

    MersenneTwister(int seed) {
        state[0] = seed;
        for (int i = 1; i < N; i++) {
            int previous = state[i - 1];
            state[i] = 1812433253 * (previous ^ (previous >>> 30)) + i;
        }
    }

    /** How many doubles were drawn. */
    long drawn() {
        return drawn;
    }

    void skip(long doubles) {
        for (long i = 0; i < doubles; i++) {
            nextDouble();
        }
    }

    /** Uniform in [0, 1). */
    double nextDouble() {
        drawn++;
        long high = nextInt() >>> 5;
        long low = nextInt() >>> 6;
        return (high * 67108864.0 + low) / 9007199254740992.0;
    }

    private int nextInt() {
        if (next == N) {
            twist();
        }
        int y = state[next++];
        y ^= y >>> 11;
        y ^= (y << 7) & 0x9d2c5680;
        y ^= (y << 15) & 0xefc60000;
        return y ^ (y >>> 18);
    }

    private void twist() {
        for (int i = 0; i < N; i++) {
            int y = (state[i] & 0x80000000) | (state[(i + 1) % N] & 0x7fffffff);
            state[i] = state[(i + M) % N] ^ (y >>> 1) ^ ((y & 1) == 0 ? 0 : 0x9908b0df);
        }
        next = 0;
    }
}
