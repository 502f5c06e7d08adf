package dev.croft.app.cli;

import java.io.PrintWriter;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.Option;

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
            AccountCommand.class,
            CloudCommand.class,
            DataCommand.class,
            ServiceCommand.class,
            GrantCommand.class,
            QueryCommand.class,
            BudgetCommand.class,
            CapsuleCommand.class,
            MobilityCommand.class,
            BenchCommand.class,
            CompletionCommand.class,
            HelpCommand.class,
        },
        exitCodeListHeading = "%nExit status:%n",
        exitCodeList = {
            "0:done",
            "1:a fault of ours",
            "2:the command line cannot be understood",
            "3:a file or document given cannot be read",
            "4:refused: no grant, no permission, or no budget left",
            "5:what was named does not exist",
            "6:a server, private cloud or sandbox is not there, or locked",
            "7:a capsule, signature or digest does not verify",
            "130:stopped by the user"
        })
public final class Croft extends Group {
    @Option(
            names = {"-V", "--version"},
            versionHelp = true,
            description = "Show the version.")
    boolean version;

    /** Runs one command line; the exit status. */
    public static int run(String... args) {
        PrintWriter out = new PrintWriter(System.out, true);
        PrintWriter err = new PrintWriter(System.err, true);
        return run(out, err, args);
    }

    /** Runs one command line against the writers given. */
    public static int run(PrintWriter out, PrintWriter err, String... args) {
        return line().setOut(out).setErr(err).execute(args);
    }

    static CommandLine line() {
        CommandLine line = new CommandLine(new Croft());
        return line.setCaseInsensitiveEnumValuesAllowed(true)
                .setParameterExceptionHandler(Failures::usage)
                .setExecutionExceptionHandler(Failures::execution)
                .setExpandAtFiles(false)
                .setUsageHelpAutoWidth(true);
    }
}
