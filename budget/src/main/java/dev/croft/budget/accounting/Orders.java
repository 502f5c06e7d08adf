package dev.croft.budget.accounting;

import dev.croft.budget.InvalidInputException;
import dev.croft.budget.InvalidInputException.Problem;
import java.util.Arrays;

/** The Rényi orders (alpha) at which curves are known: ascending, distinct, each above 1, at most {@link #MAX}. */
public final class Orders {
    /** Most orders a curve may have. */
    public static final int MAX = 128;

    /** The orders of PrivateKube's paper and Go system, with 1e6 for infinity. */
    public static final Orders PRIVATE_KUBE = of(1.5, 1.75, 2, 2.5, 3, 4, 5, 6, 8, 16, 32, 64, 1e6);

    /** The orders of PrivateKube's simulator. */
    public static final Orders SIMULATOR =
            of(1.000001, 1.0001, 1.5, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 20480);

    private final double[] alphas;

    private Orders(double[] alphas) {
        this.alphas = alphas;
    }

    /** Refuses by the field name {@code orders} what is not ascending, distinct, finite and above 1. */
    public static Orders of(double... alphas) {
        if (alphas.length == 0) throw new InvalidInputException("orders", Problem.EMPTY, "no order");
        if (alphas.length > MAX)
            throw new InvalidInputException("orders", Problem.TOO_MANY, alphas.length + ", at most " + MAX);
        for (int i = 0; i < alphas.length; i++) {
            Numbers.positive("orders", alphas[i]);
            if (alphas[i] <= 1) throw new InvalidInputException("orders", Problem.OUT_OF_RANGE, alphas[i] + " <= 1");
            if (i > 0 && alphas[i] == alphas[i - 1])
                throw new InvalidInputException("orders", Problem.DUPLICATE, "" + alphas[i]);
            if (i > 0 && alphas[i] < alphas[i - 1])
                throw new InvalidInputException("orders", Problem.MALFORMED, "not ascending at " + alphas[i]);
        }
        return new Orders(alphas.clone());
    }

    public int size() {
        return alphas.length;
    }

    public double get(int index) {
        return alphas[index];
    }

    /** The index of exactly this order, or -1. */
    public int indexOf(double alpha) {
        return Math.max(-1, Arrays.binarySearch(alphas, alpha));
    }

    public double[] toArray() {
        return alphas.clone();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Orders orders && Arrays.equals(alphas, orders.alphas);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(alphas);
    }

    @Override
    public String toString() {
        return Arrays.toString(alphas);
    }
}
