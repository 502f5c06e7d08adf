package dev.croft.app.cli;

import dev.croft.capsule.CapsuleGarbage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code croft capsule gc}: room back from what was shredded. */
@Command(
        name = "gc",
        description = {
            "Drop the bodies of records whose data key was shredded; needs no key.",
            "Hashes, links and heads stay, so that the capsule and every proof still verify. No writer may have it open."
        })
final class CapsuleGcCommand extends Subcommand {
    @Parameters(paramLabel = "DIR", description = "Directory of a capsule.")
    Path directory;

    @Option(names = "--dry-run", description = "Only say what would be dropped.")
    boolean dryRun;

    @Override
    ExitStatus run(Output output) throws IOException {
        CapsuleGarbage.Collected collected = CapsuleGarbage.collect(CapsuleKeys.existing(directory), dryRun);
        output.line("%d bodies%s dropped, %d bytes", collected.bodies(), dryRun ? " would be" : "", collected.bytes());
        output.result(Map.of("bodies", collected.bodies(), "bytes", collected.bytes(), "dry_run", dryRun));
        return ExitStatus.OK;
    }
}
