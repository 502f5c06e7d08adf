package dev.croft.budget.noise;

import dev.croft.budget.InvalidInputException;
import dev.croft.budget.InvalidInputException.Problem;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;

/** A positive fraction in lowest terms: the exact scale or variance of a sampler. */
public record Rational(BigInteger numerator, BigInteger denominator) implements Comparable<Rational> {
    private static final int MAX_BITS = 2048;

    public Rational {
        if (numerator.signum() == 0) throw new InvalidInputException("fraction", Problem.ZERO, "must be above zero");
        if (numerator.signum() < 0) throw new InvalidInputException("fraction", Problem.NEGATIVE, "must be above zero");
        if (denominator.signum() <= 0)
            throw new InvalidInputException("denominator", Problem.OUT_OF_RANGE, "must be above zero");
        if (numerator.bitLength() > MAX_BITS || denominator.bitLength() > MAX_BITS)
            throw new InvalidInputException("fraction", Problem.TOO_MANY, "more than " + MAX_BITS + " bits");
        BigInteger divisor = numerator.gcd(denominator);
        numerator = numerator.divide(divisor);
        denominator = denominator.divide(divisor);
    }

    public static Rational of(long numerator, long denominator) {
        return new Rational(BigInteger.valueOf(numerator), BigInteger.valueOf(denominator));
    }

    /** Exactly the value of the double, which is a fraction with a power of two below. */
    public static Rational of(double value) {
        if (Double.isNaN(value)) throw new InvalidInputException("fraction", Problem.NOT_A_NUMBER, "NaN");
        if (Double.isInfinite(value)) throw new InvalidInputException("fraction", Problem.INFINITE, "" + value);
        var decimal = new BigDecimal(value);
        return new Rational(
                decimal.scale() > 0 ? decimal.unscaledValue() : decimal.toBigIntegerExact(),
                decimal.scale() > 0 ? BigInteger.TEN.pow(decimal.scale()) : BigInteger.ONE);
    }

    /** The nearest double or so; for reports and quantiles. */
    public double toDouble() {
        return new BigDecimal(numerator)
                .divide(new BigDecimal(denominator), MathContext.DECIMAL64)
                .doubleValue();
    }

    @Override
    public int compareTo(Rational other) {
        return numerator.multiply(other.denominator).compareTo(other.numerator.multiply(denominator));
    }

    @Override
    public String toString() {
        return numerator + "/" + denominator;
    }
}
