package dev.croft.app.example;

import dev.croft.budget.noise.DiscreteGaussian;
import dev.croft.budget.noise.Rational;
import java.math.BigInteger;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;

/**
 * Logistic regression by differentially private stochastic gradient descent (Abadi et al. 2016): each step takes a Poisson sample of
 * the people, bounds every one's gradient, and adds noise to the sum. Gradients are whole numbers of a small grid, cut towards zero so
 * that rounding cannot make them longer, and the noise is exact discrete Gaussian: no bits of floating-point noise leak. Not thread-safe.
 */
public final class PrivateRegression {
    /** Length of the longest gradient in grid steps. */
    private static final double GRID = 1 << 20;

    /**
     * One person's datum.
     *
     * @param features of equal number for everybody
     * @param positive what is to be predicted
     */
    public record Example(double[] features, boolean positive) {}

    /**
     * How it learns.
     *
     * @param rate probability that a person is in a step's sample
     * @param sigma noise in units of the longest gradient
     * @param longest gradient of one person
     * @param learning rate
     */
    public record Settings(double rate, double sigma, double longest, double learning) {}

    private final List<Example> people;
    private final Settings settings;
    private final RandomGenerator random;
    private final DiscreteGaussian noise;
    private final double[] weights;

    /** @param random a SecureRandom wherever the model protects someone */
    public PrivateRegression(List<Example> people, Settings settings, RandomGenerator random) {
        this.people = List.copyOf(people);
        this.settings = settings;
        this.random = random;
        long deviation = (long) Math.ceil(settings.sigma() * GRID);
        this.noise =
                new DiscreteGaussian(new Rational(BigInteger.valueOf(deviation).pow(2), BigInteger.ONE));
        this.weights = new double[people.getFirst().features().length + 1];
    }

    /** One step; costs what the sampled Gaussian mechanism of these settings does. */
    public void step() {
        var sum = new long[weights.length];
        for (Example person : people) {
            if (random.nextDouble() < settings.rate()) add(sum, gradient(person));
        }
        double expected = settings.rate() * people.size();
        for (int i = 0; i < weights.length; i++) {
            double noisy = BigInteger.valueOf(sum[i]).add(noise.sample(random)).doubleValue();
            weights[i] -= settings.learning() * noisy / GRID * settings.longest() / expected;
        }
    }

    private double[] gradient(Example person) {
        double error = probability(person) - (person.positive() ? 1 : 0);
        var gradient = new double[weights.length];
        double squares = 0;
        for (int i = 0; i < gradient.length; i++) {
            gradient[i] = error * (i < person.features().length ? person.features()[i] : 1);
            squares += gradient[i] * gradient[i];
        }
        double scale = Math.min(1, settings.longest() / Math.sqrt(Math.max(squares, Double.MIN_NORMAL)));
        for (int i = 0; i < gradient.length; i++) gradient[i] *= scale / settings.longest();
        return gradient;
    }

    private static void add(long[] sum, double[] gradient) {
        // One step less than the grid has leaves room for the last bit of the division above.
        for (int i = 0; i < sum.length; i++) sum[i] += (long) (gradient[i] * (GRID - 1));
    }

    private double probability(Example person) {
        double score = weights[weights.length - 1];
        for (int i = 0; i < person.features().length; i++) score += weights[i] * person.features()[i];
        return 1 / (1 + Math.exp(-score));
    }

    /** Share of examples predicted right. */
    public double accuracy(List<Example> of) {
        return of.stream()
                        .filter(example -> probability(example) > 0.5 == example.positive())
                        .count()
                / (double) of.size();
    }

    /** Made-up people: two groups around opposite points. */
    public static List<Example> madeUp(int count, int features, RandomGenerator random) {
        return IntStream.range(0, count)
                .mapToObj(i -> {
                    boolean positive = random.nextBoolean();
                    var values = new double[features];
                    for (int f = 0; f < features; f++) values[f] = random.nextGaussian() + (positive ? 0.8 : -0.8);
                    return new Example(values, positive);
                })
                .toList();
    }
}
