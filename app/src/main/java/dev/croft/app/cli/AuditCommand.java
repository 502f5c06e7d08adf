package dev.croft.app.cli;

import dev.croft.router.RouterClient;
import dev.croft.router.audit.OperatorLog;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code croft audit}: what was done at the router. */
@Command(
        name = "audit",
        description = "What was done at the router; what was done in a private cloud shows 'croft cloud audit'.",
        subcommands = AuditCommand.Operator.class)
final class AuditCommand extends Group {
    /** {@code croft audit operator}. */
    @Command(
            name = "operator",
            description = {
                "Show the acts in the operator's audit capsule that concern an account: its own, those on it and its private clouds,",
                "and those on the catalogue. For the operator all."
            })
    static final class Operator extends Subcommand {
        @Mixin
        ServerOptions server = new ServerOptions();

        @Option(names = "--as", paramLabel = "ACCOUNT", description = "Whose account asks (default: the operator's).")
        @Nullable
        String account;

        @Option(
                names = "--from",
                paramLabel = "N",
                defaultValue = "0",
                description = "From this record of the capsule on (default: ${DEFAULT-VALUE}).")
        int from;

        @Override
        ExitStatus run(Output output) throws IOException {
            if (from < 0) {
                throw new CommandException(ExitStatus.USAGE, "--from is 0 or more");
            }
            List<OperatorLog.Act> acts = new ArrayList<>();
            OperatorLog.Page page;
            try (RouterClient router = account == null ? server.operator() : server.as(account)) {
                long next = from;
                do {
                    page = router.acts(next);
                    acts.addAll(page.acts());
                    next = page.next();
                } while (next < page.size());
            }
            output.table(
                    List.of("record", "at", "who", "did", "to", "outcome"),
                    acts.stream()
                            .map(act -> List.of(
                                    Long.toString(act.sequence()),
                                    act.at(),
                                    act.actor(),
                                    act.act(),
                                    act.subject(),
                                    act.outcome()))
                            .toList());
            output.line("capsule %s, %d records, head %s", page.capsule(), page.size(), page.head());
            Map<String, Object> result = new LinkedHashMap<>();
            result.put("capsule", page.capsule());
            result.put("size", page.size());
            result.put("head", page.head());
            result.put("acts", acts);
            output.result(result);
            return ExitStatus.OK;
        }
    }
}
