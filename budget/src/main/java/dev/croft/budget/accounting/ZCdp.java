package dev.croft.budget.accounting;

/**
 * The guarantee of rho-zero-concentrated differential privacy: Rényi divergence at most rho * alpha at every order
 * (Bun and Steinke 2016).
 *
 * @param rho not negative, finite
 */
public record ZCdp(double rho) {
    public ZCdp {
        Numbers.nonNegative("rho", rho);
    }

    /** What pure epsilon-differential privacy implies: epsilon^2/2 (Bun and Steinke 2016, Proposition 1.4). */
    public static ZCdp ofPure(double epsilon) {
        return new ZCdp(Numbers.nonNegative("epsilon", epsilon) * epsilon / 2);
    }

    /** Of Gaussian noise, discrete or not, with this standard deviation in units of the sensitivity. */
    public static ZCdp ofGaussian(double sigma) {
        return new ZCdp(1 / (2 * Numbers.positive("sigma", sigma) * sigma));
    }

    public ZCdp plus(ZCdp other) {
        return new ZCdp(rho + other.rho);
    }

    public RenyiCurve curve(Orders orders) {
        return RenyiCurve.from(orders, alpha -> rho * alpha);
    }

    /** rho + 2 sqrt(rho ln(1/delta)): Bun and Steinke 2016, Proposition 1.3. */
    public ApproxDp toApproxDpLoose(double delta) {
        return new ApproxDp(rho + 2 * Math.sqrt(rho * Math.log(1 / Numbers.probability("delta", delta))), delta);
    }

    /**
     * The conversion of {@link RenyiCurve#toApproxDp} at the best of all real orders (Canonne, Kamath, Steinke 2020,
     * Corollary 13), found by golden-section search over ln(alpha - 1).
     */
    public ApproxDp toApproxDp(double delta) {
        double logDelta = Math.log(Numbers.probability("delta", delta));
        if (rho == 0) return new ApproxDp(0, delta);
        double low = -15;
        double high = 40;
        double ratio = (Math.sqrt(5) - 1) / 2;
        for (int i = 0; i < 120; i++) {
            double left = high - ratio * (high - low);
            double right = low + ratio * (high - low);
            if (epsilonAt(left, logDelta) < epsilonAt(right, logDelta)) high = right;
            else low = left;
        }
        return new ApproxDp(Math.max(0, epsilonAt((low + high) / 2, logDelta)), delta);
    }

    private double epsilonAt(double logAlphaMinusOne, double logDelta) {
        double less = Math.exp(logAlphaMinusOne);
        double alpha = 1 + less;
        return rho * alpha + Math.log(less / alpha) - (logDelta + Math.log(alpha)) / less;
    }
}
