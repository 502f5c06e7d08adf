package dev.croft.vault.testing;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Checks a statement on many generated cases; a failure is shrunk, and reported with the seed that leads to it. */
public final class Property {
    private static final int SHRINK_BUDGET = 2_000;

    private Property() {}

    /** Runs {@code property} on {@code cases} values; the seed may be overridden by the system property croft.seed. */
    public static <T> void forAll(long seed, int cases, Function<Choices, T> generator, Consumer<T> property) {
        long start = Long.getLong("croft.seed", seed);
        for (int i = 0; i < cases; i++) {
            var choices = new Choices(new SplittableRandom(start + i));
            T value = generator.apply(choices);
            Throwable failure = failure(property, value);
            if (failure == null) continue;
            long[] smallest = shrink(choices.drawn(), generator, property);
            T simplest = generator.apply(new Choices(smallest));
            Throwable last = failure(property, simplest);
            throw new AssertionError(
                    "seed " + (start + i) + " fails, shrunk to: " + simplest, last == null ? failure : last);
        }
    }

    private static <T> long[] shrink(long[] failing, Function<Choices, T> generator, Consumer<T> property) {
        long[] best = failing;
        int tries = 0;
        boolean improved = true;
        while (improved && tries < SHRINK_BUDGET) {
            improved = false;
            for (int chunk = Math.max(1, best.length / 2); chunk >= 1 && tries < SHRINK_BUDGET; chunk /= 2) {
                for (int at = 0; at + chunk <= best.length && tries < SHRINK_BUDGET; ) {
                    long[] candidate = without(best, at, chunk);
                    tries++;
                    if (fails(candidate, generator, property)) {
                        best = candidate;
                        improved = true;
                    } else at += chunk;
                }
            }
            for (int at = 0; at < best.length && tries < SHRINK_BUDGET; at++) {
                long passing = -1;
                long smallest = best[at];
                // Bisects between a draw that does not fail and the smallest known that does.
                for (long next = 0;
                        smallest - passing > 1 && tries < SHRINK_BUDGET;
                        next = passing + (smallest - passing) / 2) {
                    long[] candidate = best.clone();
                    candidate[at] = next;
                    tries++;
                    if (fails(candidate, generator, property)) {
                        best = candidate;
                        smallest = next;
                        improved = true;
                    } else passing = next;
                }
            }
        }
        return best;
    }

    private static long[] without(long[] from, int at, int count) {
        long[] kept = Arrays.copyOf(from, from.length - count);
        System.arraycopy(from, at + count, kept, at, kept.length - at);
        return kept;
    }

    private static <T> boolean fails(long[] draws, Function<Choices, T> generator, Consumer<T> property) {
        try {
            return failure(property, generator.apply(new Choices(draws))) != null;
        } catch (RuntimeException e) {
            // The edited draws no longer make a value.
            return false;
        }
    }

    private static <T> @Nullable Throwable failure(Consumer<T> property, T value) {
        try {
            property.accept(value);
            return null;
        } catch (RuntimeException | AssertionError e) {
            return e;
        }
    }
}
