package dev.croft.budget.scheduling;

/**
 * What a block has unlocked and not yet given away. Two kinds: {@link Level} counts one epsilon as PrivateKube's
 * simulator does, tolerance included, and {@link Curve} counts a vector (epsilon and delta, or Rényi orders) exactly as
 * unlocked minus consumed.
 */
public abstract sealed class BlockAccount {
    /** When a demand vector fits. */
    public enum Rule {
        /** In every coordinate: (epsilon, delta). */
        ALL,
        /** In at least one coordinate: Rényi orders. */
        ANY
    }

    final int number;
    final double[] total;
    final double[] available;
    int arrivals;
    boolean retired;
    int ticksDone;
    int ticksTotal;
    final double created;

    private BlockAccount(int number, double[] total, double created) {
        this.number = number;
        this.total = total.clone();
        this.available = new double[total.length];
        this.created = created;
    }

    /** Unlocks one more of {@code n} equal parts; {@link #arrivals} is the count including this one. */
    abstract void unlockPart(double n);

    /** Unlocks the next of {@link #ticksTotal} equal steps. */
    abstract void unlockTick();

    abstract void unlockEverything();

    abstract boolean fits(double[] demand);

    /** Whether a retired block cannot meet the demand any more. */
    abstract boolean lost(double[] demand);

    /** Whether a demand has to fit in every coordinate. */
    abstract boolean needsAll();

    abstract void consume(double[] demand);

    abstract void giveBack(double[] demand);

    static final class Level extends BlockAccount {
        private final double tolerance;
        private double locked;

        Level(int number, double[] total, double created, double tolerance) {
            super(number, total, created);
            this.tolerance = tolerance;
            this.locked = total[0];
        }

        @Override
        void unlockPart(double n) {
            double part = total[0] / n;
            release(part - locked > -tolerance ? locked : part);
        }

        @Override
        void unlockTick() {
            ticksDone++;
            double amount = ticksDone == ticksTotal ? locked : total[0] / ticksTotal * ticksDone - (total[0] - locked);
            release(amount);
        }

        @Override
        void unlockEverything() {
            release(locked);
        }

        private void release(double amount) {
            locked -= amount;
            available[0] += Math.min(amount, total[0] - available[0]);
        }

        /** Most that fits now. */
        double reach() {
            return available[0] + tolerance;
        }

        @Override
        boolean fits(double[] demand) {
            return reach() >= demand[0];
        }

        @Override
        boolean lost(double[] demand) {
            return available[0] < demand[0];
        }

        @Override
        boolean needsAll() {
            return true;
        }

        @Override
        void consume(double[] demand) {
            available[0] -= Math.min(demand[0], available[0]);
        }

        @Override
        void giveBack(double[] demand) {
            available[0] += Math.min(demand[0], total[0] - available[0]);
        }
    }

    static final class Curve extends BlockAccount {
        private final Rule rule;
        private final double quantum;
        private final double[] unlocked;
        private final double[] consumed;
        private int lastFit;

        /** @param quantum grid that unlocked budget is rounded down to, 0 for none */
        Curve(int number, double[] total, double created, Rule rule, double quantum) {
            super(number, total, created);
            this.rule = rule;
            this.quantum = quantum;
            this.unlocked = new double[total.length];
            this.consumed = new double[total.length];
        }

        @Override
        void unlockPart(double n) {
            unlock(arrivals / n);
        }

        @Override
        void unlockTick() {
            ticksDone++;
            unlock((double) ticksDone / ticksTotal);
        }

        @Override
        void unlockEverything() {
            unlock(1);
        }

        private void unlock(double fraction) {
            for (int i = 0; i < total.length; i++) {
                double part = fraction < 1 ? total[i] * fraction : total[i];
                unlocked[i] = quantum == 0 || fraction >= 1 ? part : Math.floor(part / quantum) * quantum;
                available[i] = unlocked[i] - consumed[i];
            }
        }

        @Override
        boolean fits(double[] demand) {
            if (rule == Rule.ALL) {
                for (int i = 0; i < demand.length; i++) if (demand[i] > available[i]) return false;
                return true;
            }
            // The order that fitted last usually fits again.
            if (demand[lastFit] <= available[lastFit]) return true;
            for (int i = demand.length - 1; i >= 0; i--)
                if (demand[i] <= available[i]) {
                    lastFit = i;
                    return true;
                }
            return false;
        }

        @Override
        boolean lost(double[] demand) {
            return !fits(demand);
        }

        @Override
        boolean needsAll() {
            return rule == Rule.ALL;
        }

        @Override
        void consume(double[] demand) {
            for (int i = 0; i < demand.length; i++) {
                consumed[i] += demand[i];
                available[i] = unlocked[i] - consumed[i];
            }
        }

        @Override
        void giveBack(double[] demand) {
            for (int i = 0; i < demand.length; i++) {
                consumed[i] -= demand[i];
                available[i] = unlocked[i] - consumed[i];
            }
        }
    }
}
