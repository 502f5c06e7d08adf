package dev.croft.budget.accounting;

/**
 * Stops an adaptively chosen sequence of mechanisms before it can exceed a budget. The mechanisms may be chosen by
 * earlier answers: for curves this is the filter of Feldman and Zrnic 2021 and Lécuyer 2021, for zCDP that of Whitehouse
 * et al. 2023, for (epsilon, delta) basic composition (Rogers et al. 2016). Not thread-safe.
 *
 * @param <C> how costs are counted
 */
public abstract sealed class PrivacyFilter<C> {
    private C spent;

    private PrivacyFilter(C nothing) {
        this.spent = nothing;
    }

    /** Takes the cost if the budget still holds with it; otherwise changes nothing and says false. */
    public final boolean spend(C cost) {
        C after = add(spent, cost);
        if (!holds(after)) return false;
        spent = after;
        return true;
    }

    public final C spent() {
        return spent;
    }

    abstract C add(C spent, C cost);

    abstract boolean holds(C spent);

    /** A filter whose budget holds as long as it holds at one order. */
    public static PrivacyFilter<RenyiCurve> of(RenyiCurve budget) {
        return new Renyi(budget);
    }

    public static PrivacyFilter<ZCdp> of(ZCdp budget) {
        return new Concentrated(budget);
    }

    public static PrivacyFilter<ApproxDp> of(ApproxDp budget) {
        return new Approximate(budget);
    }

    private static final class Renyi extends PrivacyFilter<RenyiCurve> {
        private final RenyiCurve budget;

        Renyi(RenyiCurve budget) {
            super(RenyiCurve.zero(budget.orders()));
            this.budget = budget;
        }

        @Override
        RenyiCurve add(RenyiCurve spent, RenyiCurve cost) {
            return spent.plus(cost);
        }

        @Override
        boolean holds(RenyiCurve spent) {
            return spent.fits(budget);
        }
    }

    private static final class Concentrated extends PrivacyFilter<ZCdp> {
        private final ZCdp budget;

        Concentrated(ZCdp budget) {
            super(new ZCdp(0));
            this.budget = budget;
        }

        @Override
        ZCdp add(ZCdp spent, ZCdp cost) {
            return spent.plus(cost);
        }

        @Override
        boolean holds(ZCdp spent) {
            return spent.rho() <= budget.rho();
        }
    }

    private static final class Approximate extends PrivacyFilter<ApproxDp> {
        private final ApproxDp budget;

        Approximate(ApproxDp budget) {
            super(new ApproxDp(0, 0));
            this.budget = budget;
        }

        @Override
        ApproxDp add(ApproxDp spent, ApproxDp cost) {
            return spent.plus(cost);
        }

        @Override
        boolean holds(ApproxDp spent) {
            return spent.epsilon() <= budget.epsilon() && spent.delta() <= budget.delta();
        }
    }
}
