package dev.croft.budget;

import dev.croft.budget.InvalidInputException.Problem;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;

/**
 * An exact, non-negative amount of epsilon in steps of 1e-9, at most {@link #MAX}. Ledgers count in it, so sums never
 * drift and NaN, infinities and negative amounts cannot be represented.
 *
 * @param nanos billionths of one epsilon
 */
public record Epsilon(long nanos) implements Comparable<Epsilon> {
    private static final int SCALE = 9;

    /** Nothing. */
    public static final Epsilon ZERO = new Epsilon(0);
    /** The smallest amount above zero, 1e-9. */
    public static final Epsilon STEP = new Epsilon(1);
    /** The largest amount, epsilon 1e9; small enough that adding two amounts never wraps a {@code long}. */
    public static final Epsilon MAX = new Epsilon(1_000_000_000_000_000_000L);

    public Epsilon {
        if (nanos < 0) throw new InvalidInputException("epsilon", Problem.NEGATIVE, nanos + "e-9");
        if (nanos > 1_000_000_000_000_000_000L)
            throw new InvalidInputException("epsilon", Problem.OVERFLOW, nanos + "e-9");
    }

    /** The amount written as a decimal, for example {@code 0.25}; more than nine decimals are refused as TOO_FINE. */
    public static Epsilon parse(String decimal) {
        if (decimal.length() > 64)
            throw new InvalidInputException("epsilon", Problem.MALFORMED, "more than 64 characters");
        try {
            return exactly(new BigDecimal(decimal));
        } catch (NumberFormatException e) {
            throw new InvalidInputException("epsilon", Problem.MALFORMED, "not a decimal number");
        }
    }

    /** The amount, refused as TOO_FINE if it is not a multiple of 1e-9. */
    public static Epsilon exactly(BigDecimal value) {
        checkSize(value);
        try {
            return ofUnscaled(value.setScale(SCALE, RoundingMode.UNNECESSARY));
        } catch (ArithmeticException e) {
            throw new InvalidInputException("epsilon", Problem.TOO_FINE, "more than nine decimals");
        }
    }

    /** The least amount not below {@code value}: what a mechanism of this epsilon has to be charged. */
    public static Epsilon atLeast(double value) {
        return rounded(value, RoundingMode.CEILING);
    }

    /** The greatest amount not above {@code value}: what may be promised where this epsilon is the bound. */
    public static Epsilon atMost(double value) {
        return rounded(value, RoundingMode.FLOOR);
    }

    private static Epsilon rounded(double value, RoundingMode mode) {
        if (Double.isNaN(value)) throw new InvalidInputException("epsilon", Problem.NOT_A_NUMBER, "NaN");
        if (Double.isInfinite(value))
            throw new InvalidInputException("epsilon", Problem.INFINITE, Double.toString(value));
        if (value < 0) throw new InvalidInputException("epsilon", Problem.NEGATIVE, Double.toString(value));
        BigDecimal decimal = new BigDecimal(value);
        checkSize(decimal);
        return ofUnscaled(decimal.setScale(SCALE, mode));
    }

    /** Keeps rescaling cheap: an exponent of a million would otherwise make a million digits. */
    private static void checkSize(BigDecimal value) {
        if (value.signum() < 0) throw new InvalidInputException("epsilon", Problem.NEGATIVE, "below zero");
        if (value.signum() > 0 && value.precision() - (long) value.scale() > 10)
            throw new InvalidInputException("epsilon", Problem.OVERFLOW, "more than " + MAX);
        if (value.scale() > 2_000)
            throw new InvalidInputException("epsilon", Problem.TOO_FINE, "more than nine decimals");
    }

    private static Epsilon ofUnscaled(BigDecimal scaled) {
        BigInteger nanos = scaled.unscaledValue();
        if (nanos.compareTo(BigInteger.valueOf(MAX.nanos)) > 0)
            throw new InvalidInputException("epsilon", Problem.OVERFLOW, "more than " + MAX);
        return new Epsilon(nanos.longValueExact());
    }

    public boolean isZero() {
        return nanos == 0;
    }

    /** The sum; refused as OVERFLOW above {@link #MAX}. */
    public Epsilon plus(Epsilon other) {
        return new Epsilon(nanos + other.nanos);
    }

    /** The difference; refused as NEGATIVE if {@code other} is larger. */
    public Epsilon minus(Epsilon other) {
        return new Epsilon(nanos - other.nanos);
    }

    public BigDecimal toBigDecimal() {
        return BigDecimal.valueOf(nanos, SCALE);
    }

    /** The nearest double; only for display and for formulas, never for accounts. */
    public double toDouble() {
        return toBigDecimal().doubleValue();
    }

    @Override
    public int compareTo(Epsilon other) {
        return Long.compare(nanos, other.nanos);
    }

    /** Plain decimal without trailing zeros, accepted by {@link #parse}. */
    @Override
    public String toString() {
        return nanos == 0 ? "0" : toBigDecimal().stripTrailingZeros().toPlainString();
    }
}
