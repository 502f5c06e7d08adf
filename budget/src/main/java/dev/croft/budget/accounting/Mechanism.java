package dev.croft.budget.accounting;

import dev.croft.budget.InvalidInputException;
import dev.croft.budget.InvalidInputException.Problem;

/** A mechanism, known by its Rényi divergence between neighbouring inputs. */
public sealed interface Mechanism {
    /** An upper bound on the divergence at order {@code alpha} above 1; exact where the mechanism's Javadoc says so. */
    double divergence(double alpha);

    default RenyiCurve curve(Orders orders) {
        return RenyiCurve.from(orders, this::divergence);
    }

    /**
     * Laplace noise; exact (Mironov 2017, Table II).
     *
     * @param scale in units of the sensitivity
     */
    record Laplace(double scale) implements Mechanism {
        public Laplace {
            Numbers.positive("scale", scale);
        }

        @Override
        public double divergence(double alpha) {
            double up = (alpha - 1) / scale + Math.log(alpha / (2 * alpha - 1));
            double down = -alpha / scale + Math.log((alpha - 1) / (2 * alpha - 1));
            return Math.max(0, Numbers.logAdd(up, down) / (alpha - 1));
        }
    }

    /**
     * Discrete Laplace noise on an integer query, P(x) proportional to exp(-|x|/scale); exact, by summing the geometric
     * series left of both centres, between them and right of both.
     *
     * @param sensitivity at least 1
     */
    record DiscreteLaplace(double scale, long sensitivity) implements Mechanism {
        public DiscreteLaplace {
            Numbers.positive("scale", scale);
            if (sensitivity < 1) throw new InvalidInputException("sensitivity", Problem.OUT_OF_RANGE, "< 1");
        }

        @Override
        public double divergence(double alpha) {
            double rate = 1 / scale;
            double sides = Numbers.logAdd((alpha - 1) * sensitivity * rate, -alpha * sensitivity * rate)
                    - Math.log(-Math.expm1(-rate));
            double between = Double.NEGATIVE_INFINITY;
            if (sensitivity > 1) {
                double step = (2 * alpha - 1) * rate;
                between = (alpha - 1) * sensitivity * rate
                        - step
                        + Math.log(-Math.expm1(-step * (sensitivity - 1)))
                        - Math.log(-Math.expm1(-step));
            }
            double logSum = Numbers.logAdd(sides, between) + Math.log(Math.tanh(rate / 2));
            return Math.max(0, logSum / (alpha - 1));
        }
    }

    /**
     * Gaussian noise, exact; and discrete Gaussian noise, for which it is an upper bound (Canonne, Kamath, Steinke
     * 2020, Theorem 4).
     *
     * @param sigma standard deviation in units of the sensitivity
     */
    record Gaussian(double sigma) implements Mechanism {
        public Gaussian {
            Numbers.positive("sigma", sigma);
        }

        @Override
        public double divergence(double alpha) {
            return alpha / (2 * sigma * sigma);
        }
    }

    /**
     * Gaussian noise on a Poisson sample, neighbours by adding or removing one person (Mironov, Talwar, Zhang 2019,
     * "Rényi Differential Privacy of the Sampled Gaussian Mechanism"): exact up to floating point.
     *
     * @param rate probability that a person is in the sample, in (0, 1]
     * @param sigma standard deviation in units of the sensitivity
     */
    record SampledGaussian(double rate, double sigma) implements Mechanism {
        public SampledGaussian {
            if (Numbers.positive("rate", rate) > 1)
                throw new InvalidInputException("rate", Problem.OUT_OF_RANGE, rate + " > 1");
            Numbers.positive("sigma", sigma);
        }

        @Override
        public double divergence(double alpha) {
            return rate == 1
                    ? new Gaussian(sigma).divergence(alpha)
                    : SampledGaussianSeries.divergence(rate, sigma, alpha);
        }
    }

    /**
     * Randomized response among {@code choices} answers: the true one with {@code truth}, each other equally often;
     * exact.
     *
     * @param truth probability of the true answer, above 1/choices and below 1
     */
    record RandomizedResponse(double truth, int choices) implements Mechanism {
        public RandomizedResponse {
            if (choices < 2) throw new InvalidInputException("choices", Problem.OUT_OF_RANGE, choices + " < 2");
            Numbers.probability("truth", truth);
            if (truth * choices <= 1)
                throw new InvalidInputException("truth", Problem.OUT_OF_RANGE, truth + " is not above 1/choices");
        }

        /** Pure epsilon of one answer. */
        public double epsilon() {
            return Math.log(truth / other());
        }

        private double other() {
            return (1 - truth) / (choices - 1);
        }

        @Override
        public double divergence(double alpha) {
            double p = Math.log(truth);
            double q = Math.log(other());
            double logSum = Numbers.logAdd(alpha * p + (1 - alpha) * q, alpha * q + (1 - alpha) * p);
            if (choices > 2) logSum = Numbers.logAdd(logSum, Math.log(choices - 2) + q);
            return Math.max(0, logSum / (alpha - 1));
        }
    }

    /**
     * Anything known only to be epsilon-differentially private: the curve of binary randomized response, which
     * dominates every such mechanism (Kairouz, Oh, Viswanath 2015).
     */
    record Pure(double epsilon) implements Mechanism {
        public Pure {
            Numbers.nonNegative("epsilon", epsilon);
        }

        @Override
        public double divergence(double alpha) {
            double logSum = Numbers.logAdd(alpha * epsilon, (1 - alpha) * epsilon) - Numbers.logAdd(0, epsilon);
            return Math.min(epsilon, Math.max(0, logSum / (alpha - 1)));
        }
    }

    /**
     * The sparse vector technique in the correct form of Lyu, Su, Li 2017 (Algorithm 7, Theorem 4): Laplace noise of
     * {@code thresholdScale} on the threshold, of {@code queryScale} on each query, stopping at the
     * {@code positives}-th answer above. Scales are in units of the sensitivity.
     *
     * @param monotonic whether all queries move the same way between neighbours
     */
    record SparseVector(double thresholdScale, double queryScale, int positives, boolean monotonic)
            implements Mechanism {
        public SparseVector {
            Numbers.positive("thresholdScale", thresholdScale);
            Numbers.positive("queryScale", queryScale);
            if (positives < 1) throw new InvalidInputException("positives", Problem.OUT_OF_RANGE, positives + " < 1");
        }

        /** Pure epsilon, however many queries are answered "below". */
        public double epsilon() {
            return 1 / thresholdScale + (monotonic ? 1.0 : 2.0) * positives / queryScale;
        }

        @Override
        public double divergence(double alpha) {
            return new Pure(epsilon()).divergence(alpha);
        }
    }
}
