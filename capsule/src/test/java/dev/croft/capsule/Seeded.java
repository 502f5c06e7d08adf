package dev.croft.capsule;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Property tests without a framework: a case is a list of steps drawn from a seed; one that fails is shrunk by leaving steps
 * out while it goes on failing. The message names the seed and the smallest case.
 */
public final class Seeded {
    private Seeded() {}

    /** A property of a list of steps; throws when it does not hold. */
    @FunctionalInterface
    public interface Property<S> {
        void check(List<S> steps) throws Exception;
    }

    public static <S> void forAll(int cases, int mostSteps, Function<SplittableRandom, S> step, Property<S> property) {
        long seed = Long.getLong("croft.seed", System.nanoTime());
        SplittableRandom random = new SplittableRandom(seed);
        for (int i = 0; i < cases; i++) {
            SplittableRandom own = random.split();
            List<S> steps = new ArrayList<>();
            int count = own.nextInt(1, mostSteps + 1);
            for (int s = 0; s < count; s++) {
                steps.add(step.apply(own));
            }
            Throwable failure = failure(property, steps);
            if (failure != null) {
                List<S> smallest = shrink(property, steps);
                Throwable cause = failure(property, smallest);
                throw new AssertionError(
                        "case " + i + " of -Dcroft.seed=" + seed + " fails with " + smallest,
                        cause == null ? failure : cause);
            }
        }
    }

    private static <S> List<S> shrink(Property<S> property, List<S> failing) {
        List<S> smallest = failing;
        for (int chunk = Math.max(1, smallest.size() / 2); chunk >= 1; chunk /= 2) {
            for (int at = 0; at + chunk <= smallest.size() && smallest.size() > 1; ) {
                List<S> fewer = new ArrayList<>(smallest.subList(0, at));
                fewer.addAll(smallest.subList(at + chunk, smallest.size()));
                if (!fewer.isEmpty() && failure(property, fewer) != null) {
                    smallest = fewer;
                } else {
                    at += chunk;
                }
            }
        }
        return smallest;
    }

    private static <S> @Nullable Throwable failure(Property<S> property, List<S> steps) {
        try {
            property.check(steps);
            return null;
        } catch (Exception | AssertionError e) {
            return e;
        }
    }
}
