package dev.croft.vault.api;

import java.math.BigDecimal;
import java.math.RoundingMode;

/** Amounts of privacy budget as they travel: decimal numbers of epsilon with at most nine digits after the point. */
public final class Epsilon {
    /** One nano-epsilon, the smallest amount. */
    public static final int SCALE = 9;

    /** The largest amount that may be named. */
    public static final BigDecimal MAX = new BigDecimal("1000000");

    private Epsilon() {}

    /**
     * {@code amount} in nano-epsilon.
     *
     * @throws ProblemException {@link ProblemCode#INVALID_AMOUNT} if it is negative, above {@link #MAX} or finer than a nano-epsilon
     */
    public static long nanos(BigDecimal amount) {
        // A scale or precision out of all bounds (1e-999999999) must not reach any arithmetic.
        if (amount.precision() > 40 || Math.abs((long) amount.scale()) > 40) {
            throw new ProblemException(ProblemCode.INVALID_AMOUNT, "the amount has too many digits");
        }
        if (amount.signum() < 0 || amount.compareTo(MAX) > 0) {
            throw new ProblemException(ProblemCode.INVALID_AMOUNT, "an amount lies between 0 and " + MAX);
        }
        try {
            return amount.setScale(SCALE, RoundingMode.UNNECESSARY)
                    .unscaledValue()
                    .longValueExact();
        } catch (ArithmeticException e) {
            throw new ProblemException(ProblemCode.INVALID_AMOUNT, "an amount has at most nine digits after the point");
        }
    }

    /** The amount of {@code nanos} nano-epsilon. */
    public static BigDecimal of(long nanos) {
        BigDecimal amount = BigDecimal.valueOf(nanos, SCALE).stripTrailingZeros();
        return amount.scale() < 0 ? amount.setScale(0) : amount;
    }
}
