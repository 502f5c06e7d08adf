package dev.croft.app.cli;

import dev.croft.budget.simulation.Outcomes;
import dev.croft.budget.simulation.Policy;
import dev.croft.budget.simulation.Replay;
import dev.croft.budget.simulation.Reproduction;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code croft budget}: what was spent, and how schedulers would spend it. */
@Command(
        name = "budget",
        description = "Budgets of private clouds, and the replay of recorded workloads.",
        subcommands = {
            BudgetViewCommands.Show.class,
            BudgetViewCommands.History.class,
            BudgetCommand.ReplayWorkload.class,
            BudgetCommand.Reproduce.class
        })
final class BudgetCommand extends Group {
    /** {@code croft budget replay}: a recorded workload under a policy. */
    @Command(
            name = "replay",
            description = {
                "Replay a recorded workload (PrivateKube's or DPack's folder) under a policy.",
                "Prints one CSV row per claim: claim_id, outcome, decided_at, reason; with --json a summary instead."
            })
    static final class ReplayWorkload extends Subcommand {
        @Parameters(paramLabel = "DIR", description = "Folder with trace.json and claims.csv or claims.csv.gz.")
        Path directory;

        @Option(names = "--policy", required = true, description = "One of ${COMPLETION-CANDIDATES}.")
        Policy policy = Policy.FCFS;

        @ArgGroup
        Parameter parameter = new Parameter();

        @Option(names = "--out", paramLabel = "FILE", description = "Write the CSV there.")
        @org.jspecify.annotations.Nullable
        Path out;

        /** The policy's parameter: one of two. */
        static final class Parameter {
            @Option(names = "--n", description = "N of DPF_N and RR_N, or DPack's steps.")
            double n = Double.NaN;

            @Option(names = "--t", description = "Lifetime T in seconds, of DPF_T, RR_T and DPACK.")
            double t = Double.NaN;

            double value() {
                if (!Double.isNaN(n)) {
                    return n;
                }
                return Double.isNaN(t) ? 0 : t;
            }
        }

        /** How it went. */
        record Summary(String policy, double parameter, int claims, int granted, int refused, int waiting) {}

        @Override
        ExitStatus run(Output output) throws IOException {
            if (!Files.isDirectory(directory)) {
                throw new NoSuchFileException(directory.toString());
            }
            double value = parameter.value();
            if (value <= 0 && policy != Policy.FCFS && (!Double.isNaN(parameter.n) || !Double.isNaN(parameter.t))) {
                throw new CommandException(ExitStatus.USAGE, "--n and --t must be above 0");
            }
            Outcomes outcomes = replay(output, value);
            Summary summary = new Summary(
                    policy.name(), value, outcomes.size(), outcomes.granted(), outcomes.refused(), outcomes.waiting());
            output.result(summary);
            if (!json) {
                output.warn(
                        "%s: %d claims, %d granted, %d refused, %d waiting",
                        policy, summary.claims(), summary.granted(), summary.refused(), summary.waiting());
            }
            return ExitStatus.OK;
        }

        private Outcomes replay(Output output, double value) throws IOException {
            if (out != null) {
                try (BufferedWriter file = Files.newBufferedWriter(out)) {
                    return Replay.run(directory, policy, value, file);
                }
            }
            return Replay.run(directory, policy, value, json ? new Discard() : output.out());
        }
    }

    /** {@code croft budget reproduce}: the microbenchmarks of PrivateKube's paper. */
    @Command(
            name = "reproduce",
            description = {
                "Simulate the microbenchmarks of PrivateKube's paper (OSDI 2021, sections 6.1 to 6.3).",
                "Writes table.csv and one SVG for each figure, and prints how many claims were granted beside what the",
                "reference simulator grants under the same seed."
            })
    static final class Reproduce extends Subcommand {
        @Option(
                names = "--out",
                paramLabel = "DIR",
                required = true,
                description = "Folder for the table and the figures; made if it is not there.")
        Path out = Path.of(".");

        @Override
        ExitStatus run(Output output) throws IOException, InterruptedException {
            Files.createDirectories(out);
            List<Reproduction.Row> rows;
            try (Progress progress = Progress.of(output, "simulations", Reproduction.size())) {
                rows = Reproduction.run(out, _ -> progress.step());
            }
            output.table(
                    List.of("figure", "policy", "x", "granted", "reference"),
                    rows.stream()
                            .map(row -> List.of(
                                    row.figure(),
                                    row.series(),
                                    String.format(Locale.ROOT, "%.0f", row.x()),
                                    Integer.toString(row.granted()),
                                    row.reference() < 0 ? "" : Integer.toString(row.reference())))
                            .toList());
            output.result(rows);
            return ExitStatus.OK;
        }
    }

    /** Takes the CSV that nobody asked for. */
    private static final class Discard implements Appendable {
        @Override
        public Appendable append(CharSequence text) {
            return this;
        }

        @Override
        public Appendable append(CharSequence text, int start, int end) {
            return this;
        }

        @Override
        public Appendable append(char character) {
            return this;
        }
    }
}
