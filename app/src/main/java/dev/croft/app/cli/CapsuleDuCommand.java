package dev.croft.app.cli;

import dev.croft.capsule.CapsuleUsage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code croft capsule du}: what takes the room. */
@Command(name = "du", description = "Show what a capsule's files take, by epoch and kind; needs no key.")
final class CapsuleDuCommand extends Subcommand {
    @Parameters(paramLabel = "DIR", description = "Directory of a capsule.")
    Path directory;

    @Override
    ExitStatus run(Output output) throws IOException {
        CapsuleUsage usage = CapsuleUsage.of(CapsuleKeys.existing(directory));
        List<List<String>> rows = new ArrayList<>();
        for (CapsuleUsage.Epoch epoch : usage.epochs()) {
            rows.add(List.of(
                    "epoch " + epoch.epoch() + (epoch.shredded() ? ", shredded" : ""),
                    String.valueOf(epoch.records()),
                    String.valueOf(epoch.dropped()),
                    String.valueOf(epoch.bodies()),
                    String.valueOf(epoch.structure()),
                    String.valueOf(epoch.pointers())));
        }
        output.table(List.of("", "records", "dropped", "body bytes", "around them", "hash pointers"), rows);
        output.line(
                "heartbeats %d, segment headers %d, keys %d, other %d",
                usage.heartbeats(), usage.headers(), usage.keys(), usage.other());
        output.line("%d bytes in all", usage.total());
        output.result(usage);
        return ExitStatus.OK;
    }
}
