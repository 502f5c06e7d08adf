package dev.croft.budget.simulation;

/**
 * Python's {@code random.Random(seed)}: the Mersenne Twister (Matsumoto and Nishimura 1998) and the few of its methods
 * that PrivateKube's simulator draws workloads with, so that a reference configuration gives the reference's claims.
 */
final class PythonRandom {
    private static final int N = 624;
    private static final int M = 397;

    private final int[] state = new int[N];
    private int index = N;

    /** @param seed not negative, below 2^32 */
    PythonRandom(long seed) {
        seedArray((int) seed);
    }

    /** init_by_array of the original with the one-word key that Python makes of a small integer. */
    private void seedArray(int key) {
        state[0] = 19650218;
        for (int i = 1; i < N; i++) state[i] = 1812433253 * (state[i - 1] ^ state[i - 1] >>> 30) + i;
        int i = 1;
        for (int k = 0; k < N; k++) {
            state[i] = (state[i] ^ (state[i - 1] ^ state[i - 1] >>> 30) * 1664525) + key;
            if (++i == N) {
                state[0] = state[N - 1];
                i = 1;
            }
        }
        for (int k = 0; k < N - 1; k++) {
            state[i] = (state[i] ^ (state[i - 1] ^ state[i - 1] >>> 30) * 1566083941) - i;
            if (++i == N) {
                state[0] = state[N - 1];
                i = 1;
            }
        }
        state[0] = 0x80000000;
    }

    private int next() {
        if (index == N) {
            for (int i = 0; i < N; i++) {
                int y = state[i] & 0x80000000 | state[(i + 1) % N] & 0x7fffffff;
                state[i] = state[(i + M) % N] ^ y >>> 1 ^ ((y & 1) == 0 ? 0 : 0x9908b0df);
            }
            index = 0;
        }
        int y = state[index++];
        y ^= y >>> 11;
        y ^= y << 7 & 0x9d2c5680;
        y ^= y << 15 & 0xefc60000;
        return y ^ y >>> 18;
    }

    /** random(): 53 bits in [0, 1). */
    double unit() {
        long high = next() >>> 5;
        long low = next() >>> 6;
        return (high * 67108864.0 + low) * (1.0 / 9007199254740992.0);
    }

    /** expovariate(rate). */
    double exponential(double rate) {
        return -StrictMath.log(1.0 - unit()) / rate;
    }

    /** uniform(low, high). */
    double uniform(double low, double high) {
        return low + (high - low) * unit();
    }

    /** choices((first, second), (p, 1 - p))[0]. */
    <T> T either(T first, T second, double p) {
        return unit() * (p + (1 - p)) < p ? first : second;
    }

    /** randint(1, most): by rejection of the top bits. */
    int upTo(int most) {
        int bits = 32 - Integer.numberOfLeadingZeros(most);
        int drawn = next() >>> 32 - bits;
        while (drawn >= most) drawn = next() >>> 32 - bits;
        return 1 + drawn;
    }
}
