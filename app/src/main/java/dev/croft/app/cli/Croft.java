package dev.croft.app.cli;

import dev.croft.budget.BudgetException;
import dev.croft.budget.Epsilon;
import dev.croft.vault.api.TraceContext;
import dev.croft.vault.api.TraceSpan;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParseResult;

/** The root of the command tree. */
@Command(
        name = "croft",
        description = "Private clouds: your data stay home; answers leave.",
        synopsisSubcommandLabel = "COMMAND",
        sortOptions = false,
        versionProvider = Version.class,
        subcommands = {
            DemoCommand.class,
            UpCommand.class,
            LoginCommand.class,
            LogoutCommand.class,
            AccountCommand.class,
            AuditCommand.class,
            CloudCommand.class,
            DataCommand.class,
            ServiceCommand.class,
            GrantCommand.class,
            QueryCommand.class,
            BudgetCommand.class,
            ImageCommand.class,
            KubernetesCommand.class,
            OperatorCommand.class,
            RouterCommand.class,
            CapsuleCommand.class,
            MobilityCommand.class,
            DoctorCommand.class,
            BenchCommand.class,
            CompletionCommand.class,
            HelpCommand.class,
        },
        exitCodeListHeading = "%nExit status:%n",
        exitCodeList = {
            "0:done",
            "1:a fault of ours",
            "2:the command line cannot be understood",
            "3:a file or document given cannot be read, or what is asked for cannot be written",
            "4:refused: no grant, no permission, or no budget left",
            "5:what was named does not exist",
            "6:a server, private cloud or sandbox is not there, or locked",
            "7:a capsule, signature or digest does not verify",
            "130:stopped by the user",
            "141:whoever read the output went away"
        })
public final class Croft extends Group {
    @Option(
            names = {"-V", "--version"},
            versionHelp = true,
            description = "Show the version.")
    boolean version;

    /** Runs one command line; the exit status. */
    public static int run(String... args) {
        PrintStream standard = StandardOutput.install();
        PrintWriter err = new PrintWriter(System.err, true);
        try {
            int status = run(new PrintWriter(standard, true), err, args);
            standard.flush();
            return status;
        } catch (StandardOutput.Broken e) {
            return Failures.broken(e, err);
        }
    }

    /** Runs one command line against the writers given. */
    public static int run(PrintWriter out, PrintWriter err, String... args) {
        CommandLine line = line().setOut(out).setErr(err);
        // As scripts that are traced say which span they are in.
        return TraceContext.parse(System.getenv("TRACEPARENT"))
                .map(context -> TraceSpan.of(context).<Integer, RuntimeException>run(() -> line.execute(args)))
                .orElseGet(() -> line.execute(args));
    }

    private static int execute(ParseResult parsed) {
        try {
            return new CommandLine.RunLast().execute(parsed);
        } catch (StandardOutput.Broken e) {
            // Help is printed outside any command's own handling.
            return Failures.broken(e, parsed.commandSpec().commandLine().getErr());
        }
    }

    // No option means anything by NaN or an infinity, and comparisons let NaN through.
    private static double finite(String text) {
        try {
            double value = Double.parseDouble(text);
            if (Double.isFinite(value)) {
                return value;
            }
        } catch (NumberFormatException e) {
            // Told below.
        }
        throw new CommandLine.TypeConversionException("'" + text + "' is no finite number");
    }

    // A variable of a script that is not set names no place, least of all the folder one happens to be in.
    private static Path place(String text) {
        if (text.isEmpty()) {
            throw new CommandLine.TypeConversionException("a path is empty");
        }
        try {
            return Path.of(text);
        } catch (InvalidPathException e) {
            throw new CommandLine.TypeConversionException("'" + text + "' is no path");
        }
    }

    private static Epsilon epsilon(String text) {
        try {
            return Epsilon.parse(text);
        } catch (BudgetException e) {
            throw new CommandLine.TypeConversionException("'" + text
                    + "' is no amount of epsilon: a decimal from 0 on with at most nine digits after the point");
        }
    }

    static CommandLine line() {
        CommandLine line = new CommandLine(new Croft());
        return line.registerConverter(Double.class, Croft::finite)
                .registerConverter(double.class, Croft::finite)
                .registerConverter(Path.class, Croft::place)
                .registerConverter(Epsilon.class, Croft::epsilon)
                .registerConverter(AsOf.class, AsOf::parse)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setExecutionStrategy(Croft::execute)
                .setParameterExceptionHandler(Failures::usage)
                .setExecutionExceptionHandler(Failures::execution)
                .setExpandAtFiles(false)
                .setUsageHelpAutoWidth(true);
    }
}
