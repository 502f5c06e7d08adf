package dev.croft.budget.bench;

/** Prints the measurements with the baseline of the test tree in the same run. */
public final class BudgetRace {
    private BudgetRace() {}

    public static void main(String[] args) {
        boolean full = args.length > 0 && args[0].equals("full");
        BudgetBench.run(
                full,
                m -> System.out.printf(
                        "%-62s %9d claims %9d granted %9.3f CPU s %12.0f claims/s  %s%n",
                        m.name(), m.claims(), m.granted(), m.cpuSeconds(), m.claimsPerCpuSecond(), m.note()));
    }
}
