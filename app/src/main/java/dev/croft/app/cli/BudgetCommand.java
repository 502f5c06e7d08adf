package dev.croft.app.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import dev.croft.budget.simulation.Outcomes;
import dev.croft.budget.simulation.Policy;
import dev.croft.budget.simulation.Replay;
import dev.croft.budget.simulation.Reproduction;
import dev.croft.budget.simulation.Simulation;
import dev.croft.budget.simulation.Sweep;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code croft budget}: what was spent, and how schedulers would spend it. */
@Command(
        name = "budget",
        description =
                "Budgets of private clouds, blocks and claims of the router, and the replay of recorded workloads.",
        subcommands = {
            BudgetViewCommands.Show.class,
            BudgetViewCommands.History.class,
            BudgetBlockCommand.class,
            BudgetClaimCommand.class,
            BudgetStreamCommand.class,
            BudgetExampleCommand.class,
            BudgetCommand.ReplayWorkload.class,
            BudgetCommand.Simulate.class,
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
        @Nullable
        Path out;

        /** The policy's parameter: one of two, or none. */
        static final class Parameter {
            @Option(
                    names = "--n",
                    description = "N of DPF_N and RR_N; in DPack's folders the steps, if not as recorded.")
            @Nullable
            Double n;

            @Option(
                    names = "--t",
                    description =
                            "Lifetime T in seconds, of DPF_T, RR_T, DPACK and DPBALANCE; in DPack's folders if not as recorded.")
            @Nullable
            Double t;

            /** The value for that policy; 0 stands for what the folder records. */
            double value(Policy policy, Path directory) throws IOException {
                if (n != null && n < 1 || t != null && t <= 0) {
                    throw new CommandException(ExitStatus.USAGE, "--n is 1 or more and --t above 0");
                }
                if (Replay.isBatches(directory)) {
                    if (n != null && n != Math.rint(n)) {
                        throw new CommandException(ExitStatus.USAGE, "in a folder of DPack's --n is a whole number");
                    }
                    return n != null ? n : t != null ? t : 0;
                }
                return switch (policy) {
                    case FCFS -> 0;
                    case DPF_N, RR_N -> given(policy, "--n", n);
                    case DPF_T, RR_T, DPACK, DPBALANCE -> given(policy, "--t", t);
                };
            }

            private static double given(Policy policy, String option, @Nullable Double value) {
                if (value == null) {
                    throw new CommandException(ExitStatus.USAGE, policy + " needs " + option);
                }
                return value;
            }
        }

        /** How it went. */
        record Summary(String policy, double parameter, int claims, int granted, int refused, int waiting) {}

        @Override
        ExitStatus run(Output output) throws IOException {
            if (!Files.isDirectory(directory)) {
                throw new NoSuchFileException(directory.toString());
            }
            double value = parameter.value(policy, directory);
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
                    return replay(value, file);
                }
            }
            return replay(value, json ? new Discard() : output.out());
        }

        private Outcomes replay(double value, Appendable csv) throws IOException {
            return parameter.t != null && Replay.isBatches(directory)
                    ? Replay.runBatches(directory, policy, 0, parameter.t, csv)
                    : Replay.run(directory, policy, value, csv);
        }
    }

    /** {@code croft budget simulate}: a load of one's own. */
    @Command(
            name = "simulate",
            description = {
                "Simulate a load under several policies, as a YAML file says (docs/budget.md has its fields).",
                "Writes results and the claims of each run as CSV and Arrow, and figures as SVG and PNG."
            })
    static final class Simulate extends Subcommand {
        private static final long MOST = 1 << 20;

        @Option(
                names = "--config",
                paramLabel = "FILE",
                required = true,
                description = "YAML or JSON with load and runs.")
        Path config = Path.of("");

        @Option(names = "--out", paramLabel = "DIR", required = true, description = "Folder; made if it is not there.")
        Path out = Path.of("");

        @Override
        ExitStatus run(Output output) throws IOException, InterruptedException {
            if (Files.size(config) > MOST) {
                throw new CommandException(ExitStatus.INPUT, config + " is longer than " + MOST + " bytes");
            }
            Simulation simulation;
            try {
                simulation = Simulation.of(new ObjectMapper(new YAMLFactory()).readTree(Files.readString(config)));
            } catch (JsonProcessingException e) {
                throw new CommandException(ExitStatus.INPUT, config + " is no YAML", e);
            }
            List<Sweep.Result> results;
            try (Progress progress =
                    Progress.of(output, "simulations", simulation.runs().size())) {
                results = simulation.run(out, _ -> progress.step());
            }
            output.table(
                    List.of("policy", "N or T", "claims", "granted", "refused", "waiting", "mean delay, s"),
                    results.stream()
                            .map(result -> List.of(
                                    result.point().policy().name(),
                                    String.format(
                                            Locale.ROOT, "%g", result.point().nOrT()),
                                    Integer.toString(result.claims()),
                                    Integer.toString(result.granted()),
                                    Integer.toString(result.refused()),
                                    Integer.toString(result.waiting()),
                                    String.format(Locale.ROOT, "%.3f", result.meanDelay())))
                            .toList());
            output.result(results.stream()
                    .map(result -> new Line(
                            result.point().policy().name(),
                            result.point().nOrT(),
                            result.claims(),
                            result.granted(),
                            result.refused(),
                            result.waiting(),
                            result.meanDelay()))
                    .toList());
            return ExitStatus.OK;
        }

        /** A run in JSON. */
        record Line(String policy, double value, int claims, int granted, int refused, int waiting, double meanDelay) {}
    }

    /** {@code croft budget reproduce}: the microbenchmarks of PrivateKube's paper. */
    @Command(
            name = "reproduce",
            description = {
                "Simulate the microbenchmarks of PrivateKube's paper (OSDI 2021, sections 6.1 to 6.3).",
                "Writes the table as CSV and Arrow, figures as SVG and PNG and each claim of three loads, and prints how many claims were granted beside what the",
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
